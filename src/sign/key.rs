//! What an access key never holds. Files, environments and editors put it there; EPS would only say that the signature is wrong.
//!
//! `lib/signer-rules.ts` has the same rule for the signers in JavaScript, and `__test__/access-key.test.mjs` holds both to it.

use core::fmt;

/// What is in an access key that EPS puts in none, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFault {
    kind: Kind,
    place: Place,
}

/// A character is of the first kind that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nul,
    LineBreak,
    ByteOrderMark,
    Blank,
    QuotationMark,
    Control,
    Invisible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Inside,
    End,
}

/// The first fault of a key.
pub(crate) fn fault(key: &str) -> Option<KeyFault> {
    let (at, found) = key.char_indices().find_map(|(at, char)| Some((at, kind(char)?)))?;
    let place = match at {
        0 => Place::Start,
        _ if key[at..].chars().all(|char| kind(char).is_some()) => Place::End,
        _ => Place::Inside,
    };
    Some(KeyFault { kind: found, place })
}

fn kind(char: char) -> Option<Kind> {
    Some(match char {
        '\0' => Kind::Nul,
        '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::LineBreak,
        '\u{feff}' => Kind::ByteOrderMark,
        '"' | '\'' | '`' | '´' | '«' | '»' | '‘'..='‟' | '‹' | '›' => Kind::QuotationMark,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}' => Kind::Invisible,
        _ if char.is_whitespace() => Kind::Blank,
        _ if char.is_control() => Kind::Control,
        _ => return None,
    })
}

impl fmt::Display for KeyFault {
    /// `a line break at its end`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Nul => "a NUL character",
            Kind::LineBreak => "a line break",
            Kind::ByteOrderMark => "a byte order mark",
            Kind::Blank => "a blank",
            Kind::QuotationMark => "a quotation mark",
            Kind::Control => "a control character",
            Kind::Invisible => "an invisible character",
        })?;
        f.write_str(match self.place {
            Place::Start => " at its start",
            Place::Inside => " inside",
            Place::End => " at its end",
        })
    }
}
