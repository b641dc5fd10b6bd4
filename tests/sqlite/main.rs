//! Tests of the journal's file: what it keeps, what it refuses, and what it reports after a loss.
//!
//! They run only on Linux, where a process can see its open files and its locks.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod archive;
mod mark;
mod processes;
mod refused;
mod rows;
mod stored;
mod support;
