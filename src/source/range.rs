//! A part of a file that is not held in memory: it was hashed, and is read again while it is sent.

use super::SourceFile;
use crate::blocking::blocking;
use crate::buffer::Room;
use crate::checksum::{Digests, Hashing};
use crate::error::{Error, Result};
use bytes::Bytes;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes that are read at a time: enough to be worth the way to another thread and back, and few
/// enough to be in the cache when they are sent.
const BLOCK: usize = 512 << 10;

/// A range of a file.
#[derive(Debug, Clone)]
pub struct FileRange {
    file: SourceFile,
    offset: u64,
    size: u64,
    failure: Arc<OnceLock<Error>>,
    room: Arc<Room>,
}

impl FileRange {
    /// Bytes of a range that are held at a time: a block that is read, one that is sent, and one of
    /// which the connection still has the end. What is no larger had better be held as a whole.
    pub const HELD: u64 = 3 * BLOCK as u64;

    /// `size` bytes of `file` from `offset` on, hashed; `room` is for `HELD` of them.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn hashed(
        file: SourceFile,
        offset: u64,
        size: u64,
        room: Room,
        hashing: Hashing,
    ) -> Result<(Self, Digests)> {
        let range = Self {
            file,
            offset,
            size,
            failure: Arc::default(),
            room: Arc::new(room),
        };
        let hashed = range.clone();
        let digests = blocking(move || {
            let mut block = hashed.room.block(BLOCK);
            let digests = hashed.file.digest_at(offset, size, hashing, &mut block);
            hashed.room.give_back(block);
            digests
        });
        Ok((range, digests.await?))
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Why it could not be read, if that happened: sending it once more is pointless. With `look`,
    /// also whether the file is still the one that was hashed.
    pub fn failure(&self, look: bool) -> Option<Error> {
        let changed = || self.file.check_unchanged().err();
        let read = self.failure.get().cloned();
        read.or_else(|| look.then(changed).flatten())
    }
}

/// Reads a range, a block ahead of whoever takes the bytes.
#[derive(Debug)]
pub struct RangeReader {
    range: FileRange,
    /// Where the next block begins.
    at: u64,
    /// What was read and not taken.
    block: Bytes,
    reading: Option<JoinHandle<Result<Vec<u8>>>>,
    /// Blocks that were read; those that nobody else holds any more are used again.
    read: Vec<Arc<Vec<u8>>>,
}

impl RangeReader {
    /// Starts at the beginning of the range.
    pub fn new(range: FileRange) -> Self {
        Self {
            at: range.offset,
            range,
            block: Bytes::new(),
            reading: None,
            read: Vec::new(),
        }
    }

    /// The next bytes, at most `most`; none after the last.
    ///
    /// # Errors
    /// When the file can't be read, or ends too soon.
    pub fn poll_next(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Result<Bytes>> {
        if self.block.is_empty() {
            let mut reading = match self.reading.take() {
                Some(reading) => reading,
                None => self.read_block(),
            };
            let Poll::Ready(done) = Pin::new(&mut reading).poll(cx) else {
                self.reading = Some(reading);
                return Poll::Pending;
            };
            let done = done.unwrap_or_else(|error| {
                Err(Error::failed("reading failed").because(error.to_string()))
            });
            self.block = self.keep(done.inspect_err(|error| {
                // The first failure tells best; later ones may only follow from it.
                let _ = self.range.failure.set(error.clone());
            })?);
            if self.left() > 0 {
                self.reading = Some(self.read_block());
            }
        }
        let size = self.block.len().min(most);
        Poll::Ready(Ok(self.block.split_to(size)))
    }

    /// Bytes of the range that nobody has begun to read.
    fn left(&self) -> u64 {
        self.range.offset + self.range.size - self.at
    }

    /// Starts to read the next block.
    fn read_block(&mut self) -> JoinHandle<Result<Vec<u8>>> {
        let size = usize::try_from(self.left())
            .unwrap_or(usize::MAX)
            .min(BLOCK);
        let unused = self.read.iter().position(|it| Arc::strong_count(it) == 1);
        let unused = unused.and_then(|at| Arc::into_inner(self.read.swap_remove(at)));
        let mut data = unused.unwrap_or_else(|| self.range.room.block(size));
        data.resize(size, 0);
        let (file, at) = (self.range.file.clone(), self.at);
        self.at += size as u64;
        spawn_blocking(move || {
            file.fill(&mut data, at)?;
            Ok(data)
        })
    }

    /// Shares a block with those who send it.
    fn keep(&mut self, data: Vec<u8>) -> Bytes {
        let data = Arc::new(data);
        self.read.push(Arc::clone(&data));
        Bytes::from_owner(Block(data))
    }
}

impl Drop for RangeReader {
    fn drop(&mut self) {
        let unused = self.read.drain(..).filter_map(Arc::into_inner);
        unused.for_each(|block| self.range.room.give_back(block));
    }
}

/// Shares the memory of a block with the frames that are cut from it.
struct Block(Arc<Vec<u8>>);

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
