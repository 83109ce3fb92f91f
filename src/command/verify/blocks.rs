//! The bytes of a source, block by block: held by the pool's bounds, read on a thread of its own.

use crate::buffer::BufferPool;
use crate::checksum::{Algorithm, Hashing};
use crate::config::{MIB, SourceSpec};
use crate::error::{Error, Result};
use crate::part::Payload;
use crate::part::plan::Plan;
use crate::part::splitter::{Cut, Splitter};
use crate::progress::{CountedReader, UploadProgress};
use crate::signals::interrupt::Interrupt;
use crate::source::{FileReader, Heard, Input, Producer, Silence, Source, SourceFile, Stream};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Bytes that are read before they are handed on. A full pipe is emptied at once.
pub(super) const BLOCK: u64 = MIB;

/// What reading needs besides the source.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) pool: BufferPool,
    pub(super) progress: Arc<UploadProgress>,
    pub(super) interrupt: Interrupt,
    /// How long the producer of a stream may be silent.
    pub(super) idle_timeout: Option<Duration>,
}

/// A source that is being read.
#[derive(Debug)]
pub(super) struct SourceBlocks {
    cuts: mpsc::Receiver<Result<Cut>>,
    producer: Option<Producer>,
    silence: Silence,
    file: Option<SourceFile>,
    /// Whether the descriptor is shared, and is left behind the source.
    is_stdin: bool,
}

impl SourceBlocks {
    /// Starts to read `source`, which `spec` named: starts a COMMAND, waits for the writer of a FIFO.
    ///
    /// # Errors
    /// When it can't be started.
    pub(super) fn start(spec: &SourceSpec, source: Source, reading: &Reading) -> Result<Self> {
        let (stream, file) = match source {
            Source::Command(command) => (Some(command.start()?), None),
            Source::Stream(stream) => (Some(stream), None),
            Source::File(file) | Source::Read(file, _) => (None, Some(file)),
        };
        let splitter = Splitter {
            plan: Plan::blocks(BLOCK),
            pool: reading.pool.clone(),
            hashing: Hashing {
                algorithm: Algorithm::None,
                payload_sha256: false,
            },
            most: None,
        };
        let silence = Silence::begun();
        let progress = Arc::clone(&reading.progress);
        let mut producer = None;
        let cuts = match (stream, file.clone()) {
            (Some(stream), _) => {
                let Stream {
                    input,
                    producer: its_producer,
                    ..
                } = stream;
                producer = its_producer;
                start_stream(splitter, input, silence.clone(), progress)?
            }
            (None, Some(file)) => splitter.start(move || {
                let input = FileReader::new(file);
                Ok(CountedReader { input, progress })
            })?,
            (None, None) => return Err(Error::failed("there is nothing to read")),
        };
        if let Some(producer) = &producer {
            producer.end_run_if_it_fails(&reading.interrupt);
        }
        if let (Some(limit), None) = (reading.idle_timeout, &file) {
            silence.end_after(limit, &reading.interrupt);
        }
        Ok(Self {
            cuts,
            producer,
            silence,
            file,
            is_stdin: *spec == SourceSpec::Stdin,
        })
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors
    /// When the source can't be read.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        let failed = || Error::failed("reading the source failed");
        loop {
            let cut = self.cuts.recv().await.unwrap_or_else(|| Err(failed()))?;
            let Cut::Part { part, .. } = cut else {
                return Ok(None);
            };
            match part.payload {
                // The only part of an empty source.
                Payload::Held(bytes) if bytes.is_empty() => {}
                Payload::Held(bytes) => return Ok(Some(bytes)),
                Payload::Reread(_) => return Err(failed()),
            }
        }
    }

    /// Checks, behind the end, that all of it was read: its COMMAND succeeded, the file is still the same.
    ///
    /// # Errors
    /// When it did not, or is not.
    pub(super) async fn finish(&mut self) -> Result<()> {
        if let Some(producer) = &mut self.producer {
            // Who has closed its output and does not end is as silent as who prints nothing.
            self.silence.begin();
            let finished = producer.finish().await;
            self.silence.end();
            return finished;
        }
        let Some(file) = &self.file else {
            return Ok(());
        };
        file.verify()?;
        if self.is_stdin {
            // Whoever shares the descriptor goes on behind the source; what was found out stays true.
            let _ = file.seek_to_end();
        }
        Ok(())
    }

    /// Nobody reads on: a COMMAND is asked to end.
    pub(super) fn stop(&self) {
        if let Some(producer) = &self.producer {
            producer.ask_to_end();
        }
    }
}

fn start_stream(
    splitter: Splitter,
    input: Input,
    silence: Silence,
    progress: Arc<UploadProgress>,
) -> Result<mpsc::Receiver<Result<Cut>>> {
    splitter.start(move || {
        let input = input.open()?;
        Ok(Heard::new(CountedReader { input, progress }, silence))
    })
}

/// The size of a source, where it is known before it is read.
pub(super) fn known_size(source: &Source) -> Option<u64> {
    match source {
        Source::File(file) | Source::Read(file, _) => Some(file.size()),
        Source::Stream(_) | Source::Command(_) => None,
    }
}
