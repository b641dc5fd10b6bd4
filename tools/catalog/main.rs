//! The catalogue tool: check, gen, drift.

fn main() {}
