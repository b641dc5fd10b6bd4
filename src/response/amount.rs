//! Amounts as EPS writes them, in one canonical text.

use rust_decimal::Decimal;
use std::borrow::Cow;

/// Canonical decimal text: no exponent, no trailing zeros. `None` where it is not a number that fits 28 digits exactly.
pub(crate) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if let Some(plain) = plain(text) {
        return Some(plain.into());
    }
    // Indian grouping, as in "1,23,456.00", appears in texts meant for people.
    let plain: String = text.chars().filter(|character| *character != ',').collect();
    let value = if plain.contains(['e', 'E']) {
        Decimal::from_scientific(&plain).ok()?
    } else {
        Decimal::from_str_exact(&plain).ok()?
    };
    let value = value.normalize();
    Some(if value.is_zero() { "0".into() } else { value.to_string().into() })
}

/// The canonical part of a text as most are: digits, perhaps a point and digits, nothing in front to drop. `None` says nothing.
fn plain(text: &str) -> Option<&str> {
    // By bytes: searching for a character costs more than all the rest.
    let point = text.bytes().position(|byte| byte == b'.');
    let (whole, fraction) = point.map_or((text, "0"), |point| (&text[..point], &text[point + 1..]));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let usual =
        digits(whole) && digits(fraction) && text.len() <= PLAIN_DIGITS && (whole == "0" || !whole.starts_with('0'));
    let kept = fraction.trim_end_matches('0').len();
    usual.then(|| if kept == 0 { whole } else { &text[..whole.len() + 1 + kept] })
}

/// Every number of so many digits is exact as a decimal.
const PLAIN_DIGITS: usize = 28;

#[cfg(test)]
mod tests {
    use super::{canonical, plain};
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    #[test]
    fn one_text_for_one_amount() {
        for (wire, text) in [
            ("5287.0", Some("5287")),
            ("5287", Some("5287")),
            ("0.00", Some("0")),
            ("-0.0", Some("0")),
            ("2.20834002375E9", Some("2208340023.75")),
            ("2.22263731286E9", Some("2222637312.86")),
            ("1e3", Some("1000")),
            ("1E-2", Some("0.01")),
            ("50.10", Some("50.1")),
            ("-12.50", Some("-12.5")),
            ("1,23,456.50", Some("123456.5")),
            ("1234567890123456789.01", Some("1234567890123456789.01")),
            ("NaN", None),
            ("Infinity", None),
            ("", None),
            ("12 rupees", None),
            ("1e400", None),
        ] {
            assert_eq!(canonical(wire).as_deref(), text, "{wire}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_says_what_decimals_say(text in "[0-9]{0,14}(\\.[0-9]{0,14})?|-?0?[0-9.,eE+]{1,12}") {
            if let Some(short) = plain(&text) {
                let exact = Decimal::from_str_exact(&text).map(|value| value.normalize().to_string());
                prop_assert_eq!(Ok(short.to_owned()), exact.map_err(|error| error.to_string()));
            }
        }

        #[test]
        fn paise_survive_every_spelling(paise in 0i64..100_000_000_000_000) {
            let plain = format!("{}.{:02}", paise / 100, paise % 100);
            let scientific = format!("{}E-2", paise);
            let canonical_plain = canonical(&plain);
            prop_assert!(canonical_plain.is_some());
            prop_assert_eq!(&canonical_plain, &canonical(&scientific));
            prop_assert_eq!(canonical(canonical_plain.as_deref().unwrap_or_default()), canonical_plain.clone());
        }
    }
}
