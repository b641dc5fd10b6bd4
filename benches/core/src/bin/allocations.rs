//! Prints the number of allocations and of allocated bytes of each call, as JSON. The crate `allocation-counter` replaces the allocator of
//! this program and counts.

use allocation_counter::measure;
use eko_eps::Timestamp;
use eko_eps_benches::Work;
use std::hint::black_box;

fn main() {
    let work = Work::new(0);
    let timestamp = Timestamp::from_millis(1_700_000_000_000).expect("13 digits");
    let call = |name: &str, run: &dyn Fn()| {
        // The first run is not counted, because it also allocates what later runs use again.
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
