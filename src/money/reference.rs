//! Generates made-up references and reservation ids, and checks the canonical form of a transaction id (tid).

use crate::error::{Code, Error};

/// Makes up a random reference that no debit is expected to have, with the same length and the same kinds of characters as `like`. Returns
/// `None` if no character of `like` can vary, or if the system's random source fails.
pub(crate) fn made_up(like: &str) -> Option<String> {
    let mut bytes = [0u8; 64];
    getrandom::fill(&mut bytes).ok()?;
    let of = |alphabet: &[u8], byte: u8| char::from(alphabet[usize::from(byte) % alphabet.len()]);
    let made: String = like
        .chars()
        .zip(bytes.iter().cycle())
        .map(|(character, byte)| match character {
            '0'..='9' => of(b"0123456789", *byte),
            'A'..='Z' => of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *byte),
            'a'..='z' => of(b"abcdefghijklmnopqrstuvwxyz", *byte),
            other => other,
        })
        .collect();
    (made != like).then_some(made)
}

/// Returns true if a transaction id (tid) is in canonical form: at most 20 digits, without leading zeros. A tid is the reference of a
/// refund, so a second spelling of the same tid would count as another refund.
pub(crate) fn is_canonical_tid(tid: &str) -> bool {
    let digits = !tid.is_empty() && tid.len() <= 20 && tid.bytes().all(|byte| byte.is_ascii_digit());
    digits && (tid == "0" || !tid.starts_with('0'))
}

/// Returns true if both transaction ids are equal. Blanks at the ends, leading zeros and a final `.0` do not count.
pub(crate) fn same_tid(one: &str, other: &str) -> bool {
    let canonical = |tid: &str| {
        let tid = tid.trim();
        let tid = tid.strip_suffix(".0").unwrap_or(tid);
        let digits = tid.trim_start_matches('0');
        if digits.is_empty() { tid.to_owned() } else { digits.to_owned() }
    };
    canonical(one) == canonical(other)
}

/// Returns a random id for a reservation. It tells apart the reservations of one reference.
///
/// # Errors
/// `internal` if the system's source of random numbers fails.
pub(crate) fn reservation_id() -> Result<String, Error> {
    Ok(format!("{:016x}", random_u64()?))
}

fn random_u64() -> Result<u64, Error> {
    getrandom::u64().map_err(|_| Error::new(Code::Internal, "the operating system's random source failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_reference_looks_like_the_real_one() {
        let made: Vec<String> = (0..500).filter_map(|_| made_up("PAY-2026_a9")).collect();
        assert!(made.len() > 490);
        for text in made {
            let kinds = |text: &str| -> Vec<char> {
                let kind = |c: char| match c {
                    '0'..='9' => '9',
                    'A'..='Z' => 'A',
                    'a'..='z' => 'a',
                    other => other,
                };
                text.chars().map(kind).collect()
            };
            assert_eq!(kinds(&text), kinds("PAY-2026_a9"), "{text}");
        }
        assert_eq!(made_up("---"), None);
    }

    #[test]
    fn one_spelling_of_a_tid() {
        for one in ["13192443", "0", "10", &"9".repeat(20)] {
            assert!(is_canonical_tid(one), "{one}");
        }
        for other in [
            "",
            " 13192443",
            "13192443 ",
            "013192443",
            "00",
            &"9".repeat(21),
            "13192443.0",
            "1.3e7",
            "+13192443",
            "１３１９２４４３",
            "x",
            "1\t",
        ] {
            assert!(!is_canonical_tid(other), "{other}");
        }
        assert!(same_tid("13192443", " 013192443.0"));
        assert!(!same_tid("0", "1"));
        assert!(!same_tid("13192443", "13192444"));
    }
}
