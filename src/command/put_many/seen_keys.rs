//! Keys in 16 bytes each, so that a million of them can be remembered.

use sha2::{Digest as _, Sha256};
use std::collections::HashSet;

/// What is remembered of a key. That two of a million share one has odds of 1 in 10^26.
pub(super) type KeyHash = [u8; 16];

pub(super) fn hash(key: &[u8]) -> KeyHash {
    let digest: [u8; 32] = Sha256::digest(key).into();
    let mut short = KeyHash::default();
    short.copy_from_slice(&digest[..16]);
    short
}

/// The keys seen so far.
#[derive(Debug, Default)]
pub(super) struct SeenKeys(HashSet<KeyHash>);

impl SeenKeys {
    /// Whether the key is new.
    pub(super) fn add(&mut self, key: &str) -> bool {
        self.0.insert(hash(key.as_bytes()))
    }
}
