//! Generates values for `client_ref_id`.

use crate::clock::now_ms;
use crate::error::{Code, Error};

/// Crockford's base32 alphabet, which ULIDs also use. A whole ULID has 26 characters, but EPS accepts only 20.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Generates a reference of 20 characters. The first 9 encode the time in milliseconds, so that references sort by time. The last 11 encode
/// 55 random bits, so that two processes do not generate the same reference.
///
/// # Errors
/// `internal` if the system's random source fails.
pub(crate) fn generate() -> Result<String, Error> {
    let random = getrandom::u64().map_err(|_| {
        Error::new(Code::Internal, "the system's random source failed, so no client_ref_id could be generated")
    })?;
    let digits = |value: u64, count: u32| {
        (0..count).rev().map(move |place| char::from(DIGITS[usize::try_from(value >> (place * 5) & 31).unwrap_or(0)]))
    };
    Ok(digits(now_ms(), 9).chain(digits(random, 11)).collect())
}

#[cfg(test)]
mod tests {
    use super::generate;

    #[test]
    fn references_are_unique_and_fit_the_rule() {
        let made: std::collections::HashSet<_> = (0..10_000).filter_map(|_| generate().ok()).collect();
        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|text| text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    }
}
