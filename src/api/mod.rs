//! Typed API: one request type and one outcome type per endpoint.

pub mod generated;

use crate::catalog::Endpoint;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Typed request of one endpoint.
pub trait Request: Serialize {
    /// Typed outcome of the call.
    type Outcome: DeserializeOwned;
    /// Entry of the endpoint in the catalogue.
    const ENDPOINT: &'static Endpoint;
}
