//! Rows 10 to 14: connections that break.

use crate::call::Class;
use crate::row::{Row, row};
use crate::script::Step::{Fin, Read, Request, Reset, Write};
use crate::script::{Script, http};

pub fn rows() -> Vec<Row> {
    let good = |class: Class| http(200, "", class.good());
    let answer = move |class| Script::answer(good(class));
    let doubt = ("error network.reset, maybe sent", 1);
    let open = ("indeterminate (network.reset)", 1);
    // A request of this size has left the machine whole before the server reads ten bytes. Nothing proves that it was incomplete.
    let unread = [("found", 1), ("error network.reset, maybe sent", 0), ("indeterminate (network.reset)", 0)];
    vec![
        row(10, "RST after 10 bytes", move |class| vec![Script::of([Read(10), Reset]), answer(class)], unread),
        row(
            10,
            "RST after 20 KB of 8 MB, then a sound server",
            move |class| vec![Script::of([Read(20_000), Reset]), answer(class)],
            [("", 0), ("otpRequired", 1), ("", 0)],
        )
        .only(&[Class::Step])
        .long(),
        row(
            11,
            "RST after the full request",
            |_| vec![Script::of([Request, Reset])],
            [("error network.reset", 3), doubt, open],
        ),
        row(
            11,
            "RST after the full request, then a sound server",
            move |class| vec![Script::of([Request, Reset]), answer(class)],
            [("found", 2), doubt, open],
        ),
        row(
            12,
            "FIN after the full request",
            move |class| vec![Script::of([Request, Fin]), answer(class)],
            [("found", 2), doubt, open],
        ),
        row(
            13,
            "kept connection, FIN already seen",
            move |class| vec![Script::of([Request, Write(good(class)), Fin]), answer(class)],
            [("found", 1), ("otpRequired", 1), ("settled", 1)],
        )
        .after_idle(),
        row(
            14,
            "kept connection, RST after the second request",
            move |class| match class {
                Class::Read | Class::Step => {
                    vec![Script::of([Request, Write(good(class)), Request, Reset]), answer(class)]
                }
                // A debit opens a connection of its own, so its first call uses up a script too.
                Class::Debit => vec![answer(class), Script::of([Request, Reset])],
            },
            [("found", 2), doubt, open],
        )
        .second(),
        row(
            14,
            "kept connection, RST crosses the second request",
            move |class| match class {
                Class::Read | Class::Step => {
                    vec![Script::of([Request, Write(good(class)), Read(1), Reset]), answer(class)]
                }
                Class::Debit => vec![answer(class), Script::of([Read(1), Reset])],
            },
            unread,
        )
        .second(),
    ]
}
