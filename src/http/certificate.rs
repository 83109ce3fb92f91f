//! What a server's certificate says of itself, for people.

use rustls::pki_types::CertificateDer;
use std::time::{SystemTime, UNIX_EPOCH};
use x509_cert::der::Decode as _;

/// A certificate, as far as people ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// Who vouches for it, such as `CN=R11,O=Let's Encrypt,C=US`.
    pub issuer: String,
    /// When it ends.
    pub ends: SystemTime,
}

impl Certificate {
    /// Reads a certificate; `None` where it can't be read.
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let read = x509_cert::Certificate::from_der(der).ok()?.tbs_certificate;
        Some(Self {
            issuer: read.issuer.to_string(),
            ends: UNIX_EPOCH + read.validity.not_after.to_unix_duration(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    fn made() -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "test CA");
        params.not_after = rcgen::date_time_ymd(2031, 2, 3);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn issuer_and_end_are_read() {
        let found = Certificate::read(&made().into()).unwrap();
        assert!(found.issuer.contains("CN=test CA"), "{found:?}");
        let ends = humantime::format_rfc3339_seconds(found.ends).to_string();
        assert_eq!(ends, "2031-02-03T00:00:00Z");
    }

    proptest! {
        #[test]
        fn what_is_damaged_is_read_or_not_and_never_a_panic(at in 0..400_usize, byte: u8) {
            let mut der = made();
            let at = at % der.len();
            der[at] = byte;
            let _ = Certificate::read(&der.into());
        }
    }
}
