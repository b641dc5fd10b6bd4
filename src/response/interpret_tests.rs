//! Whole answers, from bytes to outcomes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::api::generated::ENDPOINTS;

fn endpoint(op: &str) -> &'static Endpoint {
    ENDPOINTS.iter().copied().find(|endpoint| endpoint.op == op).unwrap()
}

fn read(op: &str, body: &[u8]) -> Result<Answer, Error> {
    let http = HttpAnswer { status: 200, headers: Vec::new(), body: body.to_vec() };
    interpret(endpoint(op), &http, &Asked::default())
}

/// A customer whose name is these bytes.
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
            assert_eq!(Echo::of(&answer.raw).tid.as_deref(), Some("1"));
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
    let read = object("\u{feff}{\"tid\":77,\"sender_name\":\"A\\ud83d\",\"\\udc00\":{\"x_y\":1}}").unwrap();
    assert_eq!((&read["tid"], &read["senderName"]), (&"77".into(), &"A\u{fffd}".into()));
    assert_eq!(read["\u{fffd}"]["xY"], "1");
    assert_eq!(object("\u{feff}\n").unwrap_err(), Code::BodyEmpty);
}
