//! Tests of all accepted notations of an amount, and of many texts that are not amounts.

use super::{canonical, plain};
use proptest::prelude::*;
use rust_decimal::Decimal;

#[test]
fn one_text_for_one_amount() {
    for (wire, text) in [
        ("5287.0", "5287"),
        ("5287", "5287"),
        ("005287", "5287"),
        (" 5287\n", "5287"),
        ("0.00", "0"),
        ("-0.0", "0"),
        ("2.20834002375E9", "2208340023.75"),
        ("2.22263731286E9", "2222637312.86"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("1E-2", "0.01"),
        ("-1.50e1", "-15"),
        ("0e0", "0"),
        ("50.10", "50.1"),
        ("-12.50", "-12.5"),
        ("1,234", "1234"),
        ("123,456", "123456"),
        ("12,34,567", "1234567"),
        ("1,23,456.50", "123456.5"),
        ("1,234,567.50", "1234567.5"),
        ("-1,23,456.50", "-123456.5"),
        ("1,23,45,67,890", "1234567890"),
        ("1234567890123456789.01", "1234567890123456789.01"),
    ] {
        assert_eq!(canonical(wire).as_deref(), Some(text), "{wire}");
    }
}

#[test]
fn what_is_no_plain_decimal_cannot_be_read() {
    let wires = [
        "| |-|.|,|NaN|Infinity|null|12 rupees|INR 9,999|\u{20b9}100|100 Cr|+100|--100|- 100|-+100|.5|-.5|5.",
        "1_000|1 00|1\u{a0}000|0x64|1.2.3|,100|100,|,100,|1,50|12,34|1,2,3|1,,000|1234,567|123,45,678",
        "1,234,56|1,23,4567|1,234,56,789|0,500|00,500|1,000,|1,000.5,0|100.5,000|1.000,50|1'000|100e|e5|1e",
        "1e+|1e--2|1e-+2|1e1.5|1e5e5|5.e3|.5e3|007e2|+1e3|1,000e3|1_0e3|1e400|1e-400|1e99999999999999999999",
        "123456789012345678901234567890|1.2345678901234567890123456789012e3|\u{661}\u{662}|\u{ff11}\u{ff10}",
    ];
    for wire in wires.iter().flat_map(|line| line.split('|')) {
        assert_eq!(canonical(wire), None, "{wire}");
    }
}

#[test]
fn a_text_of_twenty_eight_characters_is_plain() {
    assert!(plain(&"9".repeat(28)).is_some() && plain(&"9".repeat(29)).is_none());
    // A number of 29 digits does not fit a `Decimal` exactly.
    assert_eq!(canonical(&"9".repeat(29)), None);
}

fn read(text: &str) -> Option<String> {
    canonical(text).map(|text| text.into_owned())
}

/// Inserts commas before the last three digits, and before every group of `size` digits to their left.
fn commas(digits: &str, size: usize) -> String {
    let (head, last) = digits.split_at(digits.len().saturating_sub(3));
    let mut groups: Vec<&str> = head.as_bytes().rchunks(size).filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.reverse();
    groups.push(last);
    groups.join(",")
}

proptest! {
    #[test]
    fn the_fast_path_agrees_with_decimal_parsing(text in "[0-9]{0,14}(\\.[0-9]{0,14})?|-?0?[0-9.,eE+]{1,12}") {
        if let Some(short) = plain(&text) {
            let exact = Decimal::from_str_exact(&text).map(|value| value.normalize().to_string());
            prop_assert_eq!(Ok(short.to_owned()), exact.map_err(|error| error.to_string()));
        }
    }

    #[test]
    fn paise_survive_every_spelling(paise in 0i64..100_000_000_000_000) {
        let (rupees, rest) = ((paise / 100).to_string(), format!("{:02}", paise % 100));
        let plain = read(&format!("{rupees}.{rest}"));
        prop_assert!(plain.is_some());
        prop_assert_eq!(&read(plain.as_deref().unwrap_or_default()), &plain);
        for wire in [format!("{paise}E-2"), format!("{}.{rest}", commas(&rupees, 2)), format!("{}.{rest}0", commas(&rupees, 3))] {
            prop_assert_eq!(&read(&wire), &plain, "{}", wire);
        }
    }

    #[test]
    fn commas_anywhere_else_cannot_be_read(number in 1u64..1_000_000_000_000, places in prop::collection::vec(0usize..13, 1..4)) {
        let digits = number.to_string();
        let mut wire = digits.clone();
        for place in places {
            wire.insert(place.min(wire.len()), ',');
        }
        let usual = wire == commas(&digits, 2) || wire == commas(&digits, 3);
        prop_assert_eq!(read(&wire), usual.then_some(digits), "{}", wire);
    }

    #[test]
    fn canonicalising_an_amount_is_idempotent(text in "-?[0-9]{0,4}[-+0-9., eE_]{0,10}|[0-9]{1,3}(,[0-9]{2,3}){0,4}(\\.[0-9]{1,4})?") {
        if let Some(canonical) = canonical(&text) {
            let digits = canonical.strip_prefix('-').unwrap_or(&canonical);
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "1"));
            let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert!(all(whole) && all(fraction) && !fraction.ends_with('0'), "{} of {}", canonical, text);
            prop_assert!(whole == "0" || !whole.starts_with('0'), "{} of {}", canonical, text);
            prop_assert_eq!(super::canonical(&canonical), Some(canonical.clone()));
        }
    }
}
