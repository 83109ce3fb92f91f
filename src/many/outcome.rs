//! What became of each file: told as it ends, summed up at the end.

use crate::config::{Destination, Output, OutputFormat};
use crate::error::{Error, Kind, Result};
use crate::progress::{Crowd, Stderr};
use crate::receipt::{FileLine, Receipt};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
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

/// Hints at the end, so that a thousand failures do not give a thousand.
const HINTS: usize = 3;

/// Tells, counts, and remembers the failures.
#[derive(Debug)]
pub(super) struct Report {
    output: Output,
    crowd: Arc<Crowd>,
    failures: Vec<(PathBuf, Error)>,
}

impl Report {
    pub(super) fn new(output: Output, crowd: Arc<Crowd>) -> Self {
        Self {
            output,
            crowd,
            failures: Vec::new(),
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
                self.crowd.uploaded(size);
                self.line(&FileLine::uploaded(path, &receipt));
                // Even with --quiet: what was asked for and is not there is no mere news.
                for warning in &receipt.warnings {
                    let _ = writeln!(Stderr, "warning: {}: {warning}", path.display());
                }
            }
            Outcome::Skipped(why) => {
                self.crowd.skipped(size);
                self.line(&FileLine::skipped(path, destination));
                tracing::info!("{}: passed over: {why}", path.display());
            }
            Outcome::WouldUpload => {
                self.crowd.skipped(size);
                self.line(&FileLine::would_upload(path, destination));
                // A dry run is there to be read.
                if self.output.format != OutputFormat::Json && !self.output.quiet {
                    let path = path.display();
                    let _ = writeln!(io::stdout(), "(dry run) upload {path} to {destination}");
                }
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
        self.crowd.failed(size);
        self.line(&FileLine::failed(path, destination, &error));
        self.note(&failure(path, &error));
        self.failures.push((path.to_owned(), error));
    }

    /// Tells of something that is left out or not as asked, though nothing failed.
    pub(super) fn warn(&self, path: &Path, why: &str) {
        self.note(&format!("warning: {}: {why}", path.display()));
    }

    /// Whether any file failed so far.
    pub(super) fn has_failures(&self) -> bool {
        !self.failures.is_empty()
    }

    /// The result of the whole run; every failure is named again.
    ///
    /// # Errors
    /// When a file failed.
    pub(super) fn finish(self) -> Result<()> {
        if self.failures.is_empty() {
            return Ok(());
        }
        let files = self.crowd.files();
        let stored = files.uploaded + files.skipped;
        let kind = if stored > 0 {
            Kind::Partial
        } else {
            Kind::Failed
        };
        let (failed, of) = (files.failed, files.done());
        let mut told = Error::new(kind, format!("{failed} of {of} files were not stored"));
        for (path, error) in &self.failures {
            told.details.push(failure(path, error));
            for hint in &error.hints {
                if !told.hints.contains(hint) && told.hints.len() < HINTS {
                    told.hints.push(hint.clone());
                }
            }
        }
        Err(told)
    }

    fn line(&self, line: &FileLine<'_>) {
        // Whoever no longer listens does not stop the upload.
        let _ = line.write(self.output.format, io::stdout().lock());
    }

    fn note(&self, line: &str) {
        if !self.output.quiet {
            let _ = writeln!(Stderr, "{line}");
        }
    }
}

fn failure(path: &Path, error: &Error) -> String {
    format!("failed: {}: {error}", path.display())
}
