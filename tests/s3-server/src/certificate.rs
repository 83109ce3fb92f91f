//! Certificates for this machine, made anew for each server.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// The certificate that a server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificate {
    /// One of a CA, which is the one to trust.
    #[default]
    OfAuthority,
    /// The same, to be trusted by itself.
    Own,
    /// One that nobody vouches for, as `openssl req -x509` makes it.
    SelfSigned {
        /// CA:TRUE, which is openssl's default.
        is_ca: bool,
        /// With a subjectAltName.
        named: bool,
        /// Past its dates.
        expired: bool,
    },
}

/// What accepts TLS connections, and the certificate to trust in PEM.
pub(crate) fn acceptor(kind: Certificate) -> (TlsAcceptor, String) {
    let (config, pem) = config(kind).expect("a certificate for localhost");
    (TlsAcceptor::from(Arc::new(config)), pem)
}

type Made = Result<(rcgen::Certificate, KeyPair, String), Box<dyn std::error::Error>>;

fn leaf(named: bool) -> Result<CertificateParams, rcgen::Error> {
    let names: &[&str] = if named {
        &["localhost", "*.localhost", "127.0.0.1"]
    } else {
        &[]
    };
    let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name
        .push(DnType::CommonName, "localhost");
    Ok(leaf)
}

fn of_authority(own: bool) -> Made {
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.distinguished_name.push(DnType::CommonName, "test CA");
    let ca_pem = ca.self_signed(&ca_key)?.pem();
    let key = KeyPair::generate()?;
    let leaf = leaf(true)?.signed_by(&key, &Issuer::new(ca, ca_key))?;
    let pem = if own { leaf.pem() } else { ca_pem };
    Ok((leaf, key, pem))
}

fn self_signed(is_ca: bool, named: bool, expired: bool) -> Made {
    let key = KeyPair::generate()?;
    let mut params = leaf(named)?;
    params.is_ca = match is_ca {
        true => IsCa::Ca(BasicConstraints::Unconstrained),
        false => IsCa::ExplicitNoCa,
    };
    if expired {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    }
    let certificate = params.self_signed(&key)?;
    let pem = certificate.pem();
    Ok((certificate, key, pem))
}

fn config(kind: Certificate) -> Result<(ServerConfig, String), Box<dyn std::error::Error>> {
    let (shown, key, pem) = match kind {
        Certificate::OfAuthority => of_authority(false)?,
        Certificate::Own => of_authority(true)?,
        Certificate::SelfSigned {
            is_ca,
            named,
            expired,
        } => self_signed(is_ca, named, expired)?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![shown.der().clone()], private)?;
    // h2 first: a client that would take it is caught.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, pem))
}
