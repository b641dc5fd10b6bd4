//! Amounts of money in paise: parsing, formatting as EPS does, and the fee of a transfer.

/// Maximum amount of one transfer, in paise.
pub(super) const MOST: u64 = 500_000;
/// Initial balance of the wallet, in paise. EPS writes such a large balance with an exponent.
pub(super) const WALLET: u64 = 222_263_731_286;
/// Minimum fee of a transfer, in paise.
const LEAST_FEE: u64 = 1_000;

/// Returns the fee of a transfer: one percent of the amount, at least 10 rupees.
pub(super) fn fee(paise: u64) -> u64 {
    (paise.saturating_add(50) / 100).max(LEAST_FEE)
}

/// Returns the tax that is included in a fee, at a rate of 18 percent.
pub(super) fn tax(fee: u64) -> u64 {
    (fee.saturating_mul(18) + 59) / 118
}

/// Parses an amount in rupees, given as digits with at most two decimals. Returns paise.
pub(super) fn paise(rupees: &str) -> Option<u64> {
    let (whole, rest) = rupees.split_once('.').unwrap_or((rupees, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || rest.len() > 2 || !is_digits(whole) || !is_digits(rest) {
        return None;
    }
    let rest: u64 = format!("{rest:0<2}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(rest)
}

/// Formats paise as rupees without trailing zeros, for hooks: `100`, `100.5`, `100.25`.
pub(super) fn plain(paise: u64) -> String {
    let (rupees, rest) = (paise / 100, paise % 100);
    match rest {
        0 => rupees.to_string(),
        _ if rest.is_multiple_of(10) => format!("{rupees}.{}", rest / 10),
        _ => format!("{rupees}.{rest:02}"),
    }
}

/// Formats paise as EPS writes a balance: `9890.0`, or `2.22263731286E9` from ten million rupees up.
pub(super) fn balance_text(paise: u64) -> String {
    if paise < 1_000_000_000 {
        return super::reply::rupees_text(paise);
    }
    let digits = paise.to_string();
    let exponent = digits.len() - 3;
    let (first, rest) = digits.split_at(1);
    let rest = rest.trim_end_matches('0');
    format!("{first}.{}E{exponent}", if rest.is_empty() { "0" } else { rest })
}

#[cfg(test)]
mod tests {
    use super::{balance_text, fee, paise, plain, tax};

    #[test]
    fn a_transfer_costs_one_percent_and_at_least_ten_rupees() {
        assert_eq!([0, 10_000, 100_000, 100_100, 500_000].map(fee), [1_000, 1_000, 1_000, 1_001, 5_000]);
        assert_eq!([500, 1_000].map(tax), [76, 153]);
    }

    #[test]
    fn rupees_are_read_and_written_to_the_paisa() {
        let read = ["100", "100.5", "100.25", "0.07", "", ".5", "1.234", "-1", "1e3", "184467440737095517"].map(paise);
        assert_eq!(&read[..4], [Some(10_000), Some(10_050), Some(10_025), Some(7)]);
        assert_eq!(&read[4..], [None; 6]);
        assert_eq!([10_000, 10_050, 10_025, 7, 0].map(plain), ["100", "100.5", "100.25", "0.07", "0"]);
    }

    #[test]
    fn a_large_balance_has_an_exponent() {
        let texts = [989_000, 999_999_999, 1_000_000_000, 222_263_731_286, 1_234_567_890].map(balance_text);
        assert_eq!(texts, ["9890.0", "9999999.99", "1.0E7", "2.22263731286E9", "1.23456789E7"]);
    }
}
