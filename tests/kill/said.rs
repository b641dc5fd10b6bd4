//! The lines that a child prints.

use serde::{Deserialize, Serialize};

/// The result of a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub op: String,
    pub reference: String,
    /// Outcome; empty if the call was refused.
    pub outcome: String,
    /// Code of the error; empty if there is none.
    pub code: String,
    pub reusable: bool,
}

/// A debit as the journal lists it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    pub op: String,
    pub reference: String,
    pub outcome: String,
    pub reusable: bool,
    pub spent: bool,
    pub revision: u32,
    pub tid: Option<String>,
    pub retry_of: Option<String>,
}

/// A line that says something about a debit.
#[derive(Clone, Debug)]
pub enum Line {
    Said(Said),
    Listed(Listed),
    /// A reference that the child sends now.
    Begun(String),
    /// Beginning of a complete list; the debits follow in further lines.
    Listing,
}

impl Said {
    pub fn brief(&self) -> String {
        let words = [&self.reference, &self.outcome, &self.code].into_iter().filter(|word| !word.is_empty());
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    pub fn key(&self) -> String {
        format!("{}:{}", self.op, self.reference)
    }
}

impl Listed {
    pub fn key(&self) -> String {
        format!("{}:{}", self.op, self.reference)
    }
}

impl Line {
    /// Reads a line. Returns `None` for other lines, and for a line that was cut off.
    pub fn of(text: &str) -> Option<Self> {
        if let Some(json) = text.strip_prefix("said ") {
            return serde_json::from_str(json).ok().map(Line::Said);
        }
        if let Some(json) = text.strip_prefix("listed ") {
            return serde_json::from_str(json).ok().map(Line::Listed);
        }
        if let Some(reference) = text.strip_prefix("begun ") {
            return Some(Line::Begun(reference.to_owned()));
        }
        (text == "listing").then_some(Line::Listing)
    }

    pub fn said(&self) -> Option<&Said> {
        match self {
            Line::Said(said) => Some(said),
            Line::Listed(_) | Line::Begun(_) | Line::Listing => None,
        }
    }

    pub fn listed(&self) -> Option<&Listed> {
        match self {
            Line::Listed(listed) => Some(listed),
            Line::Said(_) | Line::Begun(_) | Line::Listing => None,
        }
    }
}
