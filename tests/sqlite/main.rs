//! The journal's file: what it keeps, what it refuses, and what it says of itself after a loss.
//!
//! On Linux, where a process can see what it has open and which locks it holds.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod archive;
mod mark;
mod processes;
mod refused;
mod rows;
mod stored;
mod support;
