//! A stream whose bytes are counted as they are read.

use super::UploadProgress;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// Counts what is read of a stream.
#[derive(Debug)]
pub(crate) struct CountedReader<R> {
    pub input: R,
    pub progress: Arc<UploadProgress>,
}

impl<R: Read> Read for CountedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.progress.read(n as u64);
        Ok(n)
    }
}

impl<R: AsFd> AsFd for CountedReader<R> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }
}
