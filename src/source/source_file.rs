//! A regular file, read by position: many workers share one descriptor and no offset.

use super::page_cache::{Local, PageCache};
use super::read_ranges::{ReadRange, ReadRanges};
use crate::buffer::Buffer;
use crate::checksum::{Algorithm, Checksum, Digests, Hasher, Hashing};
use crate::error::{Error, Result};
use crate::part::{Part, Payload};
use nix::fcntl::OFlag;
use std::fs::{File, Metadata};
use std::io::{self, Seek as _, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Display, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// An open regular file, as it was when it was opened.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    file: Arc<File>,
    /// What messages call it.
    name: PathBuf,
    /// Where the source begins in the file; not at 0 where standard input was read before.
    start: u64,
    size: u64,
    modified: SystemTime,
    /// Nanoseconds since 1970.
    ctime: i64,
    /// What was read of it.
    pub(super) ranges: Arc<ReadRanges>,
}

/// Nanoseconds since 1970 of the last change of the inode.
pub(crate) fn ctime(metadata: &Metadata) -> i64 {
    let seconds = metadata.ctime().saturating_mul(1_000_000_000);
    seconds.saturating_add(metadata.ctime_nsec())
}

impl AsFd for SourceFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl SourceFile {
    /// Takes note of the size and the time of change.
    ///
    /// # Errors
    /// When the file's metadata can't be read, or it is no regular file.
    pub(crate) fn new(file: File, path: PathBuf) -> io::Result<Self> {
        Self::from(file, path, 0)
    }

    /// Opens a file, without waiting for a writer should it be a FIFO by now.
    ///
    /// # Errors
    /// When it can't be opened, or is no regular file.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        let mut options = File::options();
        let options = options.read(true).custom_flags(OFlag::O_NONBLOCK.bits());
        Self::new(options.open(&path)?, path)
    }

    /// Opens a file that lies here (`Local`), if that needs no waiting.
    pub(crate) fn open_cached(path: &Path) -> Option<Self> {
        Self::new(PageCache::open(path)?, path.to_owned()).ok()
    }

    /// What is left of a file on standard input.
    ///
    /// # Errors
    /// When the file's metadata can't be read.
    pub(super) fn on_stdin(mut file: File) -> io::Result<Self> {
        let start = file.stream_position()?;
        Self::from(file, PathBuf::from("standard input"), start)
    }

    fn from(file: File, name: PathBuf, start: u64) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is no regular file any more"));
        }
        let modified = metadata.modified()?;
        Ok(Self {
            file: Arc::new(file),
            name,
            start,
            size: metadata.len().saturating_sub(start),
            modified,
            ctime: ctime(&metadata),
            ranges: Arc::default(),
        })
    }

    /// Leaves the descriptor where a stream that was read is left: whoever shares it (`{ s3stream put …;
    /// cat; } < FILE`) goes on after the source.
    ///
    /// # Errors
    /// When the file can't be sought.
    pub(crate) fn seek_to_end(&self) -> io::Result<()> {
        let end = SeekFrom::Start(self.start + self.size);
        (&*self.file).seek(end).map(drop)
    }

    /// Bytes of the source when it was opened.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Time of change when it was opened.
    pub(crate) fn modified(&self) -> SystemTime {
        self.modified
    }

    /// ctime when it was opened.
    pub(crate) fn opened_at(&self) -> i64 {
        self.ctime
    }

    /// The ctime since which the file has held what was read of it.
    pub(crate) fn ctime(&self) -> i64 {
        self.ranges.oldest_ctime().unwrap_or(self.ctime)
    }

    /// Size and best checksum of each range that was read, in their order.
    pub(crate) fn checksums(&self) -> Vec<(u64, Checksum)> {
        self.ranges.checksums()
    }

    /// Takes note of what was read of a range, anew if that was read before, while the ctime was no
    /// older than `ctime`.
    pub(super) fn note(&self, offset: u64, size: u64, digests: Digests, ctime: i64) {
        self.ranges.insert(ReadRange {
            offset,
            size,
            digests,
            ctime,
        });
    }

    pub(super) fn changed(&self, why: &str) -> Error {
        Error::failed(format!("{} changed while it was read", self.name()))
            .because(why)
            .hint("upload a snapshot of it, or a file that nothing writes to")
    }

    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Where the source ends in the file.
    pub(super) fn end(&self) -> u64 {
        self.start + self.size
    }

    pub(super) fn name(&self) -> Display<'_> {
        self.name.display()
    }

    /// Whether there is nothing behind the size that it had when it was opened.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn ends_at_its_size(&self) -> io::Result<bool> {
        loop {
            match self.file.read_at(&mut [0], self.end()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return Ok(read? == 0),
            }
        }
    }

    /// The same, where that can be said without waiting; else false.
    pub(crate) fn is_seen_to_end(&self) -> bool {
        PageCache::read_or_end(&self.file, &mut [0], self.end()) == Some(0)
    }

    pub(super) fn into_inner(self) -> File {
        Arc::try_unwrap(self.file).expect("nobody else has the descriptor yet")
    }

    /// Reads some bytes from `offset` in the source on; none behind its end.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, self.start + offset)
    }

    /// Reads part `number`, as many bytes from `offset` on as `buffer` holds, and hashes them while
    /// they are in the cache.
    ///
    /// # Errors
    /// When the file can't be read, or ends before the buffer is full.
    pub(crate) fn read_part(
        &self,
        number: u32,
        offset: u64,
        mut buffer: Buffer,
        hashing: Hashing,
    ) -> Result<Part> {
        let read = |buffer: &mut [u8], at| self.read_some(buffer, at);
        let digests = fill(&mut buffer, offset, hashing, read)?;
        self.note_held(offset, &buffer, hashing, &digests);
        Ok(Part {
            number,
            payload: Payload::Held(buffer.freeze()),
            digests,
        })
    }

    /// Reads and hashes the only part, if that needs no waiting where the file lies; else gives the buffer
    /// back.
    ///
    /// # Errors
    /// When it would have to wait, or fails.
    pub(crate) fn read_part_cached(
        &self,
        local: Local,
        mut buffer: Buffer,
        hashing: Hashing,
    ) -> Result<Part, Buffer> {
        let read = |buffer: &mut [u8], at| match local {
            Local::Disk => self.read_cached(buffer, at).ok_or(()),
            Local::Memory => self.read_some(buffer, at).map_err(drop),
        };
        match fill(&mut buffer, 0, hashing, read) {
            Ok(digests) => {
                self.note_held(0, &buffer, hashing, &digests);
                Ok(Part {
                    number: 1,
                    payload: Payload::Held(buffer.freeze()),
                    digests,
                })
            }
            Err(()) => {
                buffer.clear();
                Err(buffer)
            }
        }
    }

    fn note_held(&self, offset: u64, buffer: &Buffer, hashing: Hashing, digests: &Digests) {
        let bytes = buffer.filled();
        let digests = match hashing.is_nothing() {
            true => hashing.comparable().digest(bytes),
            false => digests.clone(),
        };
        self.note(offset, bytes.len() as u64, digests, self.ctime);
    }

    /// The digests of `length` bytes from `offset` on, which are read into `block` in turn.
    ///
    /// # Errors
    /// When the file can't be read, or ends before that.
    pub(crate) fn digest_at(
        &self,
        offset: u64,
        length: u64,
        hashing: Hashing,
        block: &mut [u8],
    ) -> Result<Digests> {
        let mut hasher = hashing.start();
        if !hashing.is_nothing() {
            self.digest_on(&mut hasher, offset, length, block)?;
        }
        Ok(hasher.finish())
    }

    /// Hashes `length` more bytes, those from `offset` on.
    pub(super) fn digest_on(
        &self,
        hasher: &mut Hasher,
        offset: u64,
        length: u64,
        block: &mut [u8],
    ) -> Result<()> {
        let (mut at, end) = (offset, offset + length);
        while at < end {
            let most = usize::try_from(end - at).unwrap_or(usize::MAX);
            let most = most.min(block.len());
            let n = self.read_some(&mut block[..most], at)?;
            hasher.update(&block[..n]);
            at += n as u64;
        }
        Ok(())
    }

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// When the file can't be read, or ends before that.
    pub(super) fn fill(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            filled += self.read_some(&mut buffer[filled..], offset + filled as u64)?;
        }
        Ok(())
    }

    /// Reads some bytes from `at` on, if that needs no waiting.
    pub(super) fn read_cached(&self, buffer: &mut [u8], at: u64) -> Option<usize> {
        PageCache::read(&self.file, buffer, self.start + at)
    }

    /// Reads at least one byte.
    fn read_some(&self, buffer: &mut [u8], at: u64) -> Result<usize> {
        loop {
            match self.file.read_at(buffer, self.start + at) {
                Ok(0) => return Err(self.changed("it became shorter")),
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(
                        Error::failed(format!("can't read {}", self.name())).caused_by(error)
                    );
                }
            }
        }
    }

    /// The last `most` bytes.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn tail(&self, most: u64) -> Result<Vec<u8>> {
        let length = self.size.min(most);
        let mut tail = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        self.file
            .read_exact_at(&mut tail, self.start + self.size - length)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => self.changed("it became shorter"),
                _ => Error::failed(format!("can't read {}", self.name())).caused_by(error),
            })?;
        // A guard may depend on it.
        let hashing = Hashing {
            algorithm: Algorithm::Crc64Nvme,
            payload_sha256: false,
        };
        self.note(
            self.size - length,
            length,
            hashing.digest(&tail),
            self.ctime,
        );
        Ok(tail)
    }
}

/// Fills all of `buffer` with what `read` gives from `offset` on, hashed while it is in the cache.
fn fill<E>(
    buffer: &mut Buffer,
    offset: u64,
    hashing: Hashing,
    read: impl Fn(&mut [u8], u64) -> Result<usize, E>,
) -> Result<Digests, E> {
    let mut hasher = hashing.start();
    let mut at = offset;
    while buffer.remaining() > 0 {
        let unfilled = buffer.unfilled();
        let n = read(unfilled, at)?;
        hasher.update(&unfilled[..n]);
        buffer.advance(n);
        at += n as u64;
    }
    Ok(hasher.finish())
}
