//! HTTP response, and the checks of its headers.

use super::failure::TransportFailure;
use super::limits::MAX_HEAD;
use crate::error::{Code, Phase};
use crate::response::{ContentCoding, Http};
use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};

/// HTTP response as it was received.
pub(crate) struct Received {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Http for Received {
    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn encoding(&self) -> ContentCoding {
        ContentCoding::of(self.headers.get_all(CONTENT_ENCODING).iter().map(|encoding| encoding.to_str().ok()))
    }

    fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Checks the headers of a response.
///
/// # Errors
/// `protocol` if the headers are too large, or if the end of the body is ambiguous. Two readers of an ambiguous response can disagree on
/// which bytes belong to the body and which to the next response. hyper already refuses two different `content-length` values.
pub(super) fn check(map: &HeaderMap) -> Result<(), TransportFailure> {
    let size: usize = map.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum();
    let mut encodings = map.get_all(TRANSFER_ENCODING).iter();
    let ambiguous = match (encodings.next(), encodings.next()) {
        (None, _) => false,
        (Some(only), None) => !only.as_bytes().eq_ignore_ascii_case(b"chunked") || map.contains_key(CONTENT_LENGTH),
        (Some(_), Some(_)) => true,
    };
    if size > MAX_HEAD || ambiguous {
        return Err(TransportFailure::new(Code::Protocol, Phase::HeadersSeen));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(headers: &[(&'static str, String)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        super::check(&map).is_ok()
    }

    #[test]
    fn ambiguous_body_framing_is_rejected() {
        let chunked = || ("transfer-encoding", "Chunked".to_owned());
        assert!(accepted(&[chunked()]));
        assert!(accepted(&[("content-length", "5".into())]));
        assert!(accepted(&[]));
        assert!(!accepted(&[chunked(), ("content-length", "5".into())]));
        assert!(!accepted(&[chunked(), chunked()]));
        assert!(!accepted(&[("transfer-encoding", "gzip, chunked".into())]));
        assert!(!accepted(&[("transfer-encoding", "identity".into())]));
    }

    #[test]
    fn a_head_has_a_size() {
        assert!(accepted(&[("x", "y".repeat(32_768 - 5))]));
        assert!(!accepted(&[("x", "y".repeat(32_768 - 4))]));
    }
}
