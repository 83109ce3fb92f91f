//! Cuts a stream into parts, on a thread of its own: read straight into the part's buffer, hashed
//! while still in the cache, sent on. Where it pays to hash two parts at once, a part may wait for
//! its successor, as long as nobody waits for it.

mod filling;
mod input;
#[cfg(test)]
mod splitter_tests;

use crate::buffer::BufferPool;
use crate::checksum::{Hashing, PairedHash};
use crate::config::typed_size;
use crate::error::{Error, Result};
use crate::part::plan::Plan;
use crate::part::{Part, Payload};
use crate::threads::start_thread;
use bytes::Bytes;
use filling::Filling;
use input::Patient;
use std::future::ready;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::thread::Builder;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Bytes at the end of the source that `--require-tail` looks at.
pub(crate) const TAIL: usize = 4 << 10;

/// A part that came within this time is hashed along with the next, which is awaited as long. What
/// comes more slowly costs little to hash, and is sent the sooner.
const QUICK: Duration = Duration::from_millis(50);

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
        /// When it came.
        at: Instant,
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
    /// Starts the thread, which opens the stream first: that may wait for a writer. It ends with the
    /// stream, with an error, or when nobody listens any more; blocked in a read, it is left behind and
    /// ends with the process.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start<R: Read + AsFd>(
        self,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> Result<mpsc::Receiver<Result<Cut>>> {
        // Parts are bounded by the pool: the channel only has to hold the odd end or error.
        let (sender, receiver) = mpsc::channel(1);
        let handle = Handle::current();
        let paired_hash = PairedHash::new(self.hashing);
        let builder = Builder::new().name("splitter".to_owned());
        start_thread(builder, move || {
            let mut opened = Patient::open(open);
            let cut = match &mut opened {
                Ok(input) => self.run(input, paired_hash, &handle, &sender),
                Err(error) => Err(error.clone()),
            };
            if let Err(error) = cut {
                let _ = sender.blocking_send(Err(error));
                // Closed any sooner, it would end COMMAND by SIGPIPE, and that would pass for
                // what went wrong.
                handle.block_on(sender.closed());
            }
        })?;
        Ok(receiver)
    }

    fn run<R: Read + AsFd>(
        self,
        input: &mut Patient<R>,
        paired_hash: Option<PairedHash>,
        handle: &Handle,
        out: &mpsc::Sender<Result<Cut>>,
    ) -> Result<()> {
        let mut cutting = Cutting {
            splitter: self,
            paired_hash,
            pairing: None,
            input,
            handle,
            out,
            number: 0,
            end: End::default(),
            last: None,
        };
        // A byte ahead: only the stream itself knows whether there is another part.
        while let Some(byte) = cutting.next_byte()? {
            let mut part = cutting.begin()?;
            part.push(byte);
            cutting.fill(&mut part)?;
            cutting.filled(part)?;
        }
        cutting.end()
    }
}

/// A stream that is being cut.
struct Cutting<'a, R> {
    splitter: Splitter,
    /// If it pays at all to hash two parts at once.
    paired_hash: Option<PairedHash>,
    /// The same, while the stream is fast enough for it.
    pairing: Option<PairedHash>,
    input: &'a mut Patient<R>,
    handle: &'a Handle,
    out: &'a mpsc::Sender<Result<Cut>>,
    /// Of the part that was begun last.
    number: u32,
    end: End,
    /// The last full part, if it was not sent on: the first, until it is known whether it is the only
    /// one, and any that is hashed along with its successor.
    last: Option<Filling>,
}

impl<R: Read + AsFd> Cutting<'_, R> {
    /// The first byte of the next part.
    fn next_byte(&mut self) -> Result<Option<u8>> {
        self.wait_for_pair();
        if self.number > 1 {
            self.send_hashed()?;
        }
        let byte = self.input.next_byte()?;
        if byte.is_some() {
            self.send_hashed()?;
        }
        Ok(byte)
    }

    /// Waits for the stream as long as the last part may wait for it; then hashes that alone.
    fn wait_for_pair(&mut self) {
        let Some(last) = &mut self.last else { return };
        if last.unhashed() == 0 {
            return;
        }
        let left = QUICK.saturating_sub(last.age());
        if left.is_zero() || !self.input.is_ready_within(left) {
            last.hash();
            self.pairing = None;
        }
    }

    /// Begins the next part, into which at least one byte fits.
    fn begin(&mut self) -> Result<Filling> {
        let plan = &self.splitter.plan;
        let number = self.number + 1;
        let size = plan
            .part_size(number)
            .ok_or_else(|| plan.exhausted(self.end.size))?;
        let pool = self.splitter.pool.clone();
        let mut take = std::pin::pin!(pool.take(size));
        let at_once = self.handle.block_on(async {
            tokio::select! {
                biased;
                buffer = &mut take => Some(buffer),
                () = ready(()) => None,
            }
        });
        let buffer = match at_once {
            Some(buffer) => buffer,
            None => {
                // Those who hold the others may be waiting for it.
                self.send_last()?;
                self.handle.block_on(take)
            }
        }?;
        self.number = number;
        Ok(Filling::new(number, buffer, self.splitter.hashing.start()))
    }

    /// Fills a part, to its end or that of the stream.
    fn fill(&mut self, part: &mut Filling) -> Result<()> {
        while part.buffer.remaining() > 0 {
            self.wait_for_pair();
            self.send_hashed()?;
            let n = self.input.read(part.buffer.unfilled())?;
            if n == 0 {
                break;
            }
            part.buffer.advance(n);
            match (self.pairing, &mut self.last) {
                (Some(paired_hash), Some(last)) => last.hash_pair(part, paired_hash),
                (Some(_), None) => {}
                (None, _) => part.hash(),
            }
        }
        Ok(())
    }

    /// Takes note of a part that is full, or the last.
    fn filled(&mut self, mut part: Filling) -> Result<()> {
        self.send_last()?;
        self.pairing = self.paired_hash.filter(|_| part.age() < QUICK);
        if self.pairing.is_none() {
            part.hash();
        }
        part.begin_to_wait();
        self.end.push(part.buffer.filled());
        match self.splitter.most {
            Some(most) if self.end.size > most => Err(Error::guard(format!(
                "the source is longer than --size {}",
                typed_size(most)
            ))),
            _ => {
                self.last = Some(part);
                Ok(())
            }
        }
    }

    /// Sends the last part on if it is hashed: there is nothing that it should wait for.
    fn send_hashed(&mut self) -> Result<()> {
        match &self.last {
            Some(last) if last.unhashed() == 0 => self.send_last(),
            _ => Ok(()),
        }
    }

    /// Sends the last part on. It has a successor.
    fn send_last(&mut self) -> Result<()> {
        self.last.take().map_or(Ok(()), |last| {
            self.send(Cut::Part {
                part: last.finish(),
                whole: false,
            })
        })
    }

    /// The stream has ended.
    fn end(mut self) -> Result<()> {
        let at = Instant::now();
        if self.number > 1 {
            self.send_last()?;
        } else {
            let part = self.last.take().map_or_else(
                || Part {
                    number: 1,
                    payload: Payload::Held(Bytes::new()),
                    digests: self.splitter.hashing.digest(&[]),
                },
                Filling::finish,
            );
            self.send(Cut::Part { part, whole: true })?;
        }
        let End { size, tail } = std::mem::take(&mut self.end);
        self.send(Cut::End { size, tail, at })
    }

    fn send(&self, cut: Cut) -> Result<()> {
        let stopped = |_| Error::failed("the upload was stopped");
        self.out.blocking_send(Ok(cut)).map_err(stopped)
    }
}

/// What is known once the stream has ended.
#[derive(Default)]
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
