//! Rows 28, 29 and 33: a server that is overloaded or limits calls, or whose clock is wrong.

use crate::call::Class;
use crate::row::{Row, row};
use crate::script::Step::{Clock, Next, Request};
use crate::script::{Script, http};
use std::time::{Duration, SystemTime};

const REFUSED_STAMP: &str = r#"{"status":2485,"response_type_id":2485}"#;
const LIMITED: &str = r#"{"status":429,"response_type_id":-1,"response_status_id":1,"message":"Too many requests"}"#;

pub fn rows() -> Vec<Row> {
    let good = |class: Class| http(200, "", class.good());
    let throttled = move |headers: &'static str| {
        move |class| vec![Script::answer(http(429, headers, "")), Script::answer(good(class))]
    };
    // Without EPS's envelope (the ids of an answer) EPS has not said what became of the debit.
    let bare = ("indeterminate (rate_limited), asked about at once", 1);
    let waited = [("found", 2), ("otpRequired", 2), bare];
    let refused = [("error rate_limited", 1), ("error rate_limited, maybe sent", 1), bare];
    let failing = [
        ("error http.server_error", 3),
        ("error http.server_error, maybe sent", 1),
        ("indeterminate (http.server_error), asked about at once", 1),
    ];
    let date = move |class| {
        let now = SystemTime::now();
        let (then, now) = (httpdate::fmt_http_date(now + Duration::from_secs(1)), httpdate::fmt_http_date(now));
        vec![
            Script::answer(http(429, &format!("date: {now}\r\nretry-after: {then}\r\n"), "")),
            Script::answer(good(class)),
        ]
    };
    let refused_stamp = [("error auth.timestamp", 2), ("error auth.timestamp, maybe sent", 2)];
    let mut rows = vec![
        row(29, "429 with Retry-After: 1", throttled("retry-after: 1\r\n"), waited),
        row(29, "429 with Retry-After as a date", date, waited),
        row(29, "429 without Retry-After", throttled(""), waited),
        row(29, "429 with Retry-After: -5", throttled("retry-after: -5\r\n"), waited),
        row(29, "429 with Retry-After: 1000000000", throttled("retry-after: 1000000000\r\n"), refused),
        row(29, "429 with Retry-After: 2^64 - 1", throttled("retry-after: 18446744073709551615\r\n"), refused),
        row(
            29,
            "429 with EPS's envelope",
            move |class| vec![Script::answer(http(429, "", LIMITED)), Script::answer(good(class))],
            [waited[0], waited[1], ("declined before work (rate_limited)", 1)],
        ),
        // Nothing proves that the clock was wrong: EPS may have taken a copy of this same request.
        row(
            33,
            "2485 without a Date, twice",
            |_| vec![Script::answer(http(401, "", REFUSED_STAMP))],
            [refused_stamp[0], refused_stamp[1], ("indeterminate (auth.timestamp)", 1)],
        ),
        row(
            33,
            "2485 with a Date that a cache has kept, twice",
            |_| vec![Script::answer(http(401, "date: Thu, 01 Jan 2026 00:00:00 GMT\r\nage: 3\r\n", REFUSED_STAMP))],
            [refused_stamp[0], refused_stamp[1], ("indeterminate (auth.timestamp)", 1)],
        ),
        row(
            33,
            "2485 that proves the clock off, twice",
            |_| vec![Script::answer(http(401, "date: Thu, 01 Jan 2026 00:00:00 GMT\r\n", REFUSED_STAMP))],
            [refused_stamp[0], refused_stamp[1], ("indeterminate (auth.timestamp)", 2)],
        ),
    ];
    // The timestamp is in time, so EPS has seen it before: the debit is never sent again.
    for (fault, second) in [
        ("2485 of a timestamp that another process has used", false),
        ("2485 of a timestamp that another process has used, twice", true),
    ] {
        let scripts = move |class: Class| {
            let now = httpdate::fmt_http_date(std::time::SystemTime::now());
            let seen = Script::answer(http(401, &format!("date: {now}\r\n"), REFUSED_STAMP));
            let last = if second { seen.clone() } else { Script::answer(good(class)) };
            vec![seen, last]
        };
        let others = if second { refused_stamp } else { [("found", 2), ("otpRequired", 2)] };
        rows.push(row(33, fault, scripts, [others[0], others[1], ("indeterminate (auth.timestamp)", 1)]));
    }
    for status in [500, 503, 504] {
        let answer = move |_| vec![Script::answer(http(status, "", ""))];
        rows.push(row(28, format!("{status}"), answer, failing));
    }
    for (name, ahead) in [
        ("3 minutes ahead", 180_000),
        ("3 minutes behind", -180_000),
        ("1 hour ahead", 3_600_000),
        ("1 hour behind", -3_600_000),
    ] {
        let answer = move |class| vec![Script::of([Request, Clock(ahead, good(class)), Next])];
        rows.push(row(
            33,
            format!("the server's clock is {name}"),
            answer,
            [("found", 2), ("otpRequired", 2), ("settled", 2)],
        ));
    }
    rows
}
