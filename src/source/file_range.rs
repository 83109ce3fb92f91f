//! A part of a file that is not held in memory: it was hashed, and is read again while it is sent.

use super::SourceFile;
use crate::buffer::{BLOCK, Reservation};
use crate::checksum::{Digests, Hashing};
use crate::config::HELD_OF_A_FILE;
use crate::error::{Error, Result};
use crate::part::{Part, Payload};
use crate::threads::blocking;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A range of a file.
#[derive(Debug)]
pub(crate) struct FileRange {
    pub(super) file: SourceFile,
    pub(super) offset: u64,
    /// Bytes.
    pub(super) size: u64,
    pub(super) hashing: Hashing,
    pub(super) reservation: Reservation,
    /// Why it could not be read. The first failure says most; later ones may only follow from it.
    pub(super) failure: OnceLock<Error>,
}

const _: () = assert!(HELD_OF_A_FILE == 4 * BLOCK as u64);

impl FileRange {
    /// Bytes of a range that are held at a time: a block being read, and three of which the connection
    /// still has some.
    pub(crate) const HELD: u64 = HELD_OF_A_FILE;

    /// `size` bytes of `file` from `offset` on, of which `hashing` is computed; `reservation` is for
    /// `HELD` of them.
    pub(crate) fn new(
        file: SourceFile,
        offset: u64,
        size: u64,
        hashing: Hashing,
        reservation: Reservation,
    ) -> Self {
        Self {
            file,
            offset,
            size,
            hashing,
            reservation,
            failure: OnceLock::new(),
        }
    }

    /// Reads and hashes all of it; gives it as a part, which is read again while it is sent.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) async fn load(self, number: u32) -> Result<Part> {
        if self.hashing.is_nothing() {
            // What there is to compare later is hashed while it is sent.
            let digests = self.hashing.digest(&[]);
            return Ok(Arc::new(self).into_part(number, digests));
        }
        blocking(move || {
            let digests = self.digests()?;
            Ok(Arc::new(self).into_part(number, digests))
        })
        .await
    }

    pub(super) fn digests(&self) -> Result<Digests> {
        let ctime = self.file.check_attributes()?;
        let mut block = self.reservation.block(BLOCK)?;
        let (offset, size) = (self.offset, self.size);
        let digests = self.file.digest_at(offset, size, self.hashing, &mut block);
        self.reservation.give_back(block);
        let digests = digests?;
        self.file.note(offset, size, digests.clone(), ctime);
        Ok(digests)
    }

    pub(super) fn into_part(self: Arc<Self>, number: u32, digests: Digests) -> Part {
        Part {
            number,
            payload: Payload::Reread(self),
            digests,
        }
    }

    pub(super) fn bounds(&self) -> Range<u64> {
        self.offset..self.offset + self.size
    }
}
