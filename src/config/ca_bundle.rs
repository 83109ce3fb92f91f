//! The certificates of a PEM file, which alone are trusted.

use crate::error::{Error, Result};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The certificates of a PEM file. Those that can't be read are passed over, as other tools do, as
/// long as one can be.
#[derive(Debug, Clone)]
pub(crate) struct CaBundle {
    /// What named the file: an option, a variable, or the AWS profile.
    pub named_by: &'static str,
    /// The file.
    pub path: PathBuf,
    /// All of them.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Those that can vouch for others.
    pub roots: Arc<RootCertStore>,
}

impl CaBundle {
    /// Reads the file that `named_by`, an option or a variable, names.
    ///
    /// # Errors
    /// When it can't be read, or holds no certificate that can.
    pub(crate) fn read(named_by: &'static str, path: &Path) -> Result<Self> {
        let unusable = |why: String| {
            Error::usage(format!("{named_by} {}", path.display()))
                .because(why)
                .hint("it must be a file of PEM certificates")
        };
        let certificates = read(path).map_err(|error| {
            unusable(match error {
                PemError::Io(error) => error.to_string(),
                other => format!("it is not PEM: {other}"),
            })
        })?;
        if certificates.is_empty() {
            return Err(unusable("it holds no PEM certificate".to_owned()));
        }
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        if added == 0 {
            return Err(unusable(
                "it holds no certificate that can be read".to_owned(),
            ));
        }
        Ok(Self {
            named_by,
            path: path.to_owned(),
            certificates,
            roots: Arc::new(roots),
        })
    }
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    CertificateDer::pem_file_iter(path)?.collect()
}
