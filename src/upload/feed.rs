//! The parts of a source, one after the other, ready to be sent or to be read by whoever sends them.

use crate::blocking::blocking;
use crate::buffer::BufferPool;
use crate::checksum::Hashing;
use crate::error::{Error, Result};
use crate::guard::Ended;
use crate::part::{Part, Payload};
use crate::plan::Plan;
use crate::source::{FileRange, Producer, SourceFile};
use crate::splitter::Cut;
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
        /// Whether an empty stream is as good as any.
        may_be_empty: bool,
    },
    /// Ranges of a file, read by whoever sends them.
    File {
        /// The file.
        file: SourceFile,
        /// Size of each range.
        plan: Plan,
        /// Number of the last range that was given out.
        number: u32,
        /// Where the next range begins.
        offset: u64,
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
    Range {
        /// Where from.
        file: SourceFile,
        /// Part number.
        number: u32,
        /// Where it begins.
        offset: u64,
        /// Bytes to read.
        size: u64,
    },
}

impl Feed {
    pub(super) fn of_file(file: SourceFile, plan: Plan, ended: Ended) -> Self {
        Self::File {
            file,
            plan,
            number: 0,
            offset: 0,
            ended,
        }
    }

    /// The same, after the last range of a file.
    pub(super) fn at_its_end(mut self) -> Self {
        if let Self::File { file, offset, .. } = &mut self {
            *offset = file.size();
        }
        self
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
                    Cut::End { size, tail } => Ok(Next::Ended(Ended {
                        size,
                        tail,
                        may_be_empty: *may_be_empty,
                    })),
                }
            }
            Self::File {
                file,
                plan,
                number,
                offset,
                ended,
            } => {
                let left = file.size() - *offset;
                if left == 0 {
                    return Ok(Next::Ended(ended.clone()));
                }
                *number += 1;
                let most = plan
                    .part_size(*number)
                    .ok_or_else(|| plan.exhausted(*offset))?;
                let size = left.min(most);
                let range = Work::Range {
                    file: file.clone(),
                    number: *number,
                    offset: *offset,
                    size,
                };
                *offset += size;
                Ok(Next::Work(range))
            }
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

    /// Whether the source stands by what it gave: the command that printed it succeeded, the file
    /// is still the same.
    pub(super) async fn stands(&mut self) -> Result<()> {
        match self {
            Self::Stream { producer, .. } => match producer {
                Some(producer) => producer.finish().await,
                None => Ok(()),
            },
            Self::File { file, .. } => file.check_unchanged(),
        }
    }
}

impl Work {
    /// The part, hashed and ready to be sent; what is held of it stays within `pool`.
    pub(super) async fn load(self, pool: &BufferPool, hashing: Hashing) -> Result<Part> {
        let (file, number, offset, size) = match self {
            Self::Ready(part) => return Ok(part),
            Self::Range {
                file,
                number,
                offset,
                size,
            } => (file, number, offset, size),
        };
        if size <= FileRange::HELD {
            let buffer = pool.take(size).await?;
            return blocking(move || file.read_part(number, offset, buffer, hashing)).await;
        }
        let room = pool.reserve(FileRange::HELD).await?;
        let (range, digests) = FileRange::hashed(file, offset, size, room, hashing).await?;
        Ok(Part {
            number,
            payload: Payload::InFile(range),
            digests,
        })
    }

    pub(super) fn number_and_size(&self) -> (u32, u64) {
        match self {
            Self::Ready(part) => (part.number, part.size()),
            Self::Range { number, size, .. } => (*number, *size),
        }
    }
}

/// The next thing from the splitter.
pub(super) async fn receive(cuts: &mut mpsc::Receiver<Result<Cut>>) -> Result<Cut> {
    let gone = || Error::failed("reading the source ended without a result");
    cuts.recv().await.unwrap_or_else(|| Err(gone()))
}
