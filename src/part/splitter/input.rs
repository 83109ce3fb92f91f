//! The stream itself, waited for with patience.

use crate::error::{Error, Result};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::time::Duration;

/// A stream that is waited for: an interrupted read is done again, and one that would block (another
/// process may have set O_NONBLOCK on the shared description) waits until there is something.
pub(super) struct Patient<R>(R);

impl<R: Read + AsFd> Patient<R> {
    /// Opens the stream.
    pub(super) fn open(open: impl FnOnce() -> io::Result<R>) -> Result<Self> {
        open().map(Self).map_err(|it| unreadable(&it.to_string()))
    }

    /// One byte; none at the end.
    pub(super) fn next_byte(&mut self) -> Result<Option<u8>> {
        let mut byte = [0];
        let n = self.read(&mut byte)?;
        Ok((n == 1).then_some(byte[0]))
    }

    /// Some bytes; none at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    match self.poll(PollTimeout::NONE) {
                        Ok(_) | Err(Errno::EINTR) => {}
                        Err(error) => return Err(unreadable(error.desc())),
                    }
                }
                done => return done.map_err(|error| unreadable(&error.to_string())),
            }
        }
    }

    /// Whether a read would find bytes, or the end, without waiting any longer than `limit`.
    pub(super) fn is_ready_within(&self, limit: Duration) -> bool {
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::ZERO);
        // Whatever may be wrong, the read finds it.
        !matches!(self.poll(limit), Ok(0) | Err(Errno::EINTR))
    }

    fn poll(&self, limit: PollTimeout) -> nix::Result<i32> {
        poll(&mut [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)], limit)
    }
}

fn unreadable(why: &str) -> Error {
    Error::failed("can't read the source").because(why)
}
