//! An exchange that brought no answer.

use crate::error::{Code, Phase};
use std::error::Error as StdError;
use std::io;

/// Why, and how far the request got.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransportFailure {
    pub(crate) code: Code,
    pub(crate) phase: Phase,
}

/// The name did not resolve; our resolver's own error, so that it can be told from the others by type.
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

/// What kept a connection from coming about.
pub(super) fn connecting(error: &(dyn StdError + 'static)) -> Code {
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
        // A tunnel that the proxy would not open fails without an I/O error.
        None => Code::Proxy,
    }
}

/// The tunnel's error type is private, so its text must do. It only picks the name of the fault: that nothing was sent is certain.
pub(super) fn wants_proxy_credentials(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(current) = next {
        if current.to_string().ends_with("proxy authorization required") {
            return true;
        }
        next = current.source();
    }
    false
}

/// What ended an exchange on a connection that stood.
pub(super) fn exchange_code(error: &(dyn StdError + 'static), phase: Phase) -> Code {
    if let Some(hyper) = find::<hyper::Error>(error)
        && hyper.is_parse()
    {
        return Code::Protocol;
    }
    let kind = io_kind(error);
    match (phase, kind) {
        // A chunk without a readable size; an answer that never begins.
        (_, Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)) => Code::Protocol,
        (_, Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)) => Code::NetworkReset,
        (Phase::HeadersSeen | Phase::BodyComplete, _) => Code::BodyTruncated,
        (Phase::NotDispatched | Phase::PartlyWritten | Phase::Dispatched | Phase::FullyWritten, _) => {
            Code::NetworkReset
        }
    }
}

/// The innermost kind: those around it often say no more than "other".
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let found = find::<io::Error>(error)?;
    found.get_ref().and_then(|inner| io_kind(inner)).or(Some(found.kind()))
}

/// The first error of this type in the chain. I/O errors wrap others without showing them as their source.
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
