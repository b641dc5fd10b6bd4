//! Failures of an exchange that returned no response.

use crate::error::{Cause, Code, Phase};
use std::error::Error as StdError;
use std::io;

/// Error code of a failed exchange, and how much of the request was sent.
#[derive(Debug, Clone)]
pub(crate) struct TransportFailure {
    pub(crate) code: Code,
    pub(crate) phase: Phase,
    /// Error of a library or of the operating system.
    pub(crate) cause: Option<Cause>,
}

impl TransportFailure {
    pub(crate) fn new(code: Code, phase: Phase) -> Self {
        Self { code, phase, cause: None }
    }

    /// Creates the failure for an error that occurred while connecting. Nothing was sent.
    pub(super) fn connecting(error: &(dyn StdError + 'static)) -> Self {
        Self { code: connecting(error), phase: Phase::NotDispatched, cause: cause_of(error) }
    }

    /// Creates the failure for an error that ended an exchange on an open connection.
    pub(super) fn exchanging(error: &(dyn StdError + 'static), phase: Phase) -> Self {
        Self { code: exchange_code(error, phase), phase, cause: cause_of(error) }
    }
}

/// Returns the texts of an error, or `None` if they contain a URL. The URL of a request may contain personal data.
pub(super) fn cause_of(error: &(dyn StdError + 'static)) -> Option<Cause> {
    #[cfg(feature = "reqwest")]
    if all(error).any(|found| found.downcast_ref::<reqwest::Error>().is_some_and(|found| found.url().is_some())) {
        return None;
    }
    Some(Cause::of(error))
}

/// Failure to resolve a host name. The separate type distinguishes the failure from other I/O errors.
#[derive(Debug)]
pub(super) struct DnsFailure(pub(super) io::Error);

impl std::fmt::Display for DnsFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host name could not be resolved")
    }
}

impl StdError for DnsFailure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// Returns the error code for an error that occurred while connecting.
fn connecting(error: &(dyn StdError + 'static)) -> Code {
    if find::<DnsFailure>(error).is_some() {
        return Code::NetworkDns;
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return if matches!(tls, rustls::Error::InvalidCertificate(_)) {
            Code::TlsCertificate
        } else {
            Code::TlsHandshake
        };
    }
    if wants_proxy_credentials(error) {
        return Code::ProxyAuth;
    }
    match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => Code::NetworkRefused,
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted) => {
            Code::NetworkReset
        }
        Some(io::ErrorKind::InvalidData) => Code::TlsHandshake,
        Some(io::ErrorKind::TimedOut) => Code::NetworkConnectTimeout,
        Some(_) => Code::NetworkRefused,
        // A chain without an I/O error comes from a proxy that refuses to open a tunnel.
        None => Code::Proxy,
    }
}

/// Returns true if the proxy demands credentials. The tunnel's error type is private, so the text of the error is compared. The result only
/// selects the error code: in both cases nothing was sent.
pub(super) fn wants_proxy_credentials(error: &(dyn StdError + 'static)) -> bool {
    any_text(error, |text| text.ends_with("proxy authorization required"))
}

/// Returns true if `matches` accepts the text of an error in the chain of sources.
pub(super) fn any_text(error: &(dyn StdError + 'static), matches: impl Fn(&str) -> bool) -> bool {
    all(error).any(|found| matches(&found.to_string()))
}

/// Returns an error and its sources.
fn all<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |current: &&'a (dyn StdError + 'static)| (*current).source())
}

/// Returns the error code for an error that ended an exchange on an open connection.
fn exchange_code(error: &(dyn StdError + 'static), phase: Phase) -> Code {
    if let Some(hyper) = find::<hyper::Error>(error)
        && hyper.is_parse()
    {
        return Code::Protocol;
    }
    #[cfg(feature = "reqwest")]
    if find::<reqwest::Error>(error).is_some_and(reqwest::Error::is_timeout) {
        return Code::TimeoutAttempt;
    }
    let kind = io_kind(error);
    match (phase, kind) {
        // The size of a chunk cannot be parsed, or the server sends too many bytes before the head of a response.
        (_, Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)) => Code::Protocol,
        (_, Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)) => Code::NetworkReset,
        (Phase::HeadersSeen | Phase::BodyComplete, _) => Code::BodyTruncated,
        (Phase::NotDispatched | Phase::PartlyWritten | Phase::Dispatched | Phase::FullyWritten, _) => {
            Code::NetworkReset
        }
    }
}

/// Returns the kind of the innermost I/O error, because the kind of an outer error is often only `Other`.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let found = find::<io::Error>(error)?;
    found.get_ref().and_then(|inner| io_kind(inner)).or(Some(found.kind()))
}

/// Returns the first error of type `E` in the chain of sources. Also searches inside I/O errors, because `source` does not return the error
/// that an I/O error wraps.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        if let Some(inner) = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
            && let Some(found) = find::<E>(inner)
        {
            return Some(found);
        }
        next = current.source();
    }
    None
}
