//! `instructions <call> <times>`: repeats one call under callgrind, which counts only the instructions inside the functions of `Work`.

use eko_eps::Timestamp;
use eko_eps_benches::Work;
use std::hint::black_box;

fn main() {
    let mut args = std::env::args().skip(1);
    let call = args.next().expect("which call");
    let times: u64 = args.next().and_then(|text| text.parse().ok()).expect("how often");
    let work = Work::new(0);
    let timestamp = |number| Timestamp::from_millis(1_700_000_000_000 + number).expect("13 digits");
    for number in 0..times {
        match call.as_str() {
            "sign" => _ = black_box(work.sign(timestamp(number))),
            "headers" => _ = black_box(work.headers(timestamp(number))),
            "prepare" => drop(black_box(work.prepare())),
            "interpret" => drop(black_box(work.interpret())),
            _ => panic!("there is no call {call}"),
        }
    }
}
