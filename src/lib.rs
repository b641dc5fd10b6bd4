//! Client for Eko Platform Services (EPS), an Indian payment API: a request signer, typed calls and typed outcomes.
#![cfg_attr(not(any(feature = "client", feature = "node-client", feature = "wasm")), forbid(unsafe_code))]
// The wasm build of the signer does not link the standard library, which keeps the wasm file small.
#![cfg_attr(all(target_arch = "wasm32", feature = "wasm"), no_std)]

extern crate alloc;

mod secret;
mod sign;

pub use secret::Secret;
pub use sign::{HEADER_NAMES, KeyFault, SignError, Signature, SignedHeaders, Signer, Timestamp};

#[cfg(feature = "client")]
mod api;
#[cfg(feature = "client")]
mod call;
#[cfg(feature = "client")]
mod catalog;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod clock;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
pub mod money;
#[cfg(feature = "client")]
mod mutex;
#[cfg(feature = "client")]
mod request;
#[cfg(feature = "client")]
mod response;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(feature = "client")]
mod transport;

#[cfg(feature = "client")]
pub use api::generated::calls::*;
#[cfg(feature = "client")]
pub use api::{DebitRequest, Request};
#[cfg(feature = "client")]
pub use client::{CallOptions, Client, Config, Environment, Page, Raw, Response, SignedRequest};
#[cfg(feature = "client")]
pub use clock::unique_timestamp;
#[cfg(feature = "client")]
pub use error::{Attempt, Class, Code, Error, Meta, Phase};
#[cfg(feature = "client")]
pub use money::{Debit, DebitOptions};
#[cfg(feature = "client")]
pub use response::{Answer, HttpAnswer};
#[cfg(feature = "sandbox")]
pub use sandbox::Sandbox;
#[cfg(feature = "client")]
pub use tokio_util::sync::CancellationToken;
#[cfg(feature = "reqwest")]
pub use transport::ReqwestTransport;

#[cfg(any(feature = "node-client", feature = "wasm"))]
mod binding;

/// Internals for this repository's own tests and tools. They may change in any release.
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod __private {
    pub use crate::api::generated::{ENDPOINTS, REFUSALS};
    pub use crate::api::sealed;
    pub use crate::call::exchange;
    /// Types of the endpoint table.
    pub mod catalog {
        pub use crate::catalog::*;
    }
    pub use crate::money::judged::judged;
}

/// Compiles the Rust example in the README as a documentation test.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
