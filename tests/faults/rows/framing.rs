//! Rows 21 to 25, 37 and 38: answers that break the rules of HTTP, or stretch them.

use crate::call::Class;
use crate::process::{Through, through};
use crate::row::{Row, row};
use crate::script::Step::{Fin, Flood, Request, Write};
use crate::script::{Script, chunked, http};
use std::io::Write as _;

/// Returns an answer with these headers only.
fn bare(headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}").into_bytes()
}

/// Expands to the outcomes of an answer with this error; `3` is the number of requests of a read, which asks again.
macro_rules! broken {
    ($code:literal) => {
        broken!($code, 3)
    };
    ($code:literal, $reads:literal) => {
        [
            (concat!("error ", $code), $reads),
            (concat!("error ", $code, ", maybe sent"), 1),
            (concat!("indeterminate (", $code, ")"), 1),
        ]
    };
}

pub fn rows() -> Vec<Row> {
    let once = |bytes: fn(Class) -> Vec<u8>| move |class| vec![Script::reply(bytes(class))];
    let then_fin = |bytes: fn(Class) -> Vec<u8>| move |class| vec![Script::of([Request, Write(bytes(class)), Fin])];
    let sound = |bytes: fn(Class) -> Vec<u8>| move |class| vec![Script::answer(bytes(class))];
    let good = [("found", 1), ("otpRequired", 1), ("settled", 1)];
    let endless = row(
        25,
        "103 without end",
        |_| vec![Script::of([Request, Flood(b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100))])],
        broken!("protocol"),
    );
    let mut rows = vec![
        row(
            21,
            "Content-Length larger than the body, which is whole JSON",
            then_fin(|class| bare(&format!("content-length: {}\r\n", class.good().len() + 10), class.good())),
            broken!("body.truncated"),
        ),
        row(
            22,
            "chunked body without its end",
            then_fin(|class| chunked(&format!("{:x}\r\n{}\r\n", class.good().len(), class.good()))),
            broken!("body.truncated"),
        ),
        row(
            22,
            "chunk with a bad size",
            once(|class| chunked(&format!("zz\r\n{}\r\n0\r\n\r\n", class.good()))),
            broken!("protocol"),
        ),
        row(
            23,
            "Content-Length smaller than the body",
            once(|class| bare(&format!("content-length: {}\r\n", class.good().len() - 10), class.good())),
            broken!("body.not_json", 2),
        ),
        row(
            23,
            "two Content-Length that differ",
            once(|class| {
                let length = class.good().len();
                bare(&format!("content-length: {length}\r\ncontent-length: {}\r\n", length - 10), class.good())
            }),
            broken!("protocol"),
        ),
        row(
            23,
            "Content-Length beside Transfer-Encoding",
            once(|class| {
                let body = format!("{:x}\r\n{}\r\n0\r\n\r\n", class.good().len(), class.good());
                bare(&format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", class.good().len()), &body)
            }),
            broken!("protocol"),
        ),
        row(
            24,
            "a second answer on the heels of the first, then another call",
            |class| {
                let two = [http(200, "", class.good()), http(200, "", class.stale())].concat();
                vec![Script::reply(two), Script::answer(http(200, "", class.good()))]
            },
            good,
        )
        .second(),
        row(
            25,
            "100 and 103 before the answer",
            sound(|class| {
                [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n".to_vec(), http(200, "", class.good())]
                    .concat()
            }),
            good,
        ),
        if through() == Through::Reqwest { endless.deadline(2_000) } else { endless },
        row(25, "204", sound(|_| b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()), broken!("body.empty")),
        row(25, "200 without a body", sound(|_| http(200, "", "")), broken!("body.empty")),
        row(
            38,
            "a header line of 64 KB",
            once(|class| http(200, &format!("x-long: {}\r\n", "y".repeat(64 * 1024)), class.good())),
            broken!("protocol"),
        ),
        row(
            38,
            "10,000 headers",
            once(|class| http(200, &"x: y\r\n".repeat(10_000), class.good())),
            broken!("protocol"),
        ),
        row(
            38,
            "a bare CR in a header's value",
            once(|class| http(200, "x-bad: a\rb\r\n", class.good())),
            broken!("protocol"),
        ),
    ];
    // The client asks for no encoding. It still decodes one, within limits; it refuses a body that is corrupt, of an unknown encoding or
    // encoded twice.
    rows.push(row(37, "a gzip body", sound(|class| http(200, "content-encoding: gzip\r\n", gzip(class.good()))), good));
    rows.push(row(
        37,
        "a deflate body",
        sound(|class| http(200, "content-encoding: deflate\r\n", zlib(class.good()))),
        good,
    ));
    let bomb = |_| http(200, "content-encoding: gzip\r\n", gzip(&" ".repeat(1_000_000)));
    rows.push(row(37, "a gzip body that grows a thousandfold", sound(bomb), broken!("body.too_large", 1)));
    let encodings = [
        ("gzip", "a corrupt gzip body"),
        ("br", "a brotli body"),
        ("gzip, gzip", "a body that is encoded twice"),
        ("x-own", "an unknown encoding"),
        ("identity\r\ncontent-encoding: gzip", "a corrupt gzip body behind identity"),
    ];
    for (encoding, name) in encodings {
        let answer = move |_| {
            let corrupt = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 1_000_000]].concat();
            vec![Script::answer(http(200, &format!("content-encoding: {encoding}\r\n"), corrupt))]
        };
        rows.push(row(37, name, answer, broken!("body.encoding", 1)));
    }
    rows
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
