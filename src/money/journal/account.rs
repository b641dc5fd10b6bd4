//! Account that a row of the journal belongs to: an EPS server together with an initiator.

use sha2::{Digest, Sha256};

/// Part of the path that all production URLs have in common, including URLs of a relay to production.
pub(crate) const PRODUCTION: &str = "/ekoicici/";

/// Number of bytes of a digest that are kept.
const BYTES: usize = 16;

/// Server and initiator of an account, before they are hashed with the journal's salt. EPS finds a debit only for the same server and
/// initiator. An inquiry with another initiator, or to another server, gets "not found" although the debit exists. Keys are not part of an
/// account, so that they can be rotated.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    server: String,
    initiator: String,
}

impl Account {
    /// Returns the account of an initiator at a base URL, which must be in its normal form. All production URLs count as one server,
    /// including those of a relay. So open debits stay in the same account when the relay changes.
    pub(crate) fn of(base_url: &str, initiator_id: Option<&str>) -> Self {
        let server = if base_url.contains(PRODUCTION) { "production" } else { base_url };
        Self { server: server.to_owned(), initiator: initiator_id.unwrap_or_default().to_owned() }
    }

    /// Returns the digest that identifies the account in the rows.
    pub(crate) fn digest(&self, salt: &str) -> String {
        digest(salt, &["account", &self.server, &self.initiator])
    }
}

/// Returns a salted digest of several strings. Each journal has its own salt. An initiator is a telephone number, and without a salt the
/// digests of all telephone numbers could be computed quickly.
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
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
        // The boundary between two parts changes the digest.
        assert_ne!(digest("", &["ab", "c"]), digest("", &["a", "bc"]));
    }
}
