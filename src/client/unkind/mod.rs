//! Simulates money while everything around the client fails. EPS refuses inquiries, answers about other debits, late or out of order, and
//! forgets. Requests are lost, delayed and copied. Machines stand still, and their clocks are wrong. The journal is restored, replaced, and
//! shared by up to five processes.
//!
//! EPS's books decide if every reported state is right. `cargo test unkind` runs a bounded part.
//! `EKO_UNKIND=1000000 cargo test --profile quick --lib unkind_world` runs all of it, and `EKO_SEED=…` replays one schedule.
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

/// Operation of the debits in these schedules.
const OP: &str = "dmt.transfer";
/// Operation of their refunds.
const REFUND: &str = "refund";
