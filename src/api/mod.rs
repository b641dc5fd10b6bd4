//! The typed side of the catalogue: one request type and one outcome type per endpoint.

pub mod generated;

use crate::catalog::Endpoint;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A call as a type: what it takes, what it resolves to, and how it travels.
pub trait Request: Serialize {
    /// What the call resolves to.
    type Outcome: DeserializeOwned;
    /// The catalogue's description.
    const ENDPOINT: &'static Endpoint;
}
