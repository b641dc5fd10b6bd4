//! TLS configuration: TLS 1.2 or newer, rustls on ring, the Mozilla root certificates, and the CAs that a company adds.

use crate::error::{Code, Error};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, OnceLock};

/// Environment variables that name the CA of a proxy that re-signs TLS.
const CA_VARIABLES: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/// Trust settings for servers. They are created for the first encrypted connection, because reading a machine's CAs takes milliseconds.
pub(super) struct Tls {
    own: Vec<CertificateDer<'static>>,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    /// # Errors
    /// `invalid_config` if `ca` contains no certificate.
    pub(super) fn new(ca: Option<&str>) -> Result<Self, Error> {
        let own = ca.map_or_else(Vec::new, |pem| usable(pem.as_bytes()));
        if ca.is_some() && own.is_empty() {
            return Err(Error::new(
                Code::InvalidConfig,
                "ca holds no certificate: give PEM text that starts with -----BEGIN CERTIFICATE-----",
            ));
        }
        Ok(Self { own, config: OnceLock::new() })
    }

    /// # Errors
    /// `internal` if the provider supports no protocol version.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, Code> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        roots.add_parsable_certificates(self.own.iter().chain(MACHINE.iter()).cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| Code::Internal)?;
        let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
        Ok(self.config.get_or_init(|| config).clone())
    }
}

/// CAs that this machine's environment names. They are read once per process.
static MACHINE: LazyLock<Vec<CertificateDer<'static>>> = LazyLock::new(|| {
    let paths: BTreeSet<_> = CA_VARIABLES.iter().filter_map(std::env::var_os).collect();
    // A file that cannot be read is skipped, as in Node and OpenSSL. The handshake then fails if its CA was needed.
    paths.into_iter().filter_map(|path| std::fs::read(path).ok()).flat_map(|pem| usable(&pem)).collect()
});

/// Returns the certificates in a PEM text that can be used as trust roots.
fn usable(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    let mut roots = RootCertStore::empty();
    CertificateDer::pem_slice_iter(pem)
        .filter_map(Result::ok)
        .filter(|certificate| roots.add(certificate.clone()).is_ok())
        .collect()
}
