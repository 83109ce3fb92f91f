//! A regular file, read from front to back.

use super::SourceFile;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

/// Reads the bytes that a file had when it was opened, whoever else moves the descriptor's offset.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: SourceFile,
    /// Bytes that were read.
    at: u64,
}

impl FileReader {
    pub(crate) fn new(file: SourceFile) -> Self {
        Self { file, at: 0 }
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.file.size() - self.at).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let n = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl AsFd for FileReader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
