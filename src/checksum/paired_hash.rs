//! The hashing of two parts at once, which takes little longer than that of one: see the crate `sha256_x2`.

use super::{Hasher, Hashing};
use sha256_x2::Sha256;

/// The proof that it pays to hash two parts at once, and how that is done.
#[derive(Debug, Clone, Copy)]
pub struct PairedHash(());

impl PairedHash {
    /// `None` where nothing is gained: no SHA-256 is computed, or this processor is no faster with two.
    pub fn new(hashing: Hashing) -> Option<Self> {
        (hashing.has_sha256() && Sha256::pairs_gain()).then_some(Self(()))
    }

    /// The same on every processor.
    #[cfg(test)]
    pub(crate) fn anywhere() -> Self {
        Self(())
    }

    /// Takes the next bytes of two parts, for which the same is computed.
    pub fn update(self, hashers: [&mut Hasher; 2], bytes: [&[u8]; 2]) {
        Hasher::update_pair(hashers, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Algorithm;

    #[test]
    fn each_of_two_parts_has_its_own_digests() {
        let bytes: Vec<u8> = (0..10_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let (one, two) = bytes.split_at(4_321);
        let paired = PairedHash::anywhere();
        for algorithm in Algorithm::all() {
            for payload_sha256 in [false, true] {
                let hashing = Hashing {
                    algorithm,
                    payload_sha256,
                };
                let mut both = [hashing.start(), hashing.start()];
                paired.update(both.each_mut(), [&one[..100], &two[..1000]]);
                paired.update(both.each_mut(), [&one[100..], &two[1000..]]);
                let digests = both.map(Hasher::finish);
                let expected = [hashing.digest(one), hashing.digest(two)];
                assert_eq!(digests, expected, "{algorithm}");
            }
        }
    }

    #[test]
    fn without_a_sha256_nothing_is_gained() {
        let hashing = Hashing {
            algorithm: Algorithm::Crc32,
            payload_sha256: false,
        };
        assert!(PairedHash::new(hashing).is_none());
    }
}
