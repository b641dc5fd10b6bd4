//! Benchmarks of the parts of a call that need no network: `cargo bench -p eko-eps-benches`.

use criterion::{Criterion, criterion_group, criterion_main};
use eko_eps::Timestamp;
use eko_eps_benches::Work;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Number of calls that one client makes. A client signs at most 60,000 ms ahead of the clock, so a developer key has only 60,000
/// timestamps for a burst of calls.
const CALLS_PER_KEY: u64 = 30_000;
const FIRST_MS: u64 = 1_700_000_000_000;

fn core(criterion: &mut Criterion) {
    let work = Work::new(0);
    let mut keys = 0;
    criterion.bench_function("sign", |bench| {
        let mut timestamps = timestamps();
        bench.iter(|| work.sign(timestamps()));
    });
    criterion.bench_function("headers", |bench| {
        let mut timestamps = timestamps();
        bench.iter(|| work.headers(timestamps()));
    });
    criterion.bench_function("interpret", |bench| bench.iter(|| work.interpret()));
    criterion.bench_function("prepare", |bench| {
        bench.iter_custom(|count| over_keys(&mut keys, count, |work| drop(black_box(work.prepare()))));
    });
    criterion.bench_function("prepare-and-interpret", |bench| {
        bench.iter_custom(|count| {
            over_keys(&mut keys, count, |work| drop(black_box((work.prepare(), work.interpret()))))
        });
    });
}

/// Returns a function that returns a new timestamp each time, because real requests never share a timestamp.
fn timestamps() -> impl FnMut() -> Timestamp {
    let mut next = FIRST_MS;
    move || {
        next += 1;
        Timestamp::from_millis(next).expect("13 digits")
    }
}

/// Returns the time that `count` calls take. The clients for these calls are created outside the measured time.
fn over_keys(keys: &mut u32, count: u64, call: impl Fn(&Work)) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = count;
    while left > 0 {
        *keys += 1;
        let work = Work::new(*keys);
        let now = left.min(CALLS_PER_KEY);
        let started = Instant::now();
        (0..now).for_each(|_| call(&work));
        took += started.elapsed();
        left -= now;
    }
    took
}

criterion_group!(benches, core);
criterion_main!(benches);
