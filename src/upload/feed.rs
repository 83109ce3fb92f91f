//! The parts of a source, one after the other, ready to be sent or to be read by whoever sends them.

use super::ranges::{Range, Ranges};
use crate::buffer::BufferPool;
use crate::checksum::Hashing;
use crate::error::{Error, Result};
use crate::part::Part;
use crate::part::splitter::Cut;
use crate::source::{Producer, Silence};
use crate::upload::before_commit::Ended;
use tokio::sync::mpsc;

/// A source on its way into parts.
#[derive(Debug)]
pub(super) enum Feed {
    /// Parts that the splitter cuts from a stream.
    Stream {
        /// The part that was awaited to learn that there is more than one.
        first: Option<Part>,
        /// The others.
        cuts: mpsc::Receiver<Result<Cut>>,
        /// The command that prints the stream, if there is one.
        producer: Option<Producer>,
        /// How long it has been waited for.
        silence: Silence,
        /// Whether an empty stream is as good as any.
        may_be_empty: bool,
    },
    /// Ranges of a file, read by whoever sends them.
    File {
        /// The part that was looked at before.
        first: Option<Part>,
        /// The ranges.
        ranges: Ranges,
        /// What is known of its end, as long as the file is the same.
        ended: Ended,
    },
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    /// A part to send.
    Work(Work),
    /// Nothing more.
    Ended(Ended),
}

/// A part to send.
#[derive(Debug)]
pub(super) enum Work {
    /// Its bytes are here.
    Ready(Part),
    /// Its bytes have to be read.
    Range(Range),
}

impl Feed {
    /// The ranges of a file, of which is known what it ends with.
    pub(super) fn of_file(ranges: Ranges, ended: Ended) -> Self {
        Self::File {
            first: None,
            ranges,
            ended,
        }
    }

    pub(super) async fn next(&mut self) -> Result<Next> {
        match self {
            Self::Stream {
                first,
                cuts,
                may_be_empty,
                ..
            } => {
                if let Some(part) = first.take() {
                    return Ok(Next::Work(Work::Ready(part)));
                }
                match receive(cuts).await? {
                    Cut::Part { part, .. } => Ok(Next::Work(Work::Ready(part))),
                    Cut::End { size, tail, at } => Ok(Next::Ended(Ended {
                        size,
                        tail,
                        may_be_empty: *may_be_empty,
                        at: Some(at),
                    })),
                }
            }
            Self::File {
                first,
                ranges,
                ended,
            } => {
                if let Some(part) = first.take() {
                    return Ok(Next::Work(Work::Ready(part)));
                }
                Ok(match ranges.next()? {
                    Some(range) => Next::Work(Work::Range(range)),
                    None => Next::Ended(ended.clone()),
                })
            }
        }
    }

    /// The part that was awaited, if there is one.
    pub(super) fn take_first(&mut self) -> Option<Part> {
        match self {
            Self::Stream { first, .. } | Self::File { first, .. } => first.take(),
        }
    }

    /// Makes `part` the next one.
    pub(super) fn put_back(&mut self, part: Part) {
        match self {
            Self::Stream { first, .. } | Self::File { first, .. } => *first = Some(part),
        }
    }

    /// Size in bytes, where it is known in advance.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Stream { .. } => None,
            Self::File { ended, .. } => Some(ended.size),
        }
    }

    /// Parts that are made ready beside those in flight, of the `buffer` that may be: the splitter sees
    /// to that by itself.
    pub(super) fn ahead(&self, buffer: usize) -> usize {
        match self {
            Self::Stream { .. } => 0,
            Self::File { .. } => buffer,
        }
    }

    /// Asks the command that prints the stream to end: nobody reads it any more.
    pub(super) fn stop(&mut self) {
        if let Self::Stream {
            producer: Some(producer),
            ..
        } = self
        {
            producer.ask_to_end();
        }
    }

    /// Checks that the source is whole and still what was read of it: the command that printed it succeeded, the
    /// file is still the same. Gives whether there was a command.
    pub(super) async fn verify_source(&mut self) -> Result<bool> {
        match self {
            Self::Stream {
                producer: Some(producer),
                silence,
                ..
            } => {
                // Who has closed its output and does not end is as silent as who prints nothing.
                silence.begin();
                let finished = producer.finish().await;
                silence.end();
                finished.map(|()| true)
            }
            Self::Stream { .. } => Ok(false),
            Self::File { ranges, .. } => ranges.verify().await.map(|()| false),
        }
    }
}

impl Work {
    /// The part, hashed and ready to be sent; what is held of it stays within `pool`.
    pub(super) async fn load(self, pool: &BufferPool, hashing: Hashing) -> Result<Part> {
        match self {
            Self::Ready(part) => Ok(part),
            Self::Range(range) => range.load(pool, hashing).await,
        }
    }

    pub(super) fn number_and_size(&self) -> (u32, u64) {
        match self {
            Self::Ready(part) => (part.number, part.size()),
            Self::Range(range) => (range.number, range.size),
        }
    }
}

/// The next thing from the splitter.
pub(super) async fn receive(cuts: &mut mpsc::Receiver<Result<Cut>>) -> Result<Cut> {
    let gone = || Error::failed("reading the source ended without a result");
    cuts.recv().await.unwrap_or_else(|| Err(gone()))
}
