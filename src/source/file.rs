//! A regular file, read by position: many workers share one descriptor and no offset.

use crate::buffer::Buffer;
use crate::checksum::{Digests, Hashing};
use crate::error::{Error, Result};
use crate::part::Part;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// Bytes that are read at a time where they are not kept.
const BLOCK: usize = 256 << 10;

/// An open regular file, as it was when it was opened.
#[derive(Debug, Clone)]
pub struct SourceFile {
    file: Arc<File>,
    path: PathBuf,
    size: u64,
    modified: SystemTime,
}

impl SourceFile {
    /// Takes note of the size and the time of change.
    ///
    /// # Errors
    /// When the file's metadata can't be read.
    pub fn new(file: File, path: PathBuf) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let modified = metadata.modified()?;
        Ok(Self {
            file: Arc::new(file),
            path,
            size: metadata.len(),
            modified,
        })
    }

    /// Size in bytes when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Time of change when it was opened.
    pub fn modified(&self) -> SystemTime {
        self.modified
    }

    pub(super) fn into_inner(self) -> File {
        Arc::try_unwrap(self.file).expect("nobody else has the descriptor yet")
    }

    /// Reads part `number`, as many bytes from `offset` on as `buffer` holds, and hashes them while
    /// they are in the cache.
    ///
    /// # Errors
    /// When the file can't be read, or ends before the buffer is full.
    pub fn read_part(
        &self,
        number: u32,
        offset: u64,
        mut buffer: Buffer,
        hashing: Hashing,
    ) -> Result<Part> {
        let mut hasher = hashing.start();
        let mut at = offset;
        while buffer.remaining() > 0 {
            let room = buffer.room();
            let n = self.read_some(room, at)?;
            hasher.update(&room[..n]);
            buffer.advance(n);
            at += n as u64;
        }
        Ok(Part {
            number,
            bytes: buffer.freeze(),
            digests: hasher.finish(),
        })
    }

    /// The digests of `length` bytes from `offset` on, which are not kept.
    ///
    /// # Errors
    /// When the file can't be read, or ends before that.
    pub fn digest_at(&self, offset: u64, length: u64, hashing: Hashing) -> Result<Digests> {
        let mut hasher = hashing.start();
        let mut block = vec![0; BLOCK];
        let (mut at, end) = (offset, offset + length);
        while at < end {
            let most = usize::try_from(end - at).unwrap_or(usize::MAX).min(BLOCK);
            let n = self.read_some(&mut block[..most], at)?;
            hasher.update(&block[..n]);
            at += n as u64;
        }
        Ok(hasher.finish())
    }

    /// Reads at least one byte.
    fn read_some(&self, room: &mut [u8], at: u64) -> Result<usize> {
        loop {
            match self.file.read_at(room, at) {
                Ok(0) => return Err(self.changed("it became shorter")),
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Error::failed(format!("can't read {}", self.path.display()))
                        .because(error.to_string()));
                }
            }
        }
    }

    /// The last `most` bytes.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn tail(&self, most: u64) -> Result<Vec<u8>> {
        let length = self.size.min(most);
        let mut tail = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        self.file
            .read_exact_at(&mut tail, self.size - length)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => self.changed("it became shorter"),
                _ => Error::failed(format!("can't read {}", self.path.display()))
                    .because(error.to_string()),
            })?;
        Ok(tail)
    }

    /// Checks that the file is still the one that was opened: nothing is committed otherwise.
    ///
    /// # Errors
    /// When its size or its time of change is another.
    pub fn check_unchanged(&self) -> Result<()> {
        let now = self
            .file
            .metadata()
            .and_then(|it| Ok((it.len(), it.modified()?)));
        match now {
            Ok((size, _)) if size != self.size => {
                Err(self.changed(&format!("it had {} bytes and has {size}", self.size)))
            }
            Ok((_, modified)) if modified == self.modified => Ok(()),
            Ok(_) => Err(self.changed("its time of change is another")),
            Err(error) => Err(self.changed(&error.to_string())),
        }
    }

    fn changed(&self, why: &str) -> Error {
        Error::failed(format!("{} changed while it was read", self.path.display()))
            .because(why)
            .hint("upload a snapshot of it, or a file that nothing writes to")
    }
}
