//! The TLS settings, made when the first https connection is: loading the system's certificates
//! costs more than a small upload over plain http.

use crate::config::CaBundle;
use crate::error::{Error, Result};
use crate::http::ciphers;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use std::net::IpAddr;
use std::sync::Arc;

/// Whom to trust.
#[derive(Debug, Clone)]
pub(super) enum Trust {
    /// The certificate authorities of the system (or of SSL_CERT_FILE, SSL_CERT_DIR).
    System,
    /// The certificates of a PEM file: those who show one, and those whom one vouches for.
    Bundle(CaBundle),
    /// Anyone.
    Anyone,
}

/// Settings for connections that trust `trust`.
///
/// # Errors
/// When there is no usable certificate authority.
pub(super) fn client_config(trust: &Trust) -> Result<ClientConfig> {
    let provider = Arc::new(ciphers::provider(ciphers::fastest()));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::failed("can't set up TLS").caused_by(error))?;
    let mut config = match trust {
        Trust::System => builder
            .with_root_certificates(system_roots()?)
            .with_no_client_auth(),
        Trust::Bundle(bundle) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(NamedOnes::of(bundle, provider)?))
            .with_no_client_auth(),
        Trust::Anyone => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAnyone(provider)))
            .with_no_client_auth(),
    };
    // Over HTTP/2 all workers would share one connection, and with it one TCP window.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn system_roots() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let error = Error::failed("this system has no certificate authorities to trust");
        let error = found
            .errors
            .first()
            .map_or(error.clone(), |it| error.because(it.to_string()));
        return Err(error.hint("install ca-certificates, or use --ca-bundle FILE"));
    }
    Ok(roots)
}

/// What helps where the certificate of `host` was refused.
pub(super) fn hint(error: &rustls::Error, host: &str) -> Option<String> {
    let rustls::Error::InvalidCertificate(why) = error else {
        return None;
    };
    match why {
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            let kind = if host.parse::<IpAddr>().is_ok() {
                "IP"
            } else {
                "DNS"
            };
            Some(format!(
                "the certificate has no subjectAltName, which is all that counts: make it with \
                 `openssl req -x509 -addext subjectAltName={kind}:{host}`"
            ))
        }
        CertificateError::UnknownIssuer => Some(untrusted()),
        _ if is_authority(why) => Some(untrusted()),
        _ => None,
    }
}

fn untrusted() -> String {
    "if you trust this server, name the certificate of its authority, or its own, with --ca-bundle \
     FILE"
        .to_owned()
}

/// Whether a server was refused for its certificate being that of an authority. rustls has no name
/// of its own for that, and webpki's is not exported.
fn is_authority(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity")
}

/// `--ca-bundle`: whom a certificate of the file vouches for, and who shows a certificate of the
/// file, as `openssl req -x509` makes them: self-signed, and marked as that of an authority.
#[derive(Debug)]
struct NamedOnes {
    certificates: Vec<CertificateDer<'static>>,
    usual: Arc<WebPkiServerVerifier>,
}

impl NamedOnes {
    fn of(bundle: &CaBundle, provider: Arc<CryptoProvider>) -> Result<Self> {
        let roots = Arc::clone(&bundle.roots);
        let usual = WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(|error| Error::failed("can't set up TLS").caused_by(error))?;
        Ok(Self {
            certificates: bundle.certificates.clone(),
            usual,
        })
    }
}

impl ServerCertVerifier for NamedOnes {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let usual = self.usual.verify_server_cert(own, others, name, ocsp, now);
        match &usual {
            // webpki looks at the dates before both, and at the name after them.
            Err(rustls::Error::InvalidCertificate(why))
                if (*why == CertificateError::UnknownIssuer || is_authority(why))
                    && self.certificates.contains(own) =>
            {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            _ => usual,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// `--no-verify-ssl`: any certificate will do. The handshake's signatures are still checked, so
/// that the two ends at least share a key.
#[derive(Debug)]
struct AcceptAnyone(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAnyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheaper_cipher_comes_first_and_none_is_left_out() {
        let config = client_config(&Trust::Anyone).unwrap();
        let offered = &config.crypto_provider().cipher_suites;
        let usual = rustls::crypto::ring::DEFAULT_CIPHER_SUITES;
        assert_eq!(offered.len(), usual.len());
        assert!(usual.iter().all(|suite| offered.contains(suite)));
        let first = offered[0].suite();
        assert_eq!(first, rustls::CipherSuite::TLS13_AES_128_GCM_SHA256);
    }
}
