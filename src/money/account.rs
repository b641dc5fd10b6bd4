//! Whose debits a row of the journal is of.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes kept of the initiator's digest. It is a telephone number, and all of those are quickly tried: of three bytes, some hundred
/// numbers fit one.
const INITIATOR_BYTES: usize = 3;
const SERVER_BYTES: usize = 8;

/// What the paths of production's addresses have in common, also behind a relay.
pub(crate) const PRODUCTION: &str = "/ekoicici/";

/// A server and an initiator. EPS knows a debit only there: asked by another account, or elsewhere, it says "not found" of what it has done.
/// Keys are no part of it, so that they can be rotated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// `production`, or a digest of the base URL.
    server: String,
    /// A digest of the initiator's id; empty where there is none.
    initiator: String,
}

impl Account {
    /// Of a base URL in its normal form. Production is one, by whatever relay it is reached: a relay that moves must not leave open
    /// debits behind.
    pub fn of(base_url: &str, initiator_id: Option<&str>) -> Self {
        let production = base_url.contains(PRODUCTION);
        Self {
            server: if production { "production".into() } else { digest(base_url, SERVER_BYTES) },
            initiator: initiator_id.map_or_else(String::new, |id| digest(id, INITIATOR_BYTES)),
        }
    }

    /// The options in which another differs from this one, in words; `None` where it is the same.
    pub fn difference(&self, other: &Account) -> Option<&'static str> {
        match (self.server == other.server, self.initiator == other.initiator) {
            (true, true) => None,
            (false, true) => Some("another environment or baseUrl"),
            (true, false) => Some("another initiatorId"),
            (false, false) => Some("another environment or baseUrl and another initiatorId"),
        }
    }
}

fn digest(text: &str, bytes: usize) -> String {
    Sha256::digest(text).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}
