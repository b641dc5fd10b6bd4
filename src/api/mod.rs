//! Typed API: one request type and one outcome type per endpoint.

pub(crate) mod generated;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Request of a call that moves no money, for [`Client::send`](crate::Client::send). Only the request types of this crate implement it.
pub trait Request: Serialize + sealed::Described {
    /// Documented outcomes of the call.
    type Outcome: DeserializeOwned;
}

/// Request of a call that moves money, for [`Client::debit`](crate::Client::debit). Only the request types of this crate implement it.
pub trait DebitRequest: Serialize + sealed::Described {
    /// Outcomes of the debit.
    type Outcome: DeserializeOwned;
}

/// Keeps other crates from implementing the request traits.
pub mod sealed {
    /// Description of a request type's endpoint in the catalogue.
    pub trait Described {
        /// The endpoint.
        const ENDPOINT: &'static crate::catalog::Endpoint;
    }
}
