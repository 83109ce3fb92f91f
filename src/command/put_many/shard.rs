//! Which share of the keys is this run's: the same on every machine, whatever the order of listing.

use crate::config::Shard;
use sha2::{Digest as _, Sha256};

impl Shard {
    /// Whether `key` belongs to this share.
    pub(crate) fn holds(self, key: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        let hash = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        hash % u64::from(self.count.get()) == u64::from(self.index.get() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::num::NonZeroU32;

    fn shard(index: u32, count: u32) -> Shard {
        let number = |n| NonZeroU32::new(n).unwrap();
        Shard {
            index: number(index),
            count: number(count),
        }
    }

    /// The shares must never move: another version of s3stream may run the other half.
    #[test]
    fn the_hash_stays_what_it_is() {
        // printf KEY | sha256sum | cut -c-16, modulo 3
        let shares: Vec<u32> = ["p/a", "p/b", "logs/x.log", "ü"]
            .iter()
            .map(|key| (1..=3).find(|&index| shard(index, 3).holds(key)).unwrap())
            .collect();
        assert_eq!(shares, SHARES);
    }

    const SHARES: [u32; 4] = [2, 3, 2, 3];

    proptest! {
        #[test]
        fn every_key_is_in_exactly_one_share(key in ".*", count in 1_u32..50) {
            let holders = (1..=count).filter(|&index| shard(index, count).holds(&key)).count();
            prop_assert_eq!(holders, 1);
        }
    }
}
