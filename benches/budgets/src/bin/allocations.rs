//! Prints the allocations and allocated bytes of one call each, as JSON. `allocation-counter` is the allocator here.

#[path = "../../../work.rs"]
mod work;

use allocation_counter::measure;
use eko_eps::Timestamp;
use std::hint::black_box;
use work::Work;

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
        call("sign", &|| drop(black_box(work.sign(timestamp)))),
        call("headers", &|| drop(black_box(work.headers(timestamp)))),
        call("prepare", &|| drop(black_box(work.prepare()))),
        call("interpret", &|| drop(black_box(work.interpret()))),
    ];
    println!("{{{}}}", counts.join(","));
}
