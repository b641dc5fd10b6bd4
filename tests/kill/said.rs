//! What a child says on its standard output.

use serde::{Deserialize, Serialize};

/// What a call came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub op: String,
    pub reference: String,
    /// The outcome; empty where the call was refused.
    pub outcome: String,
    /// Of an error.
    pub code: String,
    pub reusable: bool,
}

/// What the journal knows of a debit, as it was listed.
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

/// A line of it that says something of a debit.
#[derive(Clone, Debug)]
pub enum Line {
    Said(Said),
    Listed(Listed),
    /// A reference that it submits now.
    Begun(String),
    /// Of a whole listing; further lines follow it.
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
    /// `None` for other words, and for what was cut off in the middle.
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
