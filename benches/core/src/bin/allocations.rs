//! Prints the allocations and allocated bytes of one call each, as JSON. `allocation-counter` is the allocator here.

use allocation_counter::measure;
use eko_eps::Timestamp;
use eko_eps_benches::Work;
use std::hint::black_box;

fn main() {
    let work = Work::new(0);
    let timestamp = Timestamp::from_millis(1_700_000_000_000).expect("13 digits");
    let call = |name: &str, run: &dyn Fn()| {
        // What is made once is not the call's.
        run();
        let counted = measure(run);
        format!("\"{name}\":{{\"allocations\":{},\"bytes\":{}}}", counted.count_total, counted.bytes_total)
    };
    let counts = [
        call("sign", &|| _ = black_box(work.sign(timestamp))),
        call("headers", &|| _ = black_box(work.headers(timestamp))),
        call("prepare", &|| drop(black_box(work.prepare()))),
        call("interpret", &|| drop(black_box(work.interpret()))),
    ];
    println!("{{{}}}", counts.join(","));
}
