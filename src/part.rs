//! A part on its way: cut from the source, then stored.

use crate::checksum::{Checksum, Digests};
use crate::error::Error;
use crate::source::FileRange;
use bytes::Bytes;

/// Bytes of the source, ready to be sent.
#[derive(Debug, Clone)]
pub struct Part {
    /// Part number, counted from 1.
    pub number: u32,
    /// The bytes; never empty, but for the only part of an empty object.
    pub payload: Payload,
    /// What was computed over them.
    pub digests: Digests,
}

impl Part {
    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.payload.size()
    }
}

/// Where the bytes of a part are. They can be sent any number of times.
#[derive(Debug, Clone)]
pub enum Payload {
    /// In memory.
    Held(Bytes),
    /// In a file, which is read again for every attempt.
    InFile(FileRange),
}

impl Payload {
    /// Size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::InFile(range) => range.size(),
        }
    }

    /// Why the bytes are not to be had any more; `look` whether to look at the file first.
    pub fn failure(&self, look: bool) -> Option<Error> {
        match self {
            Self::Held(_) => None,
            Self::InFile(range) => range.failure(look),
        }
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
