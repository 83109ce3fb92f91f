//! What became of each file: told as it ends, summed up at the end.

use super::failures::Failures;
use crate::config::{Destination, Output, OutputFormat, PutManyConfig};
use crate::error::{Error, Kind, Result};
use crate::log::{stderr_line, warn};
use crate::progress::FilesProgress;
use crate::receipt::{self, Receipt, ReceiptFile, ResultLine};
use bytesize::ByteSize;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What became of a file that has a key.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is stored.
    Uploaded(Box<Receipt>),
    /// It was passed over, and why.
    Skipped(&'static str),
    /// It would be uploaded, were this not a dry run.
    WouldUpload,
    /// It is not stored.
    Failed(Error),
}

/// Tells, counts, and remembers the failures.
#[derive(Debug)]
pub(super) struct Report {
    output: Output,
    progress: Arc<FilesProgress>,
    receipts: Option<ReceiptFile>,
    /// Whether standard output still takes the results.
    listened_to: bool,
    failures: Failures,
    dry_run: bool,
    /// What a dry run would upload: files and bytes.
    planned: (u64, u64),
    /// Folders with nothing in them of which no marker was stored.
    empty_folders: u64,
}

impl Report {
    pub(super) fn new(
        config: &PutManyConfig,
        progress: Arc<FilesProgress>,
        receipts: Option<ReceiptFile>,
    ) -> Self {
        Self {
            receipts,
            output: config.output.clone(),
            progress,
            listened_to: true,
            failures: Failures::default(),
            dry_run: config.dry_run,
            planned: (0, 0),
            empty_folders: 0,
        }
    }

    /// Tells what became of a file of `size` bytes.
    pub(super) fn add(
        &mut self,
        path: &Path,
        size: u64,
        destination: &Destination,
        outcome: Outcome,
    ) {
        match outcome {
            Outcome::Uploaded(receipt) => {
                self.progress.uploaded(size);
                self.line(|| ResultLine::uploaded(Some(path), &receipt));
                if let Some(receipts) = &mut self.receipts {
                    receipts.add(Some(path), &receipt);
                }
                // Even with --quiet: what was asked for and is not there is no mere news.
                for warning in &receipt.warnings {
                    warn(path.display(), warning);
                }
            }
            Outcome::Skipped(why) => {
                self.progress.skipped(size);
                self.line(|| ResultLine::skipped(path, destination, size, why));
                tracing::info!("{}: passed over: {why}", path.display());
            }
            Outcome::WouldUpload => {
                self.progress.skipped(size);
                self.planned.0 += 1;
                self.planned.1 += size;
                self.line(|| ResultLine::would_upload(Some(path), destination, Some(size)));
                let path = path.display();
                self.say_of_dry_run(format_args!("upload {path} to {destination}"));
            }
            Outcome::Failed(error) => self.failed(path, size, Some(destination), error),
        }
    }

    /// Tells of a file that is not stored; without a destination where it has no key.
    pub(super) fn failed(
        &mut self,
        path: &Path,
        size: u64,
        destination: Option<&Destination>,
        error: Error,
    ) {
        self.progress.failed(size);
        self.line(|| ResultLine::failed(Some(path), destination, &error));
        // Even with --quiet: it is an error.
        for line in self.failures.add(path, &error) {
            stderr_line(format_args!("{line}"));
        }
    }

    /// What ends the run is told once, not for each file that it reaches.
    pub(super) fn run_ended(&mut self, reason: &Error) {
        self.failures.run_ended(reason);
    }

    /// As that of `put`, on standard error: standard output has what `--output` asks for, and no more.
    fn say_of_dry_run(&self, what: std::fmt::Arguments<'_>) {
        if self.output.format != OutputFormat::Json && !self.output.quiet {
            stderr_line(format_args!("(dry run) {what}"));
        }
    }

    /// Counts a folder with nothing in it of which no marker is stored.
    pub(super) fn empty_folder(&mut self, path: &Path) {
        self.empty_folders += 1;
        tracing::info!("{}: left out: it is an empty folder", path.display());
    }

    /// What is worth a line at the end, to those who look on.
    pub(super) fn summary(&self) -> Option<String> {
        let folders = match self.empty_folders {
            _ if self.output.quiet => return None,
            0 => return None,
            1 => "1 empty folder was".to_owned(),
            count => format!("{count} empty folders were"),
        };
        Some(format!("{folders} left out (--empty-dirs stores them)"))
    }

    /// Tells of something that is left out or not as asked, though nothing failed.
    pub(super) fn warn(&self, path: &Path, why: &str) {
        if !self.output.quiet {
            warn(path.display(), why);
        }
    }

    /// Whether any file failed so far.
    pub(super) fn has_failures(&self) -> bool {
        !self.failures.is_empty()
    }

    /// The result of the whole run, which `stopped` ended too soon, if that is so. Counted is all that is known not to be stored, whether it was tried or not.
    ///
    /// # Errors
    /// When a file is not stored, or the run was ended by a signal.
    pub(super) fn finish(mut self, stopped: Option<Error>) -> Result<()> {
        if let Some(receipts) = self.receipts.take() {
            receipts.finish();
        }
        let files = self.progress.counts();
        if self.dry_run {
            let (planned, bytes) = self.planned;
            let (passed_over, bytes) = (files.skipped.saturating_sub(planned), ByteSize(bytes));
            self.say_of_dry_run(format_args!(
                "to upload: {planned} (of {bytes:.2} in all); to pass over: {passed_over}"
            ));
        }
        let stored = files.uploaded + files.skipped;
        let told = self.missing(stopped.is_some());
        match stopped {
            Some(signal) if signal.kind.signal().is_some() => {
                let signal = self.failures.with_leftovers(signal);
                return Err(match told.is_empty() {
                    true if self.dry_run => signal,
                    true if files.uploaded == 0 || files.skipped > 0 => {
                        signal.because("no file is missing")
                    }
                    true => signal.because(format!("all {} files are stored", files.found)),
                    false => signal.because(told),
                });
            }
            _ if told.is_empty() => return Ok(()),
            _ => {}
        }
        let kind = if stored > 0 {
            Kind::Partial
        } else {
            Kind::Failed
        };
        let error = self.failures.with_leftovers(Error::new(kind, told));
        Err(self.failures.explain(error, stopped))
    }

    /// Says how many files are missing; nothing where none is.
    fn missing(&self, stopped: bool) -> String {
        let files = self.progress.counts();
        let found = files.found;
        let not_as_asked = self.failures.not_as_asked;
        let missing = found.saturating_sub(files.uploaded + files.skipped + not_as_asked);
        let unsettled = match self.failures.unsettled {
            0 => String::new(),
            count => format!(" ({count} of them may be all the same)"),
        };
        let missing = match (missing, files.all_found || !stopped) {
            (0, true) => None,
            (0, false) => Some("not all files were found".to_owned()),
            (_, true) => Some(format!(
                "{missing} of {found} files were not stored{unsettled}"
            )),
            (_, false) => Some(format!(
                "at least {missing} of at least {found} files were not stored{unsettled}"
            )),
        };
        let not_as_asked = (not_as_asked > 0)
            .then(|| format!("{not_as_asked} of {found} files are stored, but not as asked"));
        let told: Vec<_> = missing.into_iter().chain(not_as_asked).collect();
        told.join("; ")
    }

    /// Writes a result to standard output, for as long as that takes it. That it does not is no failure of the
    /// upload, and is told once, also with `--quiet`: the results were asked for.
    fn line<'a>(&mut self, line: impl FnOnce() -> ResultLine<'a>) {
        if !self.listened_to || self.output.format == OutputFormat::None {
            return;
        }
        if let Err(error) = line().write(self.output.format, io::stdout().lock()) {
            self.listened_to = false;
            warn(receipt::UNWRITTEN, error);
        }
    }
}
