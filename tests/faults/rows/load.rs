//! Rows 28, 29 and 33: a server that wants less, or lives in another time.

use crate::call::Class;
use crate::row::{Row, row};
use crate::script::Step::{Clock, Next, Request};
use crate::script::{Script, http};
use std::time::{Duration, SystemTime};

const REFUSED_STAMP: &str = r#"{"status":2485,"response_type_id":2485}"#;
const NOTHING: &str = r#"{"status":1,"response_status_id":-1,"message":"none","data":{}}"#;

pub fn rows() -> Vec<Row> {
    let good = |class: Class| http(200, "", class.good());
    let throttled = move |headers: &'static str| {
        move |class| vec![Script::answer(http(429, headers, "")), Script::answer(good(class))]
    };
    let waited = [("found", 2), ("otpRequired", 2), ("declined before work (rate_limited)", 1)];
    let refused =
        [("error rate_limited", 1), ("error rate_limited, maybe sent", 1), ("declined before work (rate_limited)", 1)];
    let failing = [
        ("error http.server_error", 3),
        ("error http.server_error, maybe sent", 1),
        ("indeterminate (http.server_error)", 1),
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
            33,
            "2485, twice",
            |_| vec![Script::answer(http(401, "", REFUSED_STAMP))],
            [refused_stamp[0], refused_stamp[1], ("declined before work (auth.timestamp)", 2)],
        ),
    ];
    // In time, so EPS has seen it: of a debit it is asked first.
    for (fault, second, debit) in [
        ("2485 of a timestamp that another process has used", false, "settled"),
        ("2485 of a timestamp that another process has used, twice", true, "indeterminate (auth.timestamp)"),
    ] {
        let scripts = move |class: Class| {
            let now = httpdate::fmt_http_date(std::time::SystemTime::now());
            let seen = Script::answer(http(401, &format!("date: {now}\r\n"), REFUSED_STAMP));
            let nothing = (class == Class::Debit).then(|| Script::answer(http(200, "", NOTHING)));
            let last = if second { seen.clone() } else { Script::answer(good(class)) };
            [Some(seen), nothing, Some(last)].into_iter().flatten().collect()
        };
        let others = if second { refused_stamp } else { [("found", 2), ("otpRequired", 2)] };
        rows.push(row(33, fault, scripts, [others[0], others[1], (debit, 3)]));
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
