//! A part on its way: cut from the source, then stored.

use crate::checksum::{Checksum, Digests};
use bytes::Bytes;

/// Bytes of the source, ready to be sent.
#[derive(Debug, Clone)]
pub struct Part {
    /// Part number, counted from 1.
    pub number: u32,
    /// The bytes; never empty, but for the only part of an empty object.
    pub bytes: Bytes,
    /// What was computed over them.
    pub digests: Digests,
}

impl Part {
    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// A part that the store has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedPart {
    /// Part number, counted from 1.
    pub number: u32,
    /// Size in bytes.
    pub size: u64,
    /// The store's name for these bytes; opaque.
    pub etag: String,
    /// Our own checksum of the part.
    pub checksum: Option<Checksum>,
    /// Whether the store answered with the same checksum: only then it is known to have checked.
    pub verified: bool,
}
