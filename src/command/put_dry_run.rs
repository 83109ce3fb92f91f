//! `s3stream put --dry-run`: all that can be told before the first byte, of which none is sent.

use super::put::tell;
use crate::config::{Guards, OutputFormat, PutConfig, SourceSpec};
use crate::error::Result;
use crate::log::stderr_line;
use crate::part::plan::Plan;
use crate::part::splitter::TAIL;
use crate::receipt::ResultLine;
use crate::signals::Queue;
use crate::signals::interrupt::Interrupt;
use crate::source::{self, Input, Source, Stream};
use crate::threads::blocking;
use crate::upload::Uploader;
use crate::upload::before_commit::Ended;
use std::fs::File;
use std::io::{Result as IoResult, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// Checks what can be checked without running a command, reading a stream or writing to the store, and
/// says what would be uploaded.
///
/// # Errors
/// Those with which the run would end too, as far as they can be known.
pub(crate) async fn run(config: PutConfig, queue: Queue) -> Result<()> {
    let interrupt = Interrupt::listen(queue, config.upload.retry_policy.timeout)?;
    let destination = &config.destination;
    let size = check(&config, &interrupt).await.map_err(|error| {
        let error = interrupt.overrule(error);
        error.context(format!("{destination} would not be stored"))
    })?;
    let output = &config.output;
    if output.format != OutputFormat::Json && !output.quiet {
        let source = &config.source;
        stderr_line(format_args!("(dry run) upload {source} to {destination}"));
    }
    let line = ResultLine::would_upload(config.source.path(), destination, size);
    tell(output.format, destination, &line);
    Ok(())
}

/// Gives the size of the source, where that is known.
async fn check(config: &PutConfig, interrupt: &Interrupt) -> Result<Option<u64>> {
    let uploader = Uploader::open(&config.upload, Arc::default(), interrupt.clone()).await?;
    let (source, guards) = (config.source.clone(), config.upload.guards.clone());
    let known = interrupt.unless(blocking(move || look_at(&source, &guards)));
    let known = known.await?;
    uploader.check_free(&config.destination).await?;
    let Some(known) = known else {
        return Ok(None);
    };
    uploader.guards.check(&known)?;
    Plan::for_known_size(known.size, &uploader.transfer)?;
    Ok(Some(known.size))
}

/// What there is to know of a source whose end is known before it is read.
fn look_at(source: &SourceSpec, guards: &Guards) -> Result<Option<Ended>> {
    let ended = |size, tail, may_be_empty| Ended {
        size,
        tail,
        may_be_empty,
        at: None,
    };
    match source::open(source)? {
        Source::File(file) | Source::Read(file, _) => {
            let tail = match guards.require_tail {
                Some(_) => file.tail(TAIL as u64)?,
                None => Vec::new(),
            };
            Ok(Some(ended(file.size(), tail, true)))
        }
        Source::Stream(Stream {
            input: Input::Open(file),
            may_be_empty,
            ..
        }) if is_at_end(&file).unwrap_or(false) => Ok(Some(ended(0, Vec::new(), may_be_empty))),
        Source::Stream(_) | Source::Command(_) => Ok(None),
    }
}

/// Whether it is a regular file with nothing more to read; those of /proc only say that they are empty.
fn is_at_end(mut file: &File) -> IoResult<bool> {
    Ok(file.metadata()?.is_file() && file.read_at(&mut [0], file.stream_position()?)? == 0)
}
