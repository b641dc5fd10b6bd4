//! Check for characters that an access key never contains, such as line breaks. Files, environment variables and editors may add them. EPS would
//! answer only that the signature is wrong.
//!
//! `js/signer/signer-rules.ts` has the same rule for the JavaScript signers, and `__test__/access-key.test.mjs` checks that both rules agree.

use core::fmt;

/// Invalid character in an access key: its kind and its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFault {
    kind: FaultKind,
    place: FaultPosition,
}

/// Kind of an invalid character in an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultKind {
    Nul,
    LineBreak,
    ByteOrderMark,
    Blank,
    QuotationMark,
    Control,
    Invisible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultPosition {
    Start,
    Inside,
    End,
}

/// Returns the first invalid character of a key; `None` if all characters are valid.
pub(crate) fn fault(key: &str) -> Option<KeyFault> {
    let (at, found) = key.char_indices().find_map(|(at, char)| Some((at, kind(char)?)))?;
    let place = match at {
        0 => FaultPosition::Start,
        _ if key[at..].chars().all(|char| kind(char).is_some()) => FaultPosition::End,
        _ => FaultPosition::Inside,
    };
    Some(KeyFault { kind: found, place })
}

fn kind(char: char) -> Option<FaultKind> {
    Some(match char {
        '\0' => FaultKind::Nul,
        '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => FaultKind::LineBreak,
        '\u{feff}' => FaultKind::ByteOrderMark,
        '"' | '\'' | '`' | '´' | '«' | '»' | '‘'..='‟' | '‹' | '›' => FaultKind::QuotationMark,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}' => FaultKind::Invisible,
        _ if char.is_whitespace() => FaultKind::Blank,
        _ if char.is_control() => FaultKind::Control,
        _ => return None,
    })
}

impl fmt::Display for KeyFault {
    /// Writes the fault in words, such as `a line break at its end`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FaultKind::Nul => "a NUL character",
            FaultKind::LineBreak => "a line break",
            FaultKind::ByteOrderMark => "a byte order mark",
            FaultKind::Blank => "a blank",
            FaultKind::QuotationMark => "a quotation mark",
            FaultKind::Control => "a control character",
            FaultKind::Invisible => "an invisible character",
        })?;
        f.write_str(match self.place {
            FaultPosition::Start => " at its start",
            FaultPosition::Inside => " inside",
            FaultPosition::End => " at its end",
        })
    }
}
