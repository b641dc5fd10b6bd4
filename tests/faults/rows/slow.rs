//! Rows 16 and 18 to 20: answers that do not come, or come very slowly.

use crate::row::{Row, row};
use crate::script::Step::{Drip, Request, Write};
use crate::script::{Script, chunked, http};
use std::time::Duration;

pub fn rows() -> Vec<Row> {
    let late = [
        ("error timeout.deadline", 1),
        ("error timeout.deadline, maybe sent", 1),
        ("indeterminate (timeout.deadline)", 1),
    ];
    let own = [
        ("error timeout.deadline | error timeout.attempt", 2),
        ("error timeout.attempt, maybe sent", 1),
        ("indeterminate (timeout.deadline) | indeterminate (timeout.attempt)", 1),
    ];
    let stalled = [
        ("error timeout.attempt", 3),
        ("error timeout.attempt, maybe sent", 1),
        ("indeterminate (timeout.attempt)", 1),
    ];
    let silent = |_| vec![Script::of([Request])];
    let slow_head = |class: crate::call::Class| {
        vec![Script::of([Request, Drip(http(200, "", class.good()), Duration::from_millis(300))])]
    };
    let slow_body = |class: crate::call::Class| {
        let steps = class.good().bytes().map(|byte| format!("1\r\n{}\r\n", char::from(byte))).collect::<String>();
        vec![Script::of([Request, Write(chunked("")), Drip(steps.into_bytes(), Duration::from_millis(50))])]
    };
    let half = |class: crate::call::Class| {
        let answer = http(200, "", class.good());
        vec![Script::of([Request, Write(answer[..answer.len() - 20].to_vec())])]
    };
    vec![
        row(16, "no answer, by the call's own limits", silent, own),
        row(20, "body stalls midway, for longer than a body may", half, stalled),
        row(16, "no answer", silent, late).deadline(1_000),
        row(18, "head at 1 byte in 300 ms", slow_head, late).deadline(1_000),
        row(19, "body at 1 chunk in 300 ms", slow_body, late).deadline(1_500),
        row(20, "body stalls midway", half, late).deadline(1_000),
    ]
}
