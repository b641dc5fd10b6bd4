//! Money in an unkind world: EPS refuses to be asked, answers about others, late, out of order, and forgets; requests are lost, delayed
//! and copied; machines stand still, and their clocks are wrong; the journal is restored, replaced, and shared by five processes.
//!
//! EPS's books judge all that anybody is told. `cargo test unkind` runs a bounded part; `EKO_UNKIND=1000000 cargo test --profile quick
//! --lib unkind_world` the whole, and `EKO_SEED=…` replays one schedule.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bank;
mod books;
mod disk;
mod judge;
mod plan;
mod process;
mod story;
mod tests;
mod wire;
mod world;

/// The calls of these schedules.
const OP: &str = "dmt.transfer";
const REFUND: &str = "refund";
