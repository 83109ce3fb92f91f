//! One pass over the bytes of a part, for its checksum and for the signature.

use super::{Algorithm, Checksum};
use crc_fast::{CrcAlgorithm, Digest as Crc};
use md5::Md5;
use sha1::{Digest as _, Sha1};
use sha256_x2::Sha256;

/// What is computed over each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    /// Checksum that is sent with the part.
    pub algorithm: Algorithm,
    /// Whether the SHA-256 of the payload is: for the signature, or for a later run to know the part by.
    pub payload_sha256: bool,
}

/// What came out of the pass over one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// Checksum that is sent with the part; `None` for `Algorithm::None`.
    pub checksum: Option<Checksum>,
    /// SHA-256 of the payload, where that is asked for.
    pub payload_sha256: Option<[u8; 32]>,
}

impl Digests {
    /// SHA-256 of the payload, whatever it was computed for.
    pub fn sha256(&self) -> Option<[u8; 32]> {
        let checksum = self.checksum.as_ref();
        let checksum = checksum.filter(|it| it.algorithm == Algorithm::Sha256);
        self.payload_sha256
            .or_else(|| checksum.and_then(|it| it.raw.as_slice().try_into().ok()))
    }
}

/// The running state of that pass.
pub struct Hasher {
    hashing: Hashing,
    checksum: Running,
    /// Only where the checksum is not a SHA-256 itself: no byte is hashed twice.
    payload: Option<Sha256>,
}

enum Running {
    Sha256(Sha256),
    Sha1(Sha1),
    Md5(Md5),
    Crc(Crc),
    None,
}

impl Hashing {
    /// Starts the pass over one part.
    pub fn start(self) -> Hasher {
        let checksum = match self.algorithm {
            Algorithm::Sha256 => Running::Sha256(Sha256::new()),
            Algorithm::Sha1 => Running::Sha1(Sha1::new()),
            Algorithm::Md5 => Running::Md5(Md5::new()),
            Algorithm::Crc64Nvme => Running::Crc(Crc::new(CrcAlgorithm::Crc64Nvme)),
            Algorithm::Crc32c => Running::Crc(Crc::new(CrcAlgorithm::Crc32Iscsi)),
            Algorithm::Crc32 => Running::Crc(Crc::new(CrcAlgorithm::Crc32IsoHdlc)),
            Algorithm::None => Running::None,
        };
        let apart = self.payload_sha256 && self.algorithm != Algorithm::Sha256;
        Hasher {
            hashing: self,
            checksum,
            payload: apart.then(Sha256::new),
        }
    }

    /// Whether nothing is computed at all.
    pub fn is_nothing(self) -> bool {
        self.algorithm == Algorithm::None && !self.payload_sha256
    }

    /// Whether a SHA-256 is computed.
    pub(super) fn has_sha256(self) -> bool {
        self.algorithm == Algorithm::Sha256 || self.payload_sha256
    }

    /// What is computed to compare bytes with themselves later: the same, or a CRC that costs little
    /// where that is nothing.
    pub fn comparable(self) -> Self {
        let algorithm = match self.is_nothing() {
            true => Algorithm::Crc64Nvme,
            false => self.algorithm,
        };
        Self { algorithm, ..self }
    }

    /// The digests of bytes that are all at hand.
    pub fn digest(self, bytes: &[u8]) -> Digests {
        let mut hasher = self.start();
        hasher.update(bytes);
        hasher.finish()
    }
}

impl Hasher {
    /// Takes the next bytes of the part.
    pub fn update(&mut self, bytes: &[u8]) {
        self.checksum.update(bytes);
        if let Some(payload) = &mut self.payload {
            payload.update(bytes);
        }
    }

    /// Takes the next bytes of two parts, for which the same is computed, their SHA-256 at once.
    pub(super) fn update_pair([one, two]: [&mut Self; 2], bytes: [&[u8]; 2]) {
        match (&mut one.checksum, &mut two.checksum) {
            (Running::Sha256(state_one), Running::Sha256(state_two)) => {
                Sha256::update_pair([state_one, state_two], bytes);
            }
            (state_one, state_two) => {
                state_one.update(bytes[0]);
                state_two.update(bytes[1]);
            }
        }
        if let (Some(state_one), Some(state_two)) = (&mut one.payload, &mut two.payload) {
            Sha256::update_pair([state_one, state_two], bytes);
        }
    }

    /// Ends the pass.
    pub fn finish(self) -> Digests {
        let algorithm = self.hashing.algorithm;
        let mut payload_sha256 = self.payload.map(Sha256::finish);
        let raw = match self.checksum {
            Running::Sha256(state) => {
                let digest = state.finish();
                payload_sha256 = self.hashing.payload_sha256.then_some(digest);
                Some(digest.to_vec())
            }
            Running::Sha1(state) => Some(state.finalize().to_vec()),
            Running::Md5(state) => Some(state.finalize().to_vec()),
            Running::Crc(state) => {
                let width = crc_width(algorithm);
                Some(state.finalize().to_be_bytes()[8 - width..].to_vec())
            }
            Running::None => None,
        };
        let checksum = raw.map(|raw| Checksum { algorithm, raw });
        Digests {
            checksum,
            payload_sha256,
        }
    }
}

impl Running {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(state) => state.update(bytes),
            Self::Sha1(state) => state.update(bytes),
            Self::Md5(state) => state.update(bytes),
            Self::Crc(state) => state.update(bytes),
            Self::None => {}
        }
    }
}

/// Bytes of a CRC.
fn crc_width(algorithm: Algorithm) -> usize {
    if algorithm == Algorithm::Crc64Nvme {
        8
    } else {
        4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(algorithm: Algorithm, payload_sha256: bool, bytes: &[u8]) -> Digests {
        Hashing {
            algorithm,
            payload_sha256,
        }
        .digest(bytes)
    }

    /// Check values of "123456789": the CRC catalogue's for the CRCs, sha256sum's and the like for
    /// the rest.
    #[test]
    fn known_values() {
        let cases = [
            (
                Algorithm::Sha256,
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
            (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (Algorithm::Md5, "25f9e794323b453885f5181f1b624d0b"),
            (Algorithm::Crc64Nvme, "ae8b14860a799888"),
            (Algorithm::Crc32c, "e3069283"),
            (Algorithm::Crc32, "cbf43926"),
        ];
        for (algorithm, expected) in cases {
            let digests = digest(algorithm, false, b"123456789");
            assert_eq!(digests.checksum.unwrap().hex(), expected, "{algorithm}");
            assert_eq!(digests.payload_sha256, None);
        }
        assert_eq!(digest(Algorithm::None, false, b"123456789").checksum, None);
    }

    #[test]
    fn a_payload_has_its_sha256_whatever_the_checksum() {
        for algorithm in Algorithm::all() {
            let digests = digest(algorithm, true, b"123456789");
            assert_eq!(
                hex::encode(digests.payload_sha256.unwrap()),
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
            );
        }
    }

    #[test]
    fn pieces_make_the_same_digest_as_the_whole() {
        let bytes: Vec<u8> = (0..10_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        for algorithm in Algorithm::all() {
            let hashing = Hashing {
                algorithm,
                payload_sha256: true,
            };
            let mut hasher = hashing.start();
            bytes.chunks(333).for_each(|piece| hasher.update(piece));
            assert_eq!(hasher.finish(), hashing.digest(&bytes), "{algorithm}");
        }
    }
}
