//! Cause of an error.

use std::error::Error as StdError;
use std::fmt;

/// Maximum number of errors that are kept of a chain of causes.
const LONGEST_CHAIN: usize = 8;

/// Maximum number of characters that are kept of the text of one error.
const LONGEST_TEXT: usize = 300;

/// Cause of an [`Error`](super::Error): the texts of the operating system, the TLS library or the HTTP library. Only the texts are kept, so
/// that the libraries are not a part of this crate's API.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    text: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    /// Copies an error and its sources. A source whose text is a part of the text before it is left out.
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut texts = vec![text_of(error)];
        let mut next = error.source();
        while let Some(error) = next.filter(|_| texts.len() < LONGEST_CHAIN) {
            let text = text_of(error);
            if !texts.last().is_some_and(|last| last.contains(&text)) {
                texts.push(text);
            }
            next = error.source();
        }
        let last = Self { text: texts.pop().unwrap_or_default(), source: None };
        texts.into_iter().rev().fold(last, |source, text| Self { text, source: Some(Box::new(source)) })
    }

    /// Returns the texts of the whole chain.
    pub(crate) fn chain(&self) -> String {
        match &self.source {
            Some(source) => format!("{}: {}", self.text, source.chain()),
            None => self.text.clone(),
        }
    }
}

fn text_of(error: &dyn StdError) -> String {
    error.to_string().chars().filter(|found| !found.is_control()).take(LONGEST_TEXT).collect()
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Layer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    #[test]
    fn a_cause_keeps_the_chain_without_repetitions() {
        let inner = Layer("expired", None);
        let cause = Cause::of(&Layer("no\nTLS", Some(Box::new(Layer("certificate: expired", Some(Box::new(inner)))))));
        assert_eq!(cause.chain(), "noTLS: certificate: expired");
        assert_eq!(cause.source().map(ToString::to_string).as_deref(), Some("certificate: expired"));
    }

    #[test]
    fn an_endless_chain_and_a_long_text_are_cut() {
        let long = "x".repeat(1000).leak();
        let deep = (0..50)
            .fold(Layer(long, None), |inner, _| Layer("layer", Some(Box::new(Layer(long, Some(Box::new(inner)))))));
        let chain = Cause::of(&deep).chain();
        assert!(chain.len() < 3000, "{}", chain.len());
    }
}
