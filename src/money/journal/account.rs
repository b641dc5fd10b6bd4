//! Whose debits a row of the journal is of.

use sha2::{Digest, Sha256};

/// What the paths of production's addresses have in common, also behind a relay.
pub(crate) const PRODUCTION: &str = "/ekoicici/";

/// Bytes kept of a digest.
const BYTES: usize = 16;

/// A server and an initiator, before the journal's salt is known. EPS knows a debit only there: asked by another account, or elsewhere,
/// it says "not found" of what it has done. Keys are no part of it, so that they can be rotated.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    server: String,
    initiator: String,
}

impl Account {
    /// Of a base URL in its normal form. Production is one, by whatever relay it is reached: a relay that moves must not leave open
    /// debits behind.
    pub(crate) fn of(base_url: &str, initiator_id: Option<&str>) -> Self {
        let server = if base_url.contains(PRODUCTION) { "production" } else { base_url };
        Self { server: server.to_owned(), initiator: initiator_id.unwrap_or_default().to_owned() }
    }

    /// As rows carry it.
    pub(crate) fn digest(&self, salt: &str) -> String {
        digest(salt, &["account", &self.server, &self.initiator])
    }
}

/// A salted digest of several texts. The salt is the journal's own: an initiator is a telephone number, and all of those are quickly tried.
pub(crate) fn digest(salt: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [&[salt], parts].concat() {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..BYTES])
}

/// Lower-case hexadecimal.
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
        // Where one part ends is part of it.
        assert_ne!(digest("", &["ab", "c"]), digest("", &["a", "bc"]));
    }
}
