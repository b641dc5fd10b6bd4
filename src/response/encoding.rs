//! Decoding of compressed bodies. A gateway in front of EPS may compress a response although the request asked for no compression. The
//! response is still decoded, because it may decide about money.
//!
//! The decoded size is limited, so that a small compressed body cannot exhaust the memory of the process.

use crate::error::Code;
use flate2::bufread::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use std::borrow::Cow;
use std::io::Read;

/// Maximum size of a decoded body, in bytes.
const MAX_DECODED: usize = 8 * 1024 * 1024;
/// Decoded size in bytes up to which any compression ratio is accepted. A larger body may be at most `MAX_RATIO` times as large as its
/// compressed form. JSON seldom compresses better than 20 to 1.
const ANY_RATIO: usize = 64 * 1024;
const MAX_RATIO: usize = 100;
/// Size of the buffer for one decoding step, in bytes.
const CHUNK: usize = 8 * 1024;

/// Content encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentCoding {
    /// No encoding.
    Identity,
    Gzip,
    /// The zlib format, as the HTTP specification demands, or a raw deflate stream, which some servers send.
    Deflate,
    /// An encoding that is not supported, or more than one encoding.
    Other,
}

impl ContentCoding {
    /// Returns the encoding that all `content-encoding` headers together name. An item is `None` if the header value is not text.
    pub(crate) fn of<'a>(headers: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let names = headers.into_iter().flat_map(|header| header.unwrap_or("?").split(','));
        let mut encodings = names.map(str::trim).filter(|name| !name.is_empty()).map(Self::named);
        let mut encodings = encodings.by_ref().filter(|encoding| *encoding != Self::Identity);
        match (encodings.next(), encodings.next()) {
            (None, _) => Self::Identity,
            (Some(only), None) => only,
            (Some(_), Some(_)) => Self::Other,
        }
    }

    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "identity" => Self::Identity,
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            _ => Self::Other,
        }
    }

    /// Returns the decoded body.
    ///
    /// # Errors
    /// `body.encoding` if the body cannot be decoded, `body.too_large` if the decoded body would be too large.
    pub(super) fn decode(self, body: &[u8]) -> Result<Cow<'_, [u8]>, Code> {
        let mut decoded = Decoded::of(body);
        match self {
            Self::Identity => return Ok(Cow::Borrowed(body)),
            Self::Gzip => gunzip(body, &mut decoded)?,
            Self::Deflate => inflate(body, &mut decoded)?,
            Self::Other => return Err(Code::BodyEncoding),
        }
        Ok(Cow::Owned(decoded.bytes))
    }
}

/// Decoded bytes, and their maximum number.
struct Decoded {
    bytes: Vec<u8>,
    limit: usize,
}

impl Decoded {
    fn of(body: &[u8]) -> Self {
        let limit = body.len().saturating_mul(MAX_RATIO).clamp(ANY_RATIO, MAX_DECODED);
        Self { bytes: Vec::new(), limit }
    }

    fn push(&mut self, chunk: &[u8]) -> Result<(), Code> {
        let whole = self.bytes.len() + chunk.len();
        if whole > self.limit {
            return Err(Code::BodyTooLarge);
        }
        if whole > self.bytes.capacity() {
            // The exact size is reserved, because automatic growth could take up to twice the memory of the limit.
            let room = (2 * whole).min(self.limit);
            self.bytes.reserve_exact(room - self.bytes.len());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }
}

/// Decodes a gzip body to its last byte and verifies the checksums. The body may consist of several gzip members.
fn gunzip(body: &[u8], decoded: &mut Decoded) -> Result<(), Code> {
    let (mut decoder, mut chunk) = (MultiGzDecoder::new(body), [0; CHUNK]);
    loop {
        match decoder.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => decoded.push(&chunk[..read])?,
            Err(_) => return Err(Code::BodyEncoding),
        }
    }
}

/// Decodes a deflate stream, with or without a zlib header, to its last byte. The decoders of `flate2` that implement `Read` are not used,
/// because they accept a truncated stream as complete.
fn inflate(body: &[u8], decoded: &mut Decoded) -> Result<(), Code> {
    // Detects the zlib header (RFC 1950, section 2.2). A raw deflate stream could start with the same bytes only if its first block is
    // stored uncompressed and its padding bits are set, which encoders do not do.
    let has_head =
        matches!(body, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0);
    let (mut stream, mut chunk) = (Decompress::new(has_head), [0; CHUNK]);
    let mut rest = body;
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let status = stream.decompress(rest, &mut chunk, FlushDecompress::None).map_err(|_| Code::BodyEncoding)?;
        let (read, written) = ((stream.total_in() - read) as usize, (stream.total_out() - written) as usize);
        decoded.push(&chunk[..written])?;
        rest = &rest[read..];
        match status {
            Status::StreamEnd if rest.is_empty() => return Ok(()),
            Status::Ok | Status::BufError if read + written > 0 => {}
            Status::Ok | Status::BufError | Status::StreamEnd => return Err(Code::BodyEncoding),
        }
    }
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
