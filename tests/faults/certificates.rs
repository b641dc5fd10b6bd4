//! A CA, a good certificate of a server, and the wrong ones.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;

pub struct Certificates {
    /// The CA certificate that a client must get as `ca`.
    pub ca: String,
    pub good: Arc<ServerConfig>,
    pub self_signed: Arc<ServerConfig>,
    pub expired: Arc<ServerConfig>,
    pub wrong_host: Arc<ServerConfig>,
    pub unknown_ca: Arc<ServerConfig>,
}

/// Host behind the proxies. It is not on this machine, so no proxy is bypassed for it.
pub const PROXIED: &str = "eps.invalid";

impl Certificates {
    pub fn new() -> Self {
        let (ca, issuer) = authority("known");
        let (_, stranger) = authority("stranger");
        let hosts = ["127.0.0.1", "localhost", PROXIED];
        let mut expired = leaf(&hosts);
        expired.not_before = date_time_ymd(2020, 1, 1);
        expired.not_after = date_time_ymd(2021, 1, 1);
        Self {
            ca,
            good: server(leaf(&hosts), Some(&issuer)),
            self_signed: server(leaf(&hosts), None),
            expired: server(expired, Some(&issuer)),
            wrong_host: server(leaf(&["other.example"]), Some(&issuer)),
            unknown_ca: server(leaf(&hosts), Some(&stranger)),
        }
    }
}

fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(params, key))
}

fn leaf(hosts: &[&str]) -> CertificateParams {
    CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn server(params: CertificateParams, issuer: Option<&Issuer<'static, KeyPair>>) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_no_client_auth().with_single_cert(vec![certificate.unwrap().der().clone()], private);
    Arc::new(config.unwrap())
}
