//! The checksum of a whole object, from those of its parts.

use super::crc_combine::{CRC32_ISCSI, CRC32_ISO_HDLC, CRC64_NVME, Crc};
use super::{Algorithm, Checksum};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What a checksum of an object is computed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Over the concatenated raw checksums of the parts.
    Composite,
    /// Over the bytes of the object.
    FullObject,
}

impl Scope {
    /// The scope that S3 gives to the checksum of a multipart upload with `algorithm`, of those
    /// that it allows the one that can be compared with local bytes; `None` where S3 keeps none.
    pub fn for_multipart(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::Sha256 | Algorithm::Sha1 => Some(Self::Composite),
            Algorithm::Crc64Nvme | Algorithm::Crc32c | Algorithm::Crc32 => Some(Self::FullObject),
            Algorithm::Md5 | Algorithm::None => None,
        }
    }

    /// The name that S3 uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Composite => "COMPOSITE",
            Self::FullObject => "FULL_OBJECT",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The checksum of an object as S3 answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectChecksum {
    /// The algorithm; never `None`.
    pub algorithm: Algorithm,
    /// What it is computed over.
    pub scope: Scope,
    /// base64; a composite has `-N`, the number of parts, behind it.
    pub value: String,
}

impl ObjectChecksum {
    /// The checksum of an object that was sent in one piece.
    pub fn for_single(checksum: &Checksum) -> Self {
        Self {
            algorithm: checksum.algorithm,
            scope: Scope::FullObject,
            value: checksum.base64(),
        }
    }

    /// Whether what a store answers is the same; `None` where that is a checksum of another scope,
    /// which says nothing. moto 5.2 leaves out the `-N` of a composite; stores that don't know
    /// scopes answer a composite for a CRC of the whole, or the hash of the whole for a composite. A
    /// value of another length is none of this algorithm: moto answers four bytes for a CRC64NVME.
    pub fn agrees_with(&self, answered: &str) -> Option<bool> {
        let answered_scope = if answered.contains('-') {
            Scope::Composite
        } else {
            Scope::FullObject
        };
        if answered == self.value {
            return Some(true);
        }
        let length = |value: &str| value.split('-').next().map(str::len);
        if length(answered) != length(&self.value) {
            return None;
        }
        if answered_scope == self.scope {
            return Some(false);
        }
        let digest = self.value.split('-').next();
        (self.scope == Scope::Composite && digest == Some(answered)).then_some(true)
    }
}

/// Puts the checksums of the parts together, in the order of their numbers.
pub struct WholeChecksum {
    algorithm: Algorithm,
    parts: u32,
    state: State,
}

enum State {
    Sha256(Sha256),
    Sha1(Sha1),
    Md5(md5::Md5),
    Crc(Crc, u64),
    None,
}

impl WholeChecksum {
    /// Starts with no parts.
    pub fn new(algorithm: Algorithm) -> Self {
        let state = match algorithm {
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
            Algorithm::Sha1 => State::Sha1(Sha1::new()),
            Algorithm::Md5 => State::Md5(md5::Md5::new()),
            Algorithm::Crc64Nvme => State::Crc(CRC64_NVME, 0),
            Algorithm::Crc32c => State::Crc(CRC32_ISCSI, 0),
            Algorithm::Crc32 => State::Crc(CRC32_ISO_HDLC, 0),
            Algorithm::None => State::None,
        };
        Self {
            algorithm,
            parts: 0,
            state,
        }
    }

    /// Adds the checksum of the next part, which is `size` bytes long.
    pub fn push(&mut self, checksum: &Checksum, size: u64) {
        self.parts += 1;
        match &mut self.state {
            State::Sha256(state) => state.update(&checksum.raw),
            State::Sha1(state) => state.update(&checksum.raw),
            State::Md5(state) => state.update(&checksum.raw),
            State::Crc(crc, so_far) => {
                let part = checksum
                    .raw
                    .iter()
                    .fold(0, |n, &byte| (n << 8) | u64::from(byte));
                *so_far = if self.parts == 1 {
                    part
                } else {
                    crc.combine(*so_far, part, size)
                };
            }
            State::None => {}
        }
    }

    /// The checksum of the object; `None` where S3 keeps none for the algorithm.
    pub fn finish(self) -> Option<ObjectChecksum> {
        let scope = Scope::for_multipart(self.algorithm)?;
        let raw = match self.state {
            State::Sha256(state) => state.finalize().to_vec(),
            State::Sha1(state) => state.finalize().to_vec(),
            State::Crc(CRC64_NVME, crc) => crc.to_be_bytes().to_vec(),
            State::Crc(_, crc) => crc.to_be_bytes()[4..].to_vec(),
            State::Md5(_) | State::None => return None,
        };
        let base64 = Checksum {
            algorithm: self.algorithm,
            raw,
        }
        .base64();
        let value = match scope {
            Scope::Composite => format!("{base64}-{}", self.parts),
            Scope::FullObject => base64,
        };
        Some(ObjectChecksum {
            algorithm: self.algorithm,
            scope,
            value,
        })
    }

    /// The ETag, without quotes, that most stores give to a multipart object with these MD5s;
    /// `None` for every algorithm but MD5.
    pub fn finish_etag(self) -> Option<String> {
        match self.state {
            State::Md5(state) => Some(format!("{}-{}", hex::encode(state.finalize()), self.parts)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Hashing;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    /// From an answer of Amazon S3 to a multipart upload of three parts.
    #[test]
    fn the_composite_is_the_hash_of_the_raw_checksums() {
        let mut whole = WholeChecksum::new(Algorithm::Sha256);
        for part in [
            "lcKa6Boe7a167tUCN5C4OaFygGSYD8MBnBARTrdL+1w=",
            "gHjhbUT4oo2tSCtSZJdlKi+jeNXJT+VImqdPXsXvkOc=",
            "4l9PQ3zOPZ0oGFvknFX+J4zZwE4WMzO+l3r8XrbWOeM=",
        ] {
            let raw = STANDARD.decode(part).unwrap();
            whole.push(
                &Checksum {
                    algorithm: Algorithm::Sha256,
                    raw,
                },
                5 << 20,
            );
        }
        let whole = whole.finish().unwrap();
        assert_eq!(
            whole.value,
            "rVWtNbadtsaKXJAcgWPWjifHzJaXde/iV4jaJAOdivc=-3"
        );
        assert_eq!(whole.scope, Scope::Composite);
    }

    #[test]
    fn only_a_checksum_of_the_same_scope_can_contradict() {
        let of = |algorithm, scope, value: &str| ObjectChecksum {
            algorithm,
            scope,
            value: value.to_owned(),
        };
        let composite = of(Algorithm::Sha256, Scope::Composite, "abc=-3");
        assert_eq!(composite.agrees_with("abc=-3"), Some(true));
        assert_eq!(composite.agrees_with("abc="), Some(true));
        assert_eq!(composite.agrees_with("xyz=-3"), Some(false));
        assert_eq!(composite.agrees_with("xyz="), None);
        let whole = of(Algorithm::Crc32, Scope::FullObject, "abc=");
        assert_eq!(whole.agrees_with("abc="), Some(true));
        assert_eq!(whole.agrees_with("xyz="), Some(false));
        assert_eq!(whole.agrees_with("xyz=-3"), None);
        assert_eq!(whole.agrees_with("xyz5xyz="), None);
    }

    fn whole_of(algorithm: Algorithm, parts: &[&[u8]]) -> WholeChecksum {
        let mut whole = WholeChecksum::new(algorithm);
        for part in parts {
            let digests = Hashing {
                algorithm,
                payload_sha256: false,
            }
            .digest(part);
            whole.push(&digests.checksum.unwrap(), part.len() as u64);
        }
        whole
    }

    #[test]
    fn md5_makes_the_conventional_etag() {
        // printf abc | openssl md5 -binary, likewise def, both through md5sum
        let whole = whole_of(Algorithm::Md5, &[b"abc", b"def"]);
        assert_eq!(whole.finish_etag().unwrap(), ETAG_OF_ABC_DEF);
        assert!(whole_of(Algorithm::Md5, &[b"abc"]).finish().is_none());
    }

    const ETAG_OF_ABC_DEF: &str = "4c8e93283780e078db9e0c6b9b3f8043-2";

    proptest! {
        #[test]
        fn a_combined_crc_is_that_of_the_bytes(
            bytes in proptest::collection::vec(any::<u8>(), 1..4000),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
        ) {
            let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let parts: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            for algorithm in [Algorithm::Crc64Nvme, Algorithm::Crc32c, Algorithm::Crc32] {
                let whole = whole_of(algorithm, &parts).finish().unwrap();
                let direct = Hashing { algorithm, payload_sha256: false }.digest(&bytes);
                prop_assert_eq!(whole.value, direct.checksum.unwrap().base64());
                prop_assert_eq!(whole.scope, Scope::FullObject);
            }
        }
    }
}
