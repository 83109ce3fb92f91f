//! A part on its way: cut from the source, then stored.

pub(crate) mod layout;
pub(crate) mod plan;
pub(crate) mod splitter;

use crate::checksum::{Checksum, Digests};
use crate::error::{Error, Result};
use bytes::Bytes;
use std::fmt::Debug;
use std::sync::Arc;
use std::task::{Context, Poll};

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
    /// Elsewhere, from where they are read again for every attempt.
    Reread(Arc<dyn Reread>),
}

/// Bytes that are not held in memory, and can be read again.
pub trait Reread: Debug + Send + Sync {
    /// Size in bytes.
    fn size(&self) -> u64;

    /// Starts to read them, from the first on.
    fn start(self: Arc<Self>) -> Box<dyn Reading>;

    /// Why they can't be read any more; `check_source` whether to look at their source first.
    fn failure(&self, check_source: bool) -> Option<Error>;
}

/// Bytes that are being read again.
pub trait Reading: Send + Sync {
    /// The next bytes, at most `most`; none after the last.
    ///
    /// # Errors
    /// When they can't be read, or are others than before.
    fn poll_next(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Result<Bytes>>;
}

impl Payload {
    /// Size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::Reread(bytes) => bytes.size(),
        }
    }

    /// Why the bytes can't be read any more; `check_source` whether to look at their source first.
    pub fn failure(&self, check_source: bool) -> Option<Error> {
        match self {
            Self::Held(_) => None,
            Self::Reread(bytes) => bytes.failure(check_source),
        }
    }
}

/// A part that the store has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompletedPart {
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
