//! Amounts as EPS writes them, converted to one canonical text.
//!
//! An amount that is compared with the amount sent must not be guessed: `1,50` is 150 to one reader and 1.50 to another. So only a plain
//! decimal can be read, with Indian or western digit groups or without groups.

use rust_decimal::Decimal;
use std::borrow::Cow;

/// Returns the canonical decimal text, without an exponent and without trailing zeros. Returns `None` if the amount cannot be read, or does
/// not fit 28 digits exactly.
pub(crate) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if let Some(plain) = plain(text) {
        return Some(plain.into());
    }
    let value = if text.contains(['e', 'E']) { scientific(text)? } else { decimal(text)? };
    let value = value.normalize();
    Some(if value.is_zero() { "0".into() } else { value.to_string().into() })
}

/// Returns the canonical part of an amount in the most frequent form: digits, perhaps a point and more digits, and no leading zero. `None`
/// only means that it has another form.
fn plain(text: &str) -> Option<&str> {
    // The point is searched by bytes, because searching for a character costs more than the rest of this function.
    let point = text.bytes().position(|byte| byte == b'.');
    let (whole, fraction) = point.map_or((text, "0"), |point| (&text[..point], &text[point + 1..]));
    let usual =
        digits(whole) && digits(fraction) && text.len() <= PLAIN_DIGITS && (whole == "0" || !whole.starts_with('0'));
    let kept = fraction.trim_end_matches('0').len();
    usual.then(|| if kept == 0 { whole } else { &text[..whole.len() + 1 + kept] })
}

/// Number of characters up to which every number is exact as a decimal.
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

/// Returns true for grouped digits such as `1,234,567` or `12,34,567`. All groups before the last three digits have the same size, and a
/// leading zero is not accepted.
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

/// Reads a number with an exponent, such as `2.20834002375E9`, as JSON writes numbers.
fn scientific(text: &str) -> Option<Decimal> {
    let (base, exponent) = text.split_once(['e', 'E'])?;
    let unsigned = base.strip_prefix('-').unwrap_or(base);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let number = digits(whole) && (whole == "0" || !whole.starts_with('0')) && digits(fraction);
    let readable = number && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    // If there is an exponent, the parser would round a base that is too long.
    let exact = readable && Decimal::from_str_exact(base).is_ok();
    exact.then(|| Decimal::from_scientific(text).ok()).flatten()
}

#[cfg(test)]
#[path = "amount_tests.rs"]
mod tests;
