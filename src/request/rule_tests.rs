//! Tests of the rules for parameters.

use super::*;
use serde_json::json;

const fn param(wire: &'static str, name: &'static str, kind: Schema, encoding: Encoding) -> Param {
    Param {
        name,
        wire,
        location: Location::Body,
        slot: "",
        prefix: "",
        kind,
        encoding,
        required: true,
        source: Source::Caller,
        sensitive: false,
        doc: "",
        example: "",
    }
}

fn checked(param: &Param, value: &Value) -> Result<String, String> {
    check(param, value).map(|wire| wire.to_string())
}

const fn amount(min: u64, max: u64, whole: bool) -> Param {
    param("amount", "amount", Schema::Amount { min, max, whole }, Encoding::Number)
}

#[test]
fn amounts_stay_within_their_bounds() {
    let transfer = amount(100, 500_000, true);
    for (good, sent) in [("1", "1"), ("500", "500"), ("5000", "5000"), ("500.0", "500"), ("500.00", "500")] {
        assert_eq!(checked(&transfer, &json!(good)).as_deref(), Ok(sent));
    }
    for (bad, rule) in [
        ("0", "from 1 to 5000 rupees"),
        ("0.00", "from 1 to 5000 rupees"),
        ("5001", "from 1 to 5000 rupees"),
        ("6000", "from 1 to 5000 rupees"),
        ("499.50", "in whole rupees"),
        ("0.5", "in whole rupees"),
        ("1e3", "at most two decimals"),
        ("-1", "at most two decimals"),
        ("007", "at most two decimals"),
        ("1.005", "at most two decimals"),
    ] {
        let error = checked(&transfer, &json!(bad)).unwrap_err();
        assert!(error.contains(rule), "{bad}: {error}");
    }
    let any = amount(1, 99_999_999_999_999, false);
    assert!(checked(&any, &json!("0.01")).is_ok() && checked(&any, &json!("999999999999.99")).is_ok());
    assert!(checked(&any, &json!("0")).unwrap_err().contains("from 0.01 to 999999999999.99 rupees"));
    assert!(checked(&any, &json!(500)).unwrap_err().contains("decimal text"));
}

#[test]
fn the_xml_of_a_device_is_sent_unchanged() {
    let capture = param("piddata", "piddata", Schema::Xml, Encoding::String);
    let text = "<?xml version=\"1.0\"?>\r\n<PidData>\n\t<Resp errCode=\"0\"/>\n</PidData>\n";
    let written = checked(&capture, &json!(text)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), json!(text));
    let long = |length: usize| json!(format!("<PidData{}", "x".repeat(length - 8)));
    assert!(checked(&capture, &long(65_536)).is_ok());
    assert!(checked(&capture, &long(65_537)).unwrap_err().contains("at most 65536"));
    for bad in ["PidData", " <PidData/>", "\u{feff}<PidData/>", "<html>", "<PidData>\0", ""] {
        assert!(checked(&capture, &json!(bad)).unwrap_err().contains("XML of the device"), "{bad:?}");
    }
}

static ENTRY: [Param; 4] = [
    param("reference_id", "referenceId", Schema::Text { max: 20 }, Encoding::String),
    param("bank_account", "bankAccount", Schema::Digits { min: 6, max: 20 }, Encoding::Number),
    Param { source: Source::Default("API"), ..param("source", "source", Schema::Text { max: 5 }, Encoding::String) },
    Param { required: false, ..param("more", "more", Schema::Object(&MORE), Encoding::JsonText) },
];
static ENTRIES: Schema = Schema::Object(&ENTRY);
static MORE: [Param; 2] = [
    param("state_id", "stateId", Schema::Digits { min: 1, max: 3 }, Encoding::Number),
    param("all_ids", "allIds", Schema::List(&Schema::Integer), Encoding::Native),
];

#[test]
fn objects_are_written_by_their_declaration() {
    let one = param("entry", "entry", Schema::Object(&ENTRY), Encoding::Native);
    let value =
        json!({ "more": { "allIds": [2, 1], "stateId": "23" }, "bankAccount": "0012345678", "referenceId": "R1" });
    let more = r#"{\"state_id\":23,\"all_ids\":[2,1]}"#;
    let written = format!(r#"{{"reference_id":"R1","bank_account":"0012345678","source":"API","more":"{more}"}}"#);
    assert_eq!(checked(&one, &value), Ok(written.clone()));
    let list = param("entries", "entries", Schema::List(&ENTRIES), Encoding::Native);
    assert_eq!(checked(&list, &json!([value, value])), Ok(format!("[{written},{written}]")));
    let text = param("entries", "entries", Schema::List(&ENTRIES), Encoding::JsonText);
    let wire = checked(&text, &json!([value])).unwrap();
    assert_eq!(serde_json::from_str::<String>(&wire).unwrap(), format!("[{written}]"));
    let plain = json!({ "referenceId": "R1", "bankAccount": "123456", "source": "WEB", "more": null });
    let wire = r#"{"reference_id":"R1","bank_account":123456,"source":"WEB"}"#;
    assert_eq!(checked(&one, &plain).as_deref(), Ok(wire));
}

#[test]
fn a_wrong_member_is_named_by_its_path() {
    let list = param("entries", "entries", Schema::List(&ENTRIES), Encoding::Native);
    let error = |value: Value| checked(&list, &value).unwrap_err();
    assert!(error(json!([{ "bankAccount": "123456" }])).contains("[0] has no member referenceId"));
    let bad = json!([{ "referenceId": "R1", "bankAccount": "12" }]);
    assert!(error(bad).contains("[0] has an invalid member: bankAccount must be 6 to 20 digits"));
    let bad = json!([{ "referenceId": "R1", "bank_account": "123456" }]);
    assert!(error(bad).contains("unknown member bank_account"));
    let long = error(json!([{ "x\n".repeat(100): "1" }]));
    assert!(long.len() < 200 && !long.contains('\n'), "{long}");
}

#[test]
fn text_of_eps_with_a_point_stays_text() {
    let reference = param("otp_ref_id", "otpRefId", Schema::Opaque, Encoding::Number);
    for (text, sent) in [("815031.10", r#""815031.10""#), ("0815031", r#""0815031""#), ("815031", "815031")] {
        assert_eq!(checked(&reference, &json!(text)).as_deref(), Ok(sent));
    }
}

#[test]
fn formats_name_their_rule() {
    for (kind, good, bad, rule) in [
        (Schema::Ifsc, "SBIN0007515", "sbin0007515", "an IFSC"),
        (Schema::Pan, "ABCDE1234F", "ABCDE1234", "a PAN"),
        (Schema::Mobile, "9123456789", "+919123456789", "a mobile number"),
        (Schema::LatLong, "22.7196,75.8577", "22.7196, 75.8577", "latitude,longitude"),
    ] {
        let param = param("x", "x", kind, Encoding::String);
        assert_eq!(checked(&param, &json!(good)), Ok(format!("\"{good}\"")));
        assert!(checked(&param, &json!(bad)).unwrap_err().contains(rule), "{bad}");
        assert!(checked(&param, &json!(7)).unwrap_err().contains("not a number"), "{rule}");
    }
}
