//! Account of a journal row: the EPS server and the initiator of a debit. The initiator is the merchant's registered mobile number.

use sha2::{Digest, Sha256};

/// Path segment that every URL of EPS's production server contains. The URL of a relay that forwards to production contains it too.
pub(crate) const PRODUCTION: &str = "/ekoicici/";

/// Length of a truncated SHA-256 digest, in bytes.
const BYTES: usize = 16;

/// EPS server and initiator, before they are hashed. EPS answers "not found" to an inquiry from another initiator or to another server,
/// even if the debit exists. Signing keys are not part of an account, so that a user can rotate them.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    server: String,
    initiator: String,
}

impl Account {
    /// Returns the account for a normalised base URL and an initiator. All production URLs count as one server, including those of a relay,
    /// so open debits keep their account when the relay changes.
    pub(crate) fn of(base_url: &str, initiator_id: Option<&str>) -> Self {
        let server = if base_url.contains(PRODUCTION) { "production" } else { base_url };
        Self { server: server.to_owned(), initiator: initiator_id.unwrap_or_default().to_owned() }
    }

    pub(crate) fn digest(&self, salt: &str) -> String {
        digest(salt, &["account", &self.server, &self.initiator])
    }
}

/// Returns a salted digest of several strings. Each journal has a different salt, because the digests of all telephone numbers could be
/// computed quickly without a salt.
pub(crate) fn digest(salt: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [&[salt], parts].concat() {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..BYTES])
}

/// Encodes bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_apart_and_production_is_one() {
        let of = |url: &str, initiator: &str| Account::of(url, Some(initiator)).digest("salt");
        assert_eq!(of("https://a/ekoicici/v3", "1"), of("https://relay/ekoicici/v3", "1"));
        assert_ne!(of("https://a/ekoapi/v3", "1"), of("https://b/ekoapi/v3", "1"));
        let many: std::collections::HashSet<_> = (0..20_000).map(|n: u32| of("https://a", &n.to_string())).collect();
        assert_eq!(many.len(), 20_000);
        assert_ne!(Account::of("a", None).digest("one"), Account::of("a", None).digest("two"));
        // Two lists with the same characters, but split at different positions, have different digests.
        assert_ne!(digest("", &["ab", "c"]), digest("", &["a", "bc"]));
    }
}
