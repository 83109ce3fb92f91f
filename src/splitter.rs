//! Cuts a stream into parts, on a thread of its own: read straight into the part's buffer, hashed
//! while still in the cache, sent on.

use crate::buffer::BufferPool;
use crate::checksum::Hashing;
use crate::error::{Error, Result};
use crate::part::{Part, Payload};
use crate::plan::Plan;
use crate::source::Input;
use bytes::Bytes;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd as _;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Bytes at the end of the source that `--require-tail` looks at.
pub const TAIL: usize = 4 << 10;

/// What the splitter sends on.
#[derive(Debug)]
pub enum Cut {
    /// The next part; `whole` when the stream ended with the first.
    Part {
        /// The part.
        part: Part,
        /// Whether the stream ended with it, which is known of the first part only.
        whole: bool,
    },
    /// The end of the stream.
    End {
        /// Bytes read.
        size: u64,
        /// The last `TAIL` bytes.
        tail: Vec<u8>,
    },
}

/// How a stream is to be cut.
#[derive(Debug, Clone)]
pub struct Splitter {
    /// Size of each part.
    pub plan: Plan,
    /// Where the buffers come from.
    pub pool: BufferPool,
    /// What is computed over each part.
    pub hashing: Hashing,
    /// Bytes past which reading on is pointless (`--size`).
    pub most: Option<u64>,
}

impl Splitter {
    /// Starts the thread. It ends with the stream, with an error, or when nobody listens any more;
    /// blocked in a read, it is left behind and ends with the process.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(self, input: Input) -> Result<mpsc::Receiver<Result<Cut>>> {
        // Parts are bounded by the pool: the channel only has to hold the odd end or error.
        let (sender, receiver) = mpsc::channel(1);
        let handle = Handle::current();
        std::thread::Builder::new()
            .name("splitter".to_owned())
            .spawn(move || {
                if let Err(error) = self.run(input, &handle, &sender) {
                    let _ = sender.blocking_send(Err(error));
                }
            })
            .map_err(|error| Error::failed("can't start a thread").because(error.to_string()))?;
        Ok(receiver)
    }

    fn run(self, input: Input, handle: &Handle, out: &mpsc::Sender<Result<Cut>>) -> Result<()> {
        let mut input = Patient(input.open().map_err(unreadable)?);
        let mut end = End {
            size: 0,
            tail: Vec::with_capacity(2 * TAIL),
        };
        let mut number = 0;
        let mut first = None;
        let stopped = |_| Error::failed("the upload was stopped");
        // A byte ahead: only the stream itself knows whether there is another part.
        while let Some(byte) = input.next_byte()? {
            if let Some(part) = first.take() {
                out.blocking_send(Ok(Cut::Part { part, whole: false }))
                    .map_err(stopped)?;
            }
            number += 1;
            let size = self
                .plan
                .part_size(number)
                .ok_or_else(|| self.plan.exhausted(end.size))?;
            let mut buffer = handle.block_on(self.pool.take(size))?;
            let mut hasher = self.hashing.start();
            buffer.room()[0] = byte;
            hasher.update(&[byte]);
            buffer.advance(1);
            while buffer.remaining() > 0 {
                let room = buffer.room();
                let n = input.read(room).map_err(unreadable)?;
                if n == 0 {
                    break;
                }
                hasher.update(&room[..n]);
                buffer.advance(n);
            }
            end.push(buffer.filled());
            self.check_most(end.size)?;
            let part = Part {
                number,
                payload: Payload::Held(buffer.freeze()),
                digests: hasher.finish(),
            };
            if number == 1 {
                first = Some(part);
            } else {
                out.blocking_send(Ok(Cut::Part { part, whole: false }))
                    .map_err(stopped)?;
            }
        }
        if number <= 1 {
            let part = first.unwrap_or_else(|| Part {
                number: 1,
                payload: Payload::Held(Bytes::new()),
                digests: self.hashing.of(&[]),
            });
            out.blocking_send(Ok(Cut::Part { part, whole: true }))
                .map_err(stopped)?;
        }
        end.tail.drain(..end.tail.len().saturating_sub(TAIL));
        out.blocking_send(Ok(Cut::End {
            size: end.size,
            tail: end.tail,
        }))
        .map_err(stopped)
    }

    fn check_most(&self, read: u64) -> Result<()> {
        match self.most {
            Some(most) if read > most => Err(Error::guard(format!(
                "the source is longer than the {most} bytes that --size asks for"
            ))),
            _ => Ok(()),
        }
    }
}

/// What is known once the stream has ended.
struct End {
    size: u64,
    tail: Vec<u8>,
}

impl End {
    fn push(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        let new = &bytes[bytes.len().saturating_sub(TAIL)..];
        let keep = TAIL - new.len();
        let old = self.tail.len().saturating_sub(keep);
        self.tail.drain(..old);
        self.tail.extend_from_slice(new);
    }
}

fn unreadable(error: io::Error) -> Error {
    Error::failed("can't read the source").because(error.to_string())
}

/// A file that is waited for: an interrupted read is done again, and one that would block (another
/// process may have set O_NONBLOCK on the shared description) waits until there is something.
struct Patient(File);

impl Patient {
    fn next_byte(&mut self) -> Result<Option<u8>> {
        let mut byte = [0];
        let n = self.read(&mut byte).map_err(unreadable)?;
        Ok((n == 1).then_some(byte[0]))
    }
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
                    match poll(&mut fds, PollTimeout::NONE) {
                        Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                done => return done,
            }
        }
    }
}
