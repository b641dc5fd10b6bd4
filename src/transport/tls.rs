//! TLS configuration: TLS 1.2 or newer, rustls with the ring provider, the Mozilla root certificates, and the CAs that the user or the
//! machine adds.

use crate::error::{Code, Error};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, OnceLock};

/// Environment variables that name a file with additional CAs, such as the CA of a company proxy that decrypts TLS.
const CA_VARIABLES: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/// TLS settings. The configuration is created at the first TLS connection, because reading the machine's CAs takes milliseconds.
pub(super) struct Tls {
    own: Vec<CertificateDer<'static>>,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    /// Creates the TLS settings, with the certificates in the PEM text `ca` as additional CAs.
    ///
    /// # Errors
    /// `invalid_config` if `ca` contains no certificate.
    pub(super) fn new(ca: Option<&str>) -> Result<Self, Error> {
        let own = ca.map_or_else(Vec::new, |pem| usable(pem.as_bytes()));
        if ca.is_some() && own.is_empty() {
            return Err(Error::new(
                Code::InvalidConfig,
                "ca contains no usable certificate: give PEM text that starts with -----BEGIN CERTIFICATE-----",
            ));
        }
        Ok(Self { own, config: OnceLock::new() })
    }

    /// Returns the TLS configuration, which the first call creates.
    ///
    /// # Errors
    /// `internal` if the crypto provider supports no TLS version.
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

/// CAs from the files that [`CA_VARIABLES`] name. The files are read once per process.
static MACHINE: LazyLock<Vec<CertificateDer<'static>>> = LazyLock::new(|| {
    let paths: BTreeSet<_> = CA_VARIABLES.iter().filter_map(std::env::var_os).collect();
    // A file that cannot be read is skipped, as in Node and OpenSSL. If the server's certificate needs one of the file's CAs, the TLS
    // handshake fails.
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
