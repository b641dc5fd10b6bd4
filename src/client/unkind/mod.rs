//! Simulation of debits and refunds in which everything around the client fails. EPS refuses inquiries, answers about other debits, answers
//! late or out of order, and forgets debits. Requests are lost, delayed and duplicated. Machines are suspended, and their clocks are wrong.
//! The journal is restored from a backup, replaced, and shared by up to five processes.
//!
//! The simulated EPS keeps books: a true record of its bookings. The books decide whether every state that the client reports is right. A
//! schedule is one run with its planned faults. `cargo test unkind` runs 300 schedules. `EKO_UNKIND=1000000 cargo test --profile quick
//! --lib unkind_world` runs a million schedules. `EKO_SEED=…` replays one schedule.
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

/// Operation of the debits in this simulation.
const OP: &str = "dmt.transfer";
/// Operation of the refunds in this simulation.
const REFUND: &str = "refund";
