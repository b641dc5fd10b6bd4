//! Rows of the fault table that need more than one call to one server, and the tests elsewhere that cover them.

use std::path::Path;

struct Elsewhere {
    row: u8,
    what: &'static str,
    expected: &'static str,
    /// Files, and the name of a test in each.
    shown: &'static [(&'static str, &'static str)],
}

const ROWS: &[Elsewhere] = &[
    Elsewhere {
        row: 10,
        what: "a debit cut inside, at each of its bytes: a debit is at most some kilobytes, which the kernel takes whole before a server has read any, so no real socket shows it",
        expected: "sent again only where the count of bytes proves that it was incomplete; at most one complete request",
        shown: &[("src/client/simulation/tests.rs", "simulation_cuts_every_byte_of_the_request")],
    },
    Elsewhere {
        row: 34,
        what: "four worker threads sign with the same keys at once",
        expected: "no timestamp twice",
        shown: &[("__test__/workers.test.mjs", "threads sign no timestamp twice for a key, all within 60 s")],
    },
    Elsewhere {
        row: 43,
        what: "frozen (SIGSTOP) between the journal and the sending, given up and replaced meanwhile; frozen while the answer waits",
        expected: "nothing leaves late; the answer counts",
        shown: &[("tests/kill/main.rs", "a_process_frozen_beyond_its_time_sends_nothing")],
    },
    Elsewhere {
        row: 44,
        what: "kill -9, 20 times at each step of the journal, and 20 times at random moments of 200 debits, then a restart",
        expected: "none lost, none doubled, open ones listed, used references refused",
        shown: &[
            ("tests/kill/main.rs", "killed_before_the_reservation_is_durable"),
            ("tests/kill/main.rs", "killed_after_the_reservation_before_the_first_byte"),
            ("tests/kill/main.rs", "killed_after_the_bytes_before_the_answer"),
            ("tests/kill/main.rs", "killed_after_the_answer_before_the_record"),
            ("tests/kill/main.rs", "killed_after_the_record"),
            ("tests/kill/main.rs", "killed_at_random_moments_of_200_debits"),
            ("tests/kill/main.rs", "every_fate_of_processes_beside_a_moody_bank"),
            ("__test__/money.test.mjs", "after kill -9 the debit is listed, refused and then resolved"),
        ],
    },
    Elsewhere {
        row: 45,
        what: "the disk fills up in the middle of 60 debits, and has room again",
        expected: "what finds no room is not sent, and can be sent once there is room",
        shown: &[("tests/kill/main.rs", "a_full_disk_stops_debits_before_they_leave")],
    },
    Elsewhere {
        row: 45,
        what: "an older copy of the journal is put in its place: with its mark, without it, without the -wal file",
        expected: "no debit leaves until a person has declared it; then own references only with proof of absence",
        shown: &[("tests/kill/main.rs", "every_fate_of_processes_beside_a_moody_bank")],
    },
    Elsewhere {
        row: 46,
        what: "\"not found\" by the schedule",
        expected: "open until at least four of them over at least 15 minutes; with a tid for ever",
        shown: &[
            ("tests/absence.rs", "two_comparison_rounds_15_minutes_apart_prove_absence"),
            ("__test__/money-sandbox.test.mjs", "ends as notSent only with a known reference and on schedule"),
        ],
    },
    Elsewhere {
        row: 47,
        what: "the native module is missing, of another libc, platform or version, or does not load",
        expected: "an error that names the cause and the fix",
        shown: &[
            ("__test__/loader.test.mjs", "a missing package error names platform, cause and fix"),
            ("__test__/loader.test.mjs", "never loads the glibc package on musl"),
            ("__test__/loader.test.mjs", "another platform: it is named, and which packages there are"),
            ("__test__/loader.test.mjs", "a version mismatch error names both versions, build and fix"),
            ("__test__/loader.test.mjs", "its own reason is told, and what to do"),
        ],
    },
    Elsewhere {
        row: 48,
        what: "10,000 calls through Rust",
        expected: "no socket, file or memory is left",
        shown: &[("tests/soak.rs", "ten_thousand_calls_leave_nothing_behind")],
    },
    Elsewhere {
        row: 48,
        what: "10,000 calls at once through Node; 500 worker threads that end in every way; a process that exits",
        expected: "each answer at its caller; exit code 0; the process exits by itself",
        shown: &[
            ("__test__/native-calls.test.mjs", "every answer of many calls in flight reaches its caller"),
            ("__test__/workers.test.mjs", "500 workers start, call and end in every way without a crash"),
            ("__test__/native-calls.test.mjs", "a process with a pending call waits for it and then exits"),
        ],
    },
];

/// Returns these rows as a Markdown table.
pub fn table() -> String {
    let rows = ROWS.iter().map(|row| {
        let shown: Vec<_> = row.shown.iter().map(|(file, name)| format!("`{file}`: {name}")).collect();
        format!("| {} | {} | {} | {} |\n", row.row, row.what, row.expected, shown.join("<br>"))
    });
    format!("| row | what | expected | shown by |\n|---|---|---|---|\n{}", rows.collect::<String>())
}

/// Checks that each test exists in its file: as a function of Rust, in the list of a test program, or as a test of Node.
///
/// # Panics
/// If a test is missing; the message names it.
pub fn named_tests_exist() {
    let missing = ROWS.iter().flat_map(|row| row.shown).filter(|(file, name)| {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default();
        let forms = [format!("fn {name}()"), format!("(\"{name}\","), format!("test('{name}'"), format!(" {name}`,")];
        !forms.iter().any(|form| text.contains(form))
    });
    let missing: Vec<_> = missing.map(|(file, name)| format!("{file}: {name}")).collect();
    assert!(missing.is_empty(), "docs/evidence/faults.md names tests that do not exist: {missing:#?}");
}
