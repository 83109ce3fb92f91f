//! What encrypts: ring, but for the ciphers where aws-lc's are faster.

use rustls::SupportedCipherSuite;
use rustls::crypto::{CryptoProvider, ring};

/// All that TLS needs of cryptography, with these ciphers.
pub(super) fn provider(cipher_suites: &[SupportedCipherSuite]) -> CryptoProvider {
    let mut cipher_suites = cipher_suites.to_vec();
    // Servers take what the client names first: AES-128 costs less than AES-256 at both ends.
    cipher_suites.sort_by_key(|suite| {
        let name = suite.suite().as_str().unwrap_or_default();
        !name.contains("AES_128")
    });
    CryptoProvider {
        cipher_suites,
        ..ring::default_provider()
    }
}

/// The ciphers that take this processor the least time.
///
/// With AVX-512, aws-lc's AES-GCM takes half of ring's time, and an upload as a whole 0.91. With VAES alone,
/// ring's takes 0.6 of aws-lc's: it has code for that, and aws-lc has none.
pub(super) fn fastest() -> &'static [SupportedCipherSuite] {
    #[cfg(target_arch = "x86_64")]
    if has_avx512() {
        return rustls::crypto::aws_lc_rs::DEFAULT_CIPHER_SUITES;
    }
    ring::DEFAULT_CIPHER_SUITES
}

/// Whether aws-lc takes its code for AVX-512, as it decides that itself (0.47, gcm.c).
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx512f")
        && has!("avx512bw")
        && has!("avx512dq")
        && has!("avx512vl")
        && has!("vaes")
        && has!("vpclmulqdq")
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use rcgen::CertifiedKey;
    use rustls::crypto::aws_lc_rs;
    use rustls::{
        ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection,
    };
    use std::io::{Read as _, Write as _};
    use std::sync::Arc;

    fn names(suites: &[SupportedCipherSuite]) -> Vec<String> {
        let mut names: Vec<_> = suites
            .iter()
            .map(|it| format!("{:?}", it.suite()))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn both_have_the_same_ciphers() {
        let ring = names(ring::DEFAULT_CIPHER_SUITES);
        assert!(ring.len() > 6, "{ring:?}");
        assert_eq!(names(aws_lc_rs::DEFAULT_CIPHER_SUITES), ring);
    }

    /// What a server of ring's reads, of what a client sends by this cipher alone.
    fn sent(suite: SupportedCipherSuite, bytes: &[u8]) -> Vec<u8> {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = signing_key.serialize_der().try_into().unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(provider(&[suite])))
            .with_protocol_versions(&[suite.version()])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "localhost".try_into().unwrap();
        let client = ClientConnection::new(Arc::new(client), name).unwrap();
        let mut client = Connection::from(client);
        let mut server = Connection::from(ServerConnection::new(Arc::new(server)).unwrap());
        client.set_buffer_limit(None);
        client.writer().write_all(bytes).unwrap();
        let mut read = Vec::new();
        while read.len() < bytes.len() {
            assert!(client.wants_write() || server.wants_write(), "{suite:?}");
            read.extend(pass(&mut client, &mut server));
            pass(&mut server, &mut client);
        }
        read
    }

    /// What `to` reads of all that `from` has to write.
    fn pass(from: &mut Connection, to: &mut Connection) -> Vec<u8> {
        let mut wire = Vec::new();
        while from.wants_write() {
            from.write_tls(&mut wire).unwrap();
        }
        let mut wire = &wire[..];
        let mut read = Vec::new();
        while !wire.is_empty() {
            to.read_tls(&mut wire).unwrap();
            to.process_new_packets().unwrap();
            // That there is no more for now is an error to it.
            let _ = to.reader().read_to_end(&mut read);
        }
        read
    }

    /// Also those that this processor would not take, with ring's key exchange and signatures.
    #[test]
    fn what_either_encrypts_arrives() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|it| (it % 251) as u8).collect();
        for suite in [
            ring::DEFAULT_CIPHER_SUITES,
            aws_lc_rs::DEFAULT_CIPHER_SUITES,
        ]
        .concat()
        {
            // The certificate has a key for ECDSA.
            if !format!("{:?}", suite.suite()).contains("RSA") {
                assert!(sent(suite, &bytes) == bytes, "{suite:?}");
            }
        }
    }
}
