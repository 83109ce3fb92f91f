//! `s3stream put`: one source, one object.

use crate::config::{Destination, OutputFormat, PutConfig, ReceiptTarget, SourceSpec};
use crate::error::{Error, Kind, Result};
use crate::log::warn;
use crate::progress::{ProgressDisplay, UploadProgress};
use crate::receipt::{self, Receipt, ReceiptFile, ResultLine};
use crate::resume::StateFile;
use crate::signals::Queue;
use crate::signals::interrupt::Interrupt;
use crate::source::{self, Source};
use crate::threads::blocking;
use crate::upload::Uploader;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Uploads all of the source, or nothing, and tells of it as `config` asks. What is done counts in
/// `progress`.
///
/// # Errors
/// When nothing is committed, or what is can't be trusted.
pub(crate) async fn run(
    config: PutConfig,
    queue: Queue,
    progress: Arc<UploadProgress>,
) -> Result<()> {
    let interrupt = Interrupt::listen(queue, config.upload.retry_policy.timeout)?;
    let destination = config.destination.clone();
    let output = config.output.clone();
    output.receipt.as_ref().map_or(Ok(()), ReceiptFile::check)?;
    let mut state = match config.resume.clone() {
        Some(path) => Some(open_state(path, &destination, &interrupt).await?),
        None => None,
    };
    if let Some(warning) = state
        .as_ref()
        .and_then(StateFile::warning)
        .filter(|_| !output.quiet)
    {
        warn(&destination, warning);
    }
    let resume = state.as_mut().map(|it| it.resume(output.quiet));
    let uploaded = async {
        let uploader =
            Uploader::open(&config.upload, Arc::clone(&progress), interrupt.clone()).await?;
        let uploader = match resume {
            Some(resume) => uploader.resuming(resume),
            None => uploader,
        };
        // Nothing is drawn before bytes flow; but COMMAND is told by then that something will be.
        let shown = Arc::clone(&progress);
        let state = move || shown.snapshot();
        let display = ProgressDisplay::start(&output, &destination.to_string(), state);
        let source = source::open(&config.source)?;
        let shared = match (&config.source, &source) {
            (SourceSpec::Stdin, Source::File(file)) => Some(file.clone()),
            _ => None,
        };
        let uploaded = uploader.upload(&destination, source).await;
        display.finish(uploaded.is_ok());
        if let (Ok(receipt), Some(target)) = (&uploaded, &output.receipt) {
            write_down(target, &uploader, config.source.path(), receipt);
        }
        if let (Ok(_), Some(stdin)) = (&uploaded, shared) {
            // What is stored is stored, wherever others read on.
            let _ = stdin.seek_to_end();
        }
        uploaded
    };
    let receipt: Receipt = uploaded.await.map_err(|error| {
        let error = interrupt.overrule(error);
        let what = match error.kind {
            Kind::NotAsAsked => destination.to_string(),
            _ if error.is_unsettled() => {
                format!("it is not known whether {destination} is stored whole")
            }
            _ => format!("{destination} was not stored"),
        };
        error.context(what)
    })?;
    // Even with --quiet: what was asked for and is not there is no mere news.
    for warning in &receipt.warnings {
        warn(&destination, warning);
    }
    // The object is stored, whoever still listens.
    let line = ResultLine::uploaded(config.source.path(), &receipt);
    tell(output.format, &destination, &line);
    Ok(())
}

/// Opens the file of `--resume`.
async fn open_state(
    path: PathBuf,
    destination: &Destination,
    interrupt: &Interrupt,
) -> Result<StateFile> {
    let destination = destination.clone();
    let opened = blocking(move || StateFile::open(&path, &destination));
    interrupt.unless(opened).await
}

/// Writes the receipt. The object is stored, whether or not that works.
fn write_down(target: &ReceiptTarget, uploader: &Uploader, path: Option<&Path>, receipt: &Receipt) {
    match ReceiptFile::begin(target, Arc::clone(&uploader.store)) {
        Ok(mut file) => {
            file.add(path, receipt);
            file.finish();
        }
        Err(error) => warn(target.path.display(), format_args!("{error:#}")),
    }
}

/// Writes the line of a run that failed, as far as it got; gives its error back.
pub(crate) fn tell_failure(
    format: OutputFormat,
    path: Option<&Path>,
    destination: Option<&Destination>,
    error: Error,
) -> Error {
    let line = ResultLine::failed(path, destination, &error);
    match destination {
        Some(destination) => tell(format, destination, &line),
        None => tell(format, "put", &line),
    }
    error
}

/// Writes the line of `subject` to standard output. That nobody takes it changes nothing of what is
/// stored: that is a warning.
pub(super) fn tell(format: OutputFormat, subject: impl Display, line: &ResultLine<'_>) {
    if let Err(error) = line.write(format, std::io::stdout().lock()) {
        warn(subject, format_args!("{}: {error}", receipt::UNWRITTEN));
    }
}
