//! The ranges of a file, one for each part.

use crate::buffer::BufferPool;
use crate::checksum::Hashing;
use crate::error::Result;
use crate::part::Part;
use crate::part::plan::Plan;
use crate::source::{FileRange, PairedRange, SourceFile};
use crate::threads::blocking;

/// A file on its way into ranges.
#[derive(Debug)]
pub(super) struct Ranges {
    file: SourceFile,
    plan: Plan,
    hashing: Hashing,
    /// Number of the last range that was given out.
    number: u32,
    /// Where the next range begins.
    offset: u64,
    /// Of the next range, if it is hashed along with the last.
    paired: Option<PairedRange>,
}

/// A part of a file that has to be read.
#[derive(Debug)]
pub(super) struct Range {
    file: SourceFile,
    /// Part number.
    pub(super) number: u32,
    offset: u64,
    /// Bytes to read.
    pub(super) size: u64,
    paired: Option<PairedRange>,
    /// Whether it is all there is: its last byte commits, and leaves when the file was looked at once more.
    is_whole: bool,
}

impl Ranges {
    pub(super) fn new(file: SourceFile, plan: Plan, hashing: Hashing) -> Self {
        Self {
            file,
            plan,
            hashing,
            number: 0,
            offset: 0,
            paired: None,
        }
    }

    /// The same, after the last.
    pub(super) fn at_their_end(mut self) -> Self {
        self.offset = self.file.size();
        self
    }

    /// The next one; none after the last.
    pub(super) fn next(&mut self) -> Result<Option<Range>> {
        let left = self.file.size() - self.offset;
        if left == 0 {
            return Ok(None);
        }
        self.number += 1;
        let most = self.plan.part_size(self.number);
        let size = left.min(most.ok_or_else(|| self.plan.exhausted(self.offset))?);
        let paired = self.paired.take().or_else(|| {
            let most = self.plan.part_size(self.number + 1)?;
            let sizes = [size, (left - size).min(most)];
            let [this, next] = PairedRange::new_pair(&self.file, self.offset, sizes, self.hashing)?;
            self.paired = Some(next);
            Some(this)
        });
        let range = Range {
            file: self.file.clone(),
            number: self.number,
            offset: self.offset,
            size,
            paired,
            is_whole: false,
        };
        self.offset += size;
        Ok(Some(range))
    }

    /// Checks that the file still is what was read of it.
    pub(super) async fn verify(&self) -> Result<()> {
        if self.file.is_verified()? {
            return Ok(());
        }
        let file = self.file.clone();
        blocking(move || file.verify()).await
    }
}

impl Range {
    /// All of a file that goes as one part.
    pub(super) fn whole(file: SourceFile) -> Self {
        Self {
            size: file.size(),
            file,
            number: 1,
            offset: 0,
            paired: None,
            is_whole: true,
        }
    }

    /// The part, hashed and ready to be sent; what is held of it stays within `pool`.
    pub(super) async fn load(self, pool: &BufferPool, hashing: Hashing) -> Result<Part> {
        let Self {
            file,
            number,
            offset,
            size,
            paired,
            is_whole,
        } = self;
        if size <= FileRange::HELD {
            let buffer = pool.take(size).await?;
            return blocking(move || file.read_part(number, offset, buffer, hashing)).await;
        }
        let mut reservation = pool.reserve(FileRange::HELD).await?;
        // Two that are hashed at once would take twice the memory at a time.
        if paired.is_none() && !is_whole && !hashing.is_nothing() {
            match reservation.hold(size).await {
                Ok(buffer) => {
                    return blocking(move || file.read_part(number, offset, buffer, hashing)).await;
                }
                Err(unused) => reservation = unused,
            }
        }
        let range = FileRange::new(file, offset, size, hashing, reservation);
        match paired {
            Some(paired) => paired.load(range, number).await,
            None => range.load(number).await,
        }
    }
}
