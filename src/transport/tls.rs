//! TLS: 1.2 or newer, rustls on ring, the Mozilla roots, and the CAs a company adds.

use crate::error::{Code, Error};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// Where machines name the CA of a proxy that re-signs TLS.
const CA_VARIABLES: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/// # Errors
/// `invalid_config` where `ca` holds no certificate.
pub(super) fn config(ca: Option<&str>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = ca {
        let added = add(&mut roots, pem.as_bytes());
        if added == 0 {
            return Err(Error::new(
                Code::InvalidConfig,
                "ca holds no certificate: give PEM text that starts with -----BEGIN CERTIFICATE-----",
            ));
        }
    }
    for path in CA_VARIABLES.iter().filter_map(std::env::var_os) {
        // As in Node and OpenSSL, a file that cannot be read is passed over: the handshake will tell.
        if let Ok(pem) = std::fs::read(path) {
            add(&mut roots, &pem);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(Code::Internal, "the TLS provider supports no protocol version"))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> usize {
    CertificateDer::pem_slice_iter(pem)
        .filter_map(Result::ok)
        .filter(|certificate| roots.add(certificate.clone()).is_ok())
        .count()
}
