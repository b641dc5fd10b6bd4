//! Typed API: one request type and one outcome type per endpoint.

pub(crate) mod generated;

use crate::catalog::Endpoint;
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

/// Returns the endpoint with this name.
pub(crate) fn endpoint(op: &str) -> Option<&'static Endpoint> {
    let table = generated::ENDPOINTS;
    table.binary_search_by(|endpoint| endpoint.op.cmp(op)).ok().map(|index| table[index])
}

/// Traits that only this crate can implement, so that no other crate can implement the request traits.
pub mod sealed {
    /// Link from a request type to its endpoint in the catalogue.
    pub trait Described {
        /// The endpoint.
        const ENDPOINT: &'static crate::catalog::Endpoint;
    }
}

#[cfg(test)]
mod tests {
    use super::{endpoint, generated::ENDPOINTS};

    #[test]
    fn every_endpoint_is_found_by_its_name() {
        for known in ENDPOINTS {
            assert_eq!(endpoint(known.op).map(|found| found.op), Some(known.op));
        }
        assert!(endpoint("dmt.transfers").is_none() && endpoint("").is_none());
    }
}
