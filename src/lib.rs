//! Client for Eko Platform Services (EPS).
#![cfg_attr(not(feature = "node"), forbid(unsafe_code))]

extern crate alloc;

pub mod secret;
pub mod sign;

#[cfg(feature = "client")]
pub mod catalog;
#[cfg(feature = "client")]
pub mod error;
#[cfg(feature = "client")]
pub mod response;

#[cfg(feature = "sandbox")]
pub mod sandbox;

#[cfg(feature = "sandbox")]
pub use sandbox::Sandbox;
