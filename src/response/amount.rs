//! Conversion of amounts, as EPS writes them, to one canonical text.
//!
//! An amount must not be guessed, because it is compared with the amount that was sent: `1,50` means 150 to one reader and 1.50 to another.
//! So only decimals with Indian, western or no digit groups are accepted, and JSON numbers with an exponent.

use rust_decimal::Decimal;
use std::borrow::Cow;

/// Returns the canonical decimal text, without an exponent and without trailing zeros. Returns `None` if the amount cannot be read, or
/// cannot be stored exactly in 28 digits.
pub(crate) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if let Some(plain) = plain(text) {
        return Some(plain.into());
    }
    let value = if text.contains(['e', 'E']) { scientific(text)? } else { decimal(text)? };
    let value = value.normalize();
    Some(if value.is_zero() { "0".into() } else { value.to_string().into() })
}

/// Fast path for the most frequent form of an amount: digits, optionally a point and more digits, and no leading zero. Returns the amount
/// without trailing zeros. `None` means only that the amount has another form.
fn plain(text: &str) -> Option<&str> {
    // Searching for a byte is much faster than searching for a `char`.
    let point = text.bytes().position(|byte| byte == b'.');
    let (whole, fraction) = point.map_or((text, "0"), |point| (&text[..point], &text[point + 1..]));
    let usual =
        digits(whole) && digits(fraction) && text.len() <= PLAIN_DIGITS && (whole == "0" || !whole.starts_with('0'));
    let kept = fraction.trim_end_matches('0').len();
    usual.then(|| if kept == 0 { whole } else { &text[..whole.len() + 1 + kept] })
}

/// Maximum length of an amount on the fast path. Every number of this length is exact as a `Decimal`.
const PLAIN_DIGITS: usize = 28;

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a decimal such as `-1,23,456.50`.
fn decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let readable = digits(fraction) && (digits(whole) || grouped(whole));
    readable.then(|| Decimal::from_str_exact(&text.replace(',', "")).ok()).flatten()
}

/// Returns true for grouped digits such as `1,234,567` (western) or `12,34,567` (Indian). The last group has three digits. All other groups
/// have the same size, except the first one, which may be shorter. A leading zero is not accepted.
fn grouped(whole: &str) -> bool {
    let Some((head, last)) = whole.rsplit_once(',') else { return false };
    let (first, between) = head.split_once(',').map_or((head, None), |(first, between)| (first, Some(between)));
    let groups = |size: usize| {
        let alike = |group: &str| group.len() == size && digits(group);
        first.len() <= size && between.is_none_or(|between| between.split(',').all(alike))
    };
    let ends = digits(first) && !first.starts_with('0') && digits(last) && last.len() == 3;
    ends && (groups(2) || groups(3))
}

/// Reads a number with an exponent, such as `2.20834002375E9`, in the syntax of JSON.
fn scientific(text: &str) -> Option<Decimal> {
    let (base, exponent) = text.split_once(['e', 'E'])?;
    let unsigned = base.strip_prefix('-').unwrap_or(base);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let number = digits(whole) && (whole == "0" || !whole.starts_with('0')) && digits(fraction);
    let readable = number && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    // `from_scientific` would round a base that is too long, so the base alone must be exact.
    let exact = readable && Decimal::from_str_exact(base).is_ok();
    exact.then(|| Decimal::from_scientific(text).ok()).flatten()
}

#[cfg(test)]
#[path = "amount_tests.rs"]
mod tests;
