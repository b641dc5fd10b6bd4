//! Tests of the sandbox over raw HTTP, with signatures by another implementation than ours.
#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod auth;
mod client;
mod control;
mod customer;
#[cfg(feature = "journal-sqlite")]
mod debits;
mod dmt;
mod flow;
mod judge;
mod legacy;
mod lifecycle;
mod page;
mod params;
mod route;
mod scenarios;
mod scripts;
mod senders;
mod support;
mod table;
mod transfers;
