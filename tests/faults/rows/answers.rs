//! Rows 26, 27, 30 to 32, 35, 40 and 41: answers that differ from those of EPS, or that are new.

use crate::call::Class;
use crate::row::{Row, row};
use crate::script::{Script, http};

fn same(answer: Vec<u8>) -> impl Fn(Class) -> Vec<Script> {
    move |_| vec![Script::answer(answer.clone())]
}

/// Returns a good answer with this message.
fn saying(class: Class, message: &[u8]) -> Vec<u8> {
    let (head, tail) = class.good().split_once("ok").unwrap();
    [head.as_bytes(), message, tail.as_bytes()].concat()
}

const REPEATS_KEYS: &str = r#"{"status":2484,"response_type_id":2484,"message":"no"}"#;

pub fn rows() -> Vec<Row> {
    let good = [("found", 1), ("otpRequired", 1), ("settled", 1)];
    let not_json =
        [("error body.not_json", 2), ("error body.not_json, maybe sent", 1), ("indeterminate (body.not_json)", 1)];
    let shape = [
        ("error body.wrong_shape", 3),
        ("error body.wrong_shape, maybe sent", 1),
        ("indeterminate (body.wrong_shape)", 1),
    ];
    let server_error = [
        ("error http.server_error", 3),
        ("error http.server_error, maybe sent", 1),
        ("indeterminate (http.server_error), asked about at once", 1),
    ];
    let status = [
        ("error http.unexpected_status", 1),
        ("error http.unexpected_status, maybe sent", 1),
        ("indeterminate (http.unexpected_status)", 1),
    ];
    let forbidden = [
        ("error edge.forbidden", 1),
        ("error edge.forbidden, maybe sent", 1),
        ("indeterminate (edge.forbidden), asked about at once", 1),
    ];
    let redirect = [("error redirect", 1), ("error redirect, maybe sent", 1), ("indeterminate (redirect)", 1)];
    let json = |body: &str| http(200, "", body);
    let mut rows = vec![
        row(26, "HTML with 200", same(json("<html>blocked</html>")), not_json),
        row(
            26,
            "a byte order mark",
            |class| vec![Script::answer(http(200, "", format!("\u{feff}{}", class.good())))],
            good,
        ),
        row(
            26,
            "a text that is no UTF-8",
            |class| vec![Script::answer(http(200, "", saying(class, b"Ren\xe9")))],
            good,
        ),
        row(
            26,
            "half a surrogate pair in a text",
            |class| vec![Script::answer(http(200, "", saying(class, b"A\\ud83d")))],
            good,
        ),
        row(26, "invalid UTF-8 outside of texts", same(http(200, "", b"{\"status\":0\xff}")), not_json),
        row(26, "truncated JSON", same(json(r#"{"status":0,"response_type_id":325"#)), not_json),
        row(
            27,
            "a gateway's {\"message\"} with 502",
            same(http(502, "", r#"{"message":"Bad gateway"}"#)),
            server_error,
        ),
        row(27, "an array", same(json("[]")), shape),
        row(27, "an object without a status", same(json(r#"{"data":{}}"#)), shape),
        row(
            30,
            "408",
            |class| vec![Script::answer(http(408, "", "")), Script::answer(http(200, "", class.good()))],
            [
                ("found", 2),
                ("error http.unexpected_status, maybe sent", 1),
                ("indeterminate (http.unexpected_status)", 1),
            ],
        ),
        row(30, "425", same(http(425, "", "")), status),
        row(30, "409", same(http(409, "", "")), status),
        row(32, "403 without a code", same(http(403, "", "Forbidden")), forbidden),
        row(
            40,
            "an answer that names another reference",
            same(json(
                r#"{"status":0,"response_type_id":325,"data":{"tx_status":"0","tid":"1","client_ref_id":"OTHER"}}"#,
            )),
            [("", 0), ("", 0), ("indeterminate (contradiction)", 1)],
        )
        .only(&[Class::Debit]),
        row(
            40,
            "an answer that names another amount",
            same(json(r#"{"status":0,"response_type_id":325,"data":{"tx_status":"0","tid":"1","amount":"100.01"}}"#)),
            [("", 0), ("", 0), ("indeterminate (contradiction)", 1)],
        )
        .only(&[Class::Debit]),
        row(
            41,
            "an unknown tx_status",
            same(json(r#"{"status":0,"response_type_id":325,"data":{"tx_status":"9","tid":"1"}}"#)),
            [("", 0), ("", 0), ("pending", 1)],
        )
        .only(&[Class::Debit]),
        row(
            41,
            "an unknown response type",
            same(json(r#"{"status":0,"response_type_id":99999,"data":{"tid":"1","new":[{"a":1}]}}"#)),
            [("other", 1), ("other", 1), ("indeterminate", 1)],
        ),
        row(
            41,
            "unknown fields, numbers for texts and texts for numbers, an exponent, 19 digits",
            |class| {
                let body = class.good().replace(
                    r#""data":{"#,
                    r#""new":{"a":[1]},"data":{"unknown":1234567890123456789,"balance":"2.22E9","fee":10,"#,
                );
                vec![Script::answer(http(
                    200,
                    "",
                    body.replace(r#""response_status_id":"#, r#""response_status_id":"","old":"#),
                ))]
            },
            good,
        ),
    ];
    for (status, id, code) in [
        (
            401,
            2483,
            [
                ("error auth.developer_key", 1),
                ("error auth.developer_key, maybe sent", 1),
                ("declined before work (auth.developer_key)", 1),
            ],
        ),
        (
            403,
            2484,
            [
                ("error auth.signature", 1),
                ("error auth.signature, maybe sent", 1),
                ("declined before work (auth.signature)", 1),
            ],
        ),
        (
            401,
            2486,
            [
                ("error auth.timestamp_unit", 1),
                ("error auth.timestamp_unit, maybe sent", 1),
                ("declined before work (auth.timestamp_unit)", 1),
            ],
        ),
        (
            403,
            2487,
            [
                ("error auth.header_missing", 1),
                ("error auth.header_missing, maybe sent", 1),
                ("declined before work (auth.header_missing)", 1),
            ],
        ),
    ] {
        let body = REPEATS_KEYS.replace("2484", &id.to_string());
        rows.push(row(31, format!("{status} with {id}"), same(http(status, "", body)), code));
    }
    for (status, name, location) in [
        (301, "to the same host", "/ekoapi/v3/elsewhere"),
        (302, "to another host", "https://other.example/"),
        (303, "to the same host", "/ekoapi/v3/elsewhere"),
        (307, "to the same host", "/ekoapi/v3/elsewhere"),
        (308, "to plain http", "http://other.example/"),
    ] {
        rows.push(row(
            35,
            format!("{status} {name}"),
            same(http(status, &format!("location: {location}\r\n"), "")),
            redirect,
        ));
    }
    rows
}
