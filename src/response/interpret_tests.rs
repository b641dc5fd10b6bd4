//! Tests of complete responses, from bytes to outcomes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::api::generated::ENDPOINTS;

fn endpoint(op: &str) -> &'static Endpoint {
    ENDPOINTS.iter().copied().find(|endpoint| endpoint.op == op).unwrap()
}

fn read(op: &str, body: &[u8]) -> Result<Answer, Error> {
    let http = HttpAnswer { status: 200, headers: Vec::new(), body: body.to_vec() };
    interpret(endpoint(op), &http, &RequestContext::default())
}

/// Returns the body of a response about a customer with this name, as bytes.
fn named(name: &[u8]) -> Vec<u8> {
    let (head, tail) = (br#"{"status":0,"response_type_id":309,"data":{"sender_name":""#, br#"","tid":1}}"#);
    [&head[..], name, tail].concat()
}

#[test]
fn ill_formed_text_is_read_and_kept() {
    for (name, seen, raw) in [
        (&b"Ren\xe9"[..], "Ren\u{fffd}", "Ren\u{fffd}"),
        (b"\xf0\x9f\x98", "\u{fffd}", "\u{fffd}"),
        (b"\xed\xa0\x80", "\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}\u{fffd}\u{fffd}"),
        (b"A\\ud83d", "A\u{fffd}", "A\\ud83d"),
        ("Ren\u{e9}".as_bytes(), "Ren\u{e9}", "Ren\u{e9}"),
    ] {
        for mark in [&b""[..], b"\xef\xbb\xbf"] {
            let answer = read("getCustomer", &[mark, &named(name)].concat()).unwrap();
            assert_eq!(answer.outcome, "found");
            assert_eq!(answer.fields()["senderName"], seen);
            let kept = String::from_utf8([mark, &named(raw.as_bytes())].concat()).unwrap();
            assert_eq!(answer.raw, kept);
            assert!(serde_json::from_str::<Value>(&answer.to_json()).is_ok());
        }
    }
}

#[test]
fn ill_formed_bytes_outside_of_texts_are_no_json() {
    for body in [&b"{\"status\":0\xff}"[..], b"\xff", b"\xff\xfe{\x00}\x00", b"{\"a\":1}\xef\xbb\xbf"] {
        assert_eq!(read("getCustomer", body).unwrap_err().code(), Code::BodyNotJson, "{body:?}");
    }
    for body in [&b""[..], b" \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \r\n"] {
        assert_eq!(read("getCustomer", body).unwrap_err().code(), Code::BodyEmpty, "{body:?}");
    }
}

#[test]
fn a_callback_is_read_as_leniently() {
    let read = object("\u{feff}{\"tid\":77,\"sender_name\":\"A\\ud83d\",\"\\udc00\":{\"x_y\":1}}").unwrap().members;
    assert_eq!((&read["tid"], &read["senderName"]), (&"77".into(), &"A\u{fffd}".into()));
    assert_eq!(read["\u{fffd}"]["xY"], "1");
    assert_eq!(object("\u{feff}\n").unwrap_err(), Code::BodyEmpty);
}

#[test]
fn data_twice_with_two_states_decides_nothing_about_money() {
    let copies = [r#"{"tx_status":"1","tid":"77"}"#, r#"{"tx_status":"0","tid":"77"}"#];
    for [one, two] in [[copies[0], copies[1]], [copies[1], copies[0]]] {
        let body = format!(r#"{{"status":0,"response_type_id":325,"data":{one},"data":{two}}}"#);
        let meta = read("dmt.transfer", body.as_bytes()).unwrap().meta;
        assert_eq!((meta.ambiguous(), &*meta.twice), (Some("data"), &["data".to_owned()][..]));
        let body = format!(r#"{{"status":0,"response_type_id":325,"data":{one},"data":{one}}}"#);
        let meta = read("dmt.transfer", body.as_bytes()).unwrap().meta;
        assert_eq!((meta.ambiguous(), meta.twice.len()), (None, 0));
    }
    // An error also reports the ambiguous name.
    let error = read("dmt.transfer", br#"{"status":302,"data":{"tid":"1"},"data":{"tid":"2"}}"#).unwrap_err();
    assert_eq!(error.meta().and_then(Meta::ambiguous), Some("data"));
}

#[test]
fn a_name_that_was_sent_in_confidence_is_not_told() {
    let http = |body: &str| HttpAnswer { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() };
    let asked = RequestContext { client_ref_id: None, sensitive: &["470281", "tx_status"] };
    let body = r#"{"status":0,"data":{"470281":{"tid":1},"470281":{"tid":2},"tx_status":1,"tx_status":2}}"#;
    let meta = interpret(endpoint("dmt.transfer"), &http(body), &asked).unwrap().meta;
    assert_eq!(
        (meta.ambiguous(), &*meta.twice),
        (Some("[hidden]"), &["[hidden]".to_owned(), "tx_status".to_owned()][..])
    );
}

#[test]
fn a_compressed_answer_is_read_and_its_raw_is_the_text() {
    let squeeze = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).and_then(|()| encoder.finish()).unwrap()
    };
    let read = |encodings: &[&str], body: &[u8]| {
        let headers = encodings.iter().map(|encoding| ("Content-Encoding".to_owned(), (*encoding).to_owned()));
        let http = HttpAnswer { status: 200, headers: headers.collect(), body: body.to_vec() };
        interpret(endpoint("getCustomer"), &http, &RequestContext::default())
    };
    let text = named(b"Ren\xe9");
    let answer = read(&["gzip"], &squeeze(&text)).unwrap();
    assert_eq!((answer.outcome, &*answer.raw), ("found", &*String::from_utf8_lossy(&text)));
    for (encodings, body, code) in [
        (&["gzip"][..], text.clone(), Code::BodyEncoding),
        (&["br"], squeeze(&text), Code::BodyEncoding),
        (&["gzip", "gzip"], squeeze(&squeeze(&text)), Code::BodyEncoding),
        (&["gzip"], squeeze(&squeeze(&text)), Code::BodyNotJson),
        (&["gzip"], squeeze(&vec![b' '; 1_000_000]), Code::BodyTooLarge),
        (&["gzip"], squeeze(b" \n"), Code::BodyEmpty),
        (&["gzip"], Vec::new(), Code::BodyEmpty),
        (&["gzip"], vec![0; 2_097_153], Code::BodyTooLarge),
        (&[], vec![b' '; 2_097_153], Code::BodyTooLarge),
        (&[], vec![b' '; 2_097_152], Code::BodyEmpty),
    ] {
        assert_eq!(read(encodings, &body).unwrap_err().code(), code, "{encodings:?}, {} bytes", body.len());
    }
}

#[test]
fn an_http_status_decides_beside_an_id_of_the_envelope() {
    let read = |op: &str, status: u16, body: &str| {
        let http = HttpAnswer { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        interpret(endpoint(op), &http, &RequestContext::default())
            .map(|answer| answer.outcome)
            .map_err(|error| error.code())
    };
    let unknown = r#"{"status":1,"response_status_id":1,"response_type_id":1388,"message":"Not found"}"#;
    assert_eq!(read("pan.getBulkStatus", 404, unknown), Ok("notFound"));
    assert_eq!(read("pan.getBulkStatus", 404, r#"{"message":"No Mapping Rule matched"}"#), Err(Code::RouteNotFound));
    assert_eq!(read("pan.getBulkStatus", 404, "nginx"), Err(Code::RouteNotFound));
    let malformed = r#"{"status":1,"message":"Invalid input"}"#;
    assert_eq!(read("pan.verifyLite", 400, malformed), Err(Code::InvalidParams));
    assert_eq!(read("pan.verifyLite", 200, malformed), Err(Code::Refused));
}

#[test]
fn a_refusal_of_an_endpoint_names_the_parameters() {
    let body = br#"{"status":1,"message":"Invalid input","invalid_params":{"pan_number":"is no PAN"}}"#;
    let http = HttpAnswer { status: 400, headers: Vec::new(), body: body.to_vec() };
    let error = interpret(endpoint("pan.verifyLite"), &http, &RequestContext::default()).unwrap_err();
    assert_eq!((error.code(), error.invalid_params()["pan"].as_str()), (Code::InvalidParams, "is no PAN"));
}
