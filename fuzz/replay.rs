//! Checks the fuzz targets' properties on the stored corpus, and on mutations of it by a seeded generator. It runs on every machine.
//!
//! `EKO_FUZZ=1000000 cargo test --test fuzz_corpus` runs longer. A failing input is printed with its seed. `README.md` in this folder
//! describes cargo-fuzz.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "properties.rs"]
mod properties;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Texts that parsers often read wrongly.
const TOKENS: [&str; 22] = [
    "null",
    "\"null\"",
    "\"\"",
    "true",
    "NaN",
    "-0",
    "1e400",
    "1E-400",
    "9223372036854775808",
    "-1",
    "0.1e1",
    "2.22E9",
    "{}",
    "[]",
    "{",
    "\"",
    "\\ud800",
    "\u{feff}",
    "\u{0}",
    "__proto__",
    ",",
    "tx_status",
];

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    assert!(!files.is_empty(), "the corpus of {target} is empty");
    files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn mutate(random: &mut fastrand::Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = corpus[random.usize(..corpus.len())].clone();
    for _ in 0..random.usize(1..6) {
        let at = random.usize(..=input.len());
        let end = (at + random.usize(..9)).min(input.len());
        match random.u8(..8) {
            0 if at < input.len() => input[at] ^= 1 << random.u8(..8),
            1 => input.insert(at, random.u8(..)),
            2 => drop(input.drain(at..end)),
            3 => drop(input.splice(at..end, TOKENS[random.usize(..TOKENS.len())].bytes())),
            4 => {
                let other = &corpus[random.usize(..corpus.len())];
                let from = random.usize(..=other.len());
                drop(input.splice(at..end, other[from..].iter().copied()));
            }
            5 => input.truncate(at),
            // In a response these bytes choose the call and the HTTP status.
            6 if input.len() > 1 => input[random.usize(..2)] = random.u8(..24),
            // Deep nesting, or long numbers.
            _ => drop(input.splice(at..at, [b"[", b"{", b"9", b"0"][random.usize(..4)].repeat(random.usize(..200)))),
        }
    }
    input
}

fn hold(target: &str, property: fn(&[u8])) {
    let corpus = corpus(target);
    let count = std::env::var("EKO_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(5_000);
    let seeds = (0..count).map(|seed| (seed, mutate(&mut fastrand::Rng::with_seed(seed), &corpus)));
    let stored = corpus.iter().cloned().map(|input| (u64::MAX, input));
    let mut tried = 0_u64;
    for (seed, input) in stored.chain(seeds) {
        tried += 1;
        let held = catch_unwind(AssertUnwindSafe(|| property(&input)));
        assert!(held.is_ok(), "{target}, seed {seed}: {:?}", String::from_utf8_lossy(&input));
    }
    println!("{target}: {tried} inputs of {} seeds", corpus.len());
}

#[test]
fn responses() {
    hold("response", properties::response);
}

#[test]
fn amounts() {
    hold("amount", properties::amount);
}

#[test]
fn headers() {
    hold("headers", properties::headers);
}

#[test]
fn callbacks() {
    hold("callback", properties::callback);
}
