//! A part that is being filled and hashed.

use crate::buffer::Buffer;
use crate::checksum::{Hasher, PairedHash};
use crate::part::{Part, Payload};
use std::time::{Duration, Instant};

/// A part of which the first bytes are there, and the first of those hashed.
pub(super) struct Filling {
    pub(super) number: u32,
    pub(super) buffer: Buffer,
    hasher: Hasher,
    hashed: usize,
    since: Instant,
}

impl Filling {
    pub(super) fn new(number: u32, buffer: Buffer, hasher: Hasher) -> Self {
        Self {
            number,
            buffer,
            hasher,
            hashed: 0,
            since: Instant::now(),
        }
    }

    /// Puts in what the buffer had no part in.
    pub(super) fn push(&mut self, byte: u8) {
        self.buffer.unfilled()[0] = byte;
        self.buffer.advance(1);
    }

    /// Bytes that are there and not hashed.
    pub(super) fn unhashed(&self) -> usize {
        self.buffer.filled().len() - self.hashed
    }

    /// Hashes all that is there.
    pub(super) fn hash(&mut self) {
        self.hasher.update(&self.buffer.filled()[self.hashed..]);
        self.hashed = self.buffer.filled().len();
    }

    /// Hashes as much of each of two parts as is there of both, at once.
    pub(super) fn hash_pair(&mut self, other: &mut Self, paired_hash: PairedHash) {
        let n = self.unhashed().min(other.unhashed());
        let bytes = [
            &self.buffer.filled()[self.hashed..][..n],
            &other.buffer.filled()[other.hashed..][..n],
        ];
        paired_hash.update([&mut self.hasher, &mut other.hasher], bytes);
        self.hashed += n;
        other.hashed += n;
    }

    /// Since it was begun, or began to wait for its successor.
    pub(super) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Nothing more is put in.
    pub(super) fn begin_to_wait(&mut self) {
        self.since = Instant::now();
    }

    /// The part, hashed to its end.
    pub(super) fn finish(mut self) -> Part {
        self.hash();
        Part {
            number: self.number,
            payload: Payload::Held(self.buffer.freeze()),
            digests: self.hasher.finish(),
        }
    }
}
