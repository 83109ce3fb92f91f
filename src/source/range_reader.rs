//! Reads a part of a file again while it is sent.

use super::file_range::FileRange;
use crate::buffer::{AlignedBuffer, BLOCK};
use crate::checksum::Hasher;
use crate::error::{Error, Result};
use crate::part::{Reading, Reread};
use bytes::Bytes;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// A range that is being read again: what the page cache has (it was just hashed) at once, and else a
/// block ahead, on a thread that may wait for it.
struct RangeReader {
    range: Arc<FileRange>,
    /// Where the next block begins.
    at: u64,
    /// What was read and not taken.
    block: Bytes,
    reading: Option<JoinHandle<Result<AlignedBuffer>>>,
    /// Of what was read by this, where nothing was hashed before; and the ctime at the beginning.
    hashed: Option<(Box<Hasher>, i64)>,
    /// Whether the file is the same after the last block, which is not given before that is known.
    verifying: Option<JoinHandle<Result<()>>>,
}

impl Reread for FileRange {
    fn size(&self) -> u64 {
        self.size
    }

    fn start(self: Arc<Self>) -> Box<dyn Reading> {
        Box::new(RangeReader::new(self))
    }

    fn failure(&self, check_source: bool) -> Option<Error> {
        let changed = || self.file.check_attributes().err();
        let read = self.failure.get().cloned();
        read.or_else(|| check_source.then(changed).flatten())
    }
}

impl Reading for RangeReader {
    /// The bytes of the last block are given only if the file is still the one that was hashed: a
    /// PutObject commits with its last byte, and not every store compares checksums.
    fn poll_next(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Result<Bytes>> {
        if self.block.is_empty() || self.verifying.is_some() {
            let block = ready!(self.poll_block(cx));
            block.inspect_err(|error| {
                let _ = self.range.failure.set(error.clone());
            })?;
        }
        let size = self.block.len().min(most);
        Poll::Ready(Ok(self.block.split_to(size)))
    }
}

impl RangeReader {
    /// Starts at the beginning of the range.
    fn new(range: Arc<FileRange>) -> Self {
        let hashing = range.hashing;
        let hashed = hashing.is_nothing().then(|| {
            let ctime = range
                .file
                .check_attributes()
                .unwrap_or(range.file.opened_at());
            (Box::new(hashing.comparable().start()), ctime)
        });
        Self {
            at: range.offset,
            range,
            block: Bytes::new(),
            reading: None,
            hashed,
            verifying: None,
        }
    }

    /// Sees to it that there is a block to take from, unless the last was taken.
    fn poll_block(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.block.is_empty() {
            ready!(self.poll_read(cx))?;
        }
        if let Some(verifying) = &mut self.verifying {
            let done = ready!(Pin::new(verifying).poll(cx));
            self.verifying = None;
            done.unwrap_or_else(failed)?;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.reading.is_none() && self.left() > 0 && !self.read_cached()? {
            self.read_ahead()?;
        }
        if let Some(reading) = &mut self.reading {
            let done = ready!(Pin::new(reading).poll(cx));
            self.reading = None;
            let block = done.unwrap_or_else(failed)?;
            self.keep(block);
            if self.left() == 0 {
                self.end();
                self.verify();
            } else {
                self.read_ahead()?;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads as much of the next block as is in memory; whether that is anything.
    ///
    /// # Errors
    /// When the file is another after the last byte.
    fn read_cached(&mut self) -> Result<bool> {
        let mut block = self.next_block()?;
        match self.range.file.read_cached(&mut block, self.at) {
            Some(n) => {
                block.resize(n);
                self.at += n as u64;
                self.keep(block);
                if self.left() == 0 {
                    self.end();
                    if !self.range.file.is_range_verified(&self.range.bounds())? {
                        self.verify();
                    }
                }
                Ok(true)
            }
            None => {
                self.range.reservation.give_back(block);
                Ok(false)
            }
        }
    }

    /// Starts to read the next block, if there is one, from wherever it is.
    ///
    /// # Errors
    /// When there is no memory for it.
    fn read_ahead(&mut self) -> Result<()> {
        if self.left() == 0 {
            return Ok(());
        }
        let mut block = self.next_block()?;
        let (file, at) = (self.range.file.clone(), self.at);
        self.at += block.len() as u64;
        self.reading = Some(spawn_blocking(move || {
            file.fill(&mut block, at)?;
            Ok(block)
        }));
        Ok(())
    }

    /// Takes note of what was read, if that was not hashed before.
    fn end(&mut self) {
        if let Some((hasher, ctime)) = self.hashed.take() {
            let FileRange {
                file, offset, size, ..
            } = &*self.range;
            file.note(*offset, *size, hasher.finish(), ctime);
        }
    }

    /// Compares the file with what was read of it, on a thread that may wait.
    fn verify(&mut self) {
        let (file, bounds) = (self.range.file.clone(), self.range.bounds());
        self.verifying = Some(spawn_blocking(move || file.verify_range(bounds)));
    }

    /// Bytes that nobody has begun to read.
    fn left(&self) -> u64 {
        self.range.offset + self.range.size - self.at
    }

    /// Memory for the next block.
    ///
    /// # Errors
    /// When there is none.
    fn next_block(&mut self) -> Result<AlignedBuffer> {
        let size = usize::try_from(self.left()).unwrap_or(usize::MAX);
        self.range.reservation.block(size.min(BLOCK))
    }

    /// Shares a block with those who send it.
    fn keep(&mut self, block: AlignedBuffer) {
        if let Some((hasher, _)) = &mut self.hashed {
            hasher.update(&block);
        }
        let range = Arc::clone(&self.range);
        self.block = Bytes::from_owner(Block { block, range });
    }
}

fn failed<T>(error: JoinError) -> Result<T> {
    Err(Error::failed("reading failed").caused_by(error))
}

/// The memory of a block, which the frames that are cut from it share. It returns to its pool with the last of
/// them: a connection may have some yet when all are read.
struct Block {
    block: AlignedBuffer,
    range: Arc<FileRange>,
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        &self.block
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let block = std::mem::take(&mut self.block);
        self.range.reservation.give_back(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::BufferPool;
    use crate::checksum::{Algorithm, Digests, Hashing};
    use crate::concurrency::Concurrency;
    use crate::config::test_transfer;
    use crate::source::SourceFile;
    use std::io::Write as _;

    const OFFSET: usize = 5;
    const SIZE: usize = 5 * BLOCK + 7;

    fn bytes() -> Vec<u8> {
        let words = (0..OFFSET + SIZE).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        words.map(|word| word.to_be_bytes()[0]).collect()
    }

    /// A range of a file with `bytes`, hashed; and the file.
    async fn hashed(bytes: &[u8]) -> (Arc<FileRange>, Digests, std::fs::File) {
        let transfer = test_transfer();
        let pool = BufferPool::new(&transfer, &Concurrency::new(&transfer));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let source = SourceFile::new(file.try_clone().unwrap(), "name".into()).unwrap();
        let reservation = pool.reserve(FileRange::HELD).await.unwrap();
        let (offset, size) = (OFFSET as u64, SIZE as u64);
        let range = FileRange::new(source, offset, size, hashing(), reservation);
        let digests = range.digests().unwrap();
        (Arc::new(range), digests, file)
    }

    fn hashing() -> Hashing {
        Hashing {
            algorithm: Algorithm::Crc64Nvme,
            payload_sha256: false,
        }
    }

    /// Takes everything in frames, all of which are held to the end.
    async fn read(mut reader: RangeReader) -> Result<Vec<u8>> {
        let mut frames = Vec::new();
        loop {
            let frame = std::future::poll_fn(|cx| reader.poll_next(cx, 100_003)).await?;
            if frame.is_empty() {
                return Ok(frames.concat());
            }
            frames.push(frame);
        }
    }

    #[tokio::test]
    async fn all_bytes_come_in_order_whether_they_are_cached_or_not() {
        let bytes = bytes();
        let (range, digests, _file) = hashed(&bytes).await;
        let expected = &bytes[OFFSET..];
        assert_eq!(digests, hashing().digest(expected));
        let cached = RangeReader::new(Arc::clone(&range));
        assert!(read(cached).await.unwrap() == expected);
        let mut elsewhere = RangeReader::new(Arc::clone(&range));
        elsewhere.read_ahead().unwrap();
        assert!(read(elsewhere).await.unwrap() == expected);
        assert!(range.failure(true).is_none());
    }

    #[tokio::test]
    async fn each_block_returns_to_its_pool_with_its_last_frame() {
        let (range, _, _file) = hashed(&bytes()).await;
        let mut reader = RangeReader::new(Arc::clone(&range));
        let mut frames = Vec::new();
        while frames.len() < SIZE.div_ceil(BLOCK) {
            let frame = std::future::poll_fn(|cx| reader.poll_next(cx, BLOCK)).await;
            frames.push(frame.unwrap());
        }
        drop(reader);
        let blocks = frames.len();
        drop(frames);
        let again: Vec<_> = (0..blocks)
            .map(|_| range.reservation.block(BLOCK).unwrap())
            .collect();
        let is_fresh = |block: &AlignedBuffer| block.iter().all(|&byte| byte == 0);
        assert!(!again.iter().any(is_fresh));
    }

    #[tokio::test]
    async fn a_file_cut_short_fails_for_good() {
        let (range, _, file) = hashed(&bytes()).await;
        file.set_len((OFFSET + 2 * BLOCK) as u64).unwrap();
        let error = read(RangeReader::new(Arc::clone(&range)))
            .await
            .unwrap_err();
        assert!(
            format!("{error:#}").contains("name changed while"),
            "{error:#}"
        );
        assert!(range.failure(false).is_some());
    }
}
