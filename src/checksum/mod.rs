//! Checksums: of each part while it is read, and of the whole object from those of its parts.

mod crc_combine;
mod hasher;
mod paired_hash;
mod whole;

pub(crate) use crate::config::Algorithm;
pub(crate) use hasher::Digests;
pub use hasher::{Hasher, Hashing};
pub use paired_hash::PairedHash;
pub use whole::WholeChecksum;
pub(crate) use whole::{ObjectChecksum, Scope};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A checksum as it came out of its algorithm: raw bytes, big-endian for the CRCs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// The algorithm; never `None`.
    pub algorithm: Algorithm,
    /// 4 to 32 bytes.
    pub raw: Vec<u8>,
}

impl Checksum {
    /// As the headers carry it.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.raw)
    }

    /// As a store shows that of all bytes: an MD5 in its ETag, the others in base64.
    pub(crate) fn shown(&self) -> String {
        match self.algorithm {
            Algorithm::Md5 => self.hex(),
            _ => self.base64(),
        }
    }

    /// Lower-case hexadecimal, as an ETag carries an MD5.
    pub fn hex(&self) -> String {
        hex::encode(&self.raw)
    }
}
