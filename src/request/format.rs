//! Formats of values with a fixed form. The catalogue tool checks its examples with the same functions.

/// Returns true if the text has the form of an IFSC: `^[A-Z]{4}0[A-Z0-9]{6}$`.
pub fn is_ifsc(text: &str) -> bool {
    has_classes(text, "AAAA0XXXXXX")
}

/// Returns true if the text has the form of a PAN: `^[A-Z]{5}[0-9]{4}[A-Z]$`.
pub fn is_pan(text: &str) -> bool {
    has_classes(text, "AAAAA9999A")
}

/// Returns true if the text has the form of an Indian mobile number: `^[6-9][0-9]{9}$`.
pub fn is_mobile(text: &str) -> bool {
    has_classes(text, "6999999999")
}

/// Returns true if the text is a position: `^-?[0-9]{1,3}(\.[0-9]+)?,-?[0-9]{1,3}(\.[0-9]+)?$`, with at most 64 characters.
pub fn is_lat_long(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let degrees = |part: &str| {
        let part = part.strip_prefix('-').unwrap_or(part);
        let (whole, fraction) = part.split_once('.').unwrap_or((part, "0"));
        digits(whole) && whole.len() <= 3 && digits(fraction)
    };
    text.len() <= 64 && text.split_once(',').is_some_and(|(one, other)| degrees(one) && degrees(other))
}

/// Returns true if the text begins as the XML of a biometric device does, and contains no NUL character.
pub fn is_xml(text: &str) -> bool {
    (text.starts_with("<PidData") || text.starts_with("<?xml")) && !text.contains('\0')
}

/// Returns true if each character is of its class: `A` is a capital letter, `9` a digit, `X` either of them, `6` a digit from 6 on, and `0`
/// is zero.
fn has_classes(text: &str, classes: &str) -> bool {
    let fits = |(byte, class): (u8, u8)| match class {
        b'A' => byte.is_ascii_uppercase(),
        b'9' => byte.is_ascii_digit(),
        b'X' => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        b'6' => (b'6'..=b'9').contains(&byte),
        other => byte == other,
    };
    text.len() == classes.len() && text.bytes().zip(classes.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_those_of_eps() {
        for (good, bad) in [
            ("SBIN0007515", &["sbin0007515", "SBIN1007515", "SBIN000751", "SBIN00075155", "SBIN000751é"][..]),
            ("HDFC0ABC123", &["HDF00ABC123", ""]),
        ] {
            assert!(is_ifsc(good) && !bad.iter().any(|text| is_ifsc(text)), "{good}");
        }
        assert!(is_pan("ABCDE1234F"));
        assert!(!["abcde1234f", "ABCDE12345", "ABCD1234FF", "ABCDE1234FG"].iter().any(|text| is_pan(text)));
        assert!(is_mobile("6000000000") && is_mobile("9999999999"));
        assert!(!["5999999999", "+919999999999", "999999999", "99999 9999"].iter().any(|text| is_mobile(text)));
        assert!(["22.7196,75.8577", "-1,0", "122.5,-000.1"].iter().all(|text| is_lat_long(text)));
        assert!(
            !["22.7196", "22.7196, 75.8577", "1234,1", "1.,1", "a,b", "1,1,1", ""].iter().any(|text| is_lat_long(text))
        );
        assert!(
            is_xml("<?xml version=\"1.0\"?>\n<PidData/>")
                && !is_xml(" <PidData/>")
                && !is_xml("<PidData>\0")
                && !is_xml("<html>")
        );
    }
}
