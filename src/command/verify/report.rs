//! What was found out about each object: told as it is known, summed up at the end.

use super::finding::{Finding, Status};
use super::result_line::VerifyLine;
use crate::config::{Destination, Output, OutputFormat};
use crate::error::{Error, Kind, Reach, Result};
use crate::log::{stderr_line, warn};
use crate::receipt::UNWRITTEN;
use std::io;
use std::path::Path;
use tracing::info;

/// Hints at the end.
const HINTS: usize = 3;

/// Tells, and counts.
#[derive(Debug)]
pub(super) struct Report {
    output: Output,
    is_read: bool,
    pub(super) found: u64,
    equal: u64,
    differ: u64,
    unverifiable: u64,
    failed: u64,
    hints: Vec<String>,
}

impl Report {
    pub(super) fn new(output: &Output) -> Self {
        Self {
            output: output.clone(),
            is_read: true,
            found: 0,
            equal: 0,
            differ: 0,
            unverifiable: 0,
            failed: 0,
            hints: Vec::new(),
        }
    }

    /// Writes a line to standard output. That nobody takes it changes nothing of what was found out.
    pub(super) fn line(&mut self, line: &VerifyLine<'_>) {
        let written = match self.is_read {
            true => line.write(self.output.format, io::stdout().lock()),
            false => return,
        };
        if let Err(error) = written {
            self.is_read = false;
            warn("verify", format_args!("{UNWRITTEN}: {error}"));
        }
    }

    /// Tells of an object of many.
    pub(super) fn add(
        &mut self,
        path: Option<&Path>,
        destination: &Destination,
        finding: &Finding,
    ) {
        self.line(&VerifyLine::found(path, destination, finding));
        let subject = path.map_or(destination.to_string(), |it| it.display().to_string());
        let why = &finding.why;
        match finding.status {
            Status::Equal => {
                self.equal += 1;
                tell_equal(destination, finding);
            }
            Status::Unverifiable => {
                self.unverifiable += 1;
                stderr_line(format_args!("can't be verified: {subject}: {why}"));
                self.hint("use --download: it reads the objects, and compares their bytes");
            }
            Status::Differs | Status::Failed => {
                self.differ += 1;
                stderr_line(format_args!("differs: {subject}: {why}"));
            }
        }
    }

    /// Tells of an object of many about which nothing could be found out.
    pub(super) fn failed(
        &mut self,
        path: Option<&Path>,
        destination: Option<&Destination>,
        error: &Error,
    ) {
        self.line(&VerifyLine::failed(path, destination, Some(error)));
        self.failed += 1;
        // A signal is told once, at the end.
        if error.kind.signal().is_none() {
            let subject = match (path, destination) {
                (Some(path), _) => path.display().to_string(),
                (None, Some(destination)) => destination.to_string(),
                (None, None) => "-".to_owned(),
            };
            stderr_line(format_args!("failed: {subject}: {error:#}"));
            error.hints.iter().for_each(|hint| self.hint(hint));
        }
    }

    /// Tells of what is left out.
    pub(super) fn left_out(&self, path: &Path, why: &str) {
        if !self.output.quiet {
            warn(path.display(), format_args!("left out: {why}"));
        }
    }

    fn hint(&mut self, hint: &str) {
        if self.hints.len() < HINTS && !self.hints.iter().any(|it| it == hint) {
            self.hints.push(hint.to_owned());
        }
    }

    /// Whether any object is not known to be equal.
    pub(super) fn has_others(&self) -> bool {
        self.differ + self.unverifiable + self.failed > 0
    }

    /// Whether no other object would fare better than one of which nothing could be found out.
    pub(super) fn ends_run(&self, reach: Reach) -> bool {
        match reach {
            Reach::Object => false,
            Reach::RunUnlessStored => self.equal + self.differ + self.unverifiable == 0,
            Reach::Run => true,
        }
    }

    /// The result of the whole run, which `stopped` ended too soon, if that is so.
    ///
    /// # Errors
    /// When not all objects are equal, or the run was ended by a signal.
    pub(super) fn finish(self, stopped: Option<Error>) -> Result<()> {
        let told = self.told();
        match stopped {
            Some(signal) if signal.kind.signal().is_some() => return Err(signal.because(told)),
            None if !self.has_others() => return Ok(()),
            _ => {}
        }
        let kind = match self.equal {
            0 => Kind::Failed,
            _ => Kind::Partial,
        };
        let mut error = Error::new(kind, told);
        if let Some(reason) = stopped {
            error.hints.clone_from(&reason.hints);
            error = error.caused_by(reason);
        }
        for hint in self.hints {
            if !error.hints.contains(&hint) {
                error.hints.push(hint);
            }
        }
        Err(error)
    }

    fn told(&self) -> String {
        let known = self.equal + self.differ + self.unverifiable + self.failed;
        let unknown = self.found.saturating_sub(known);
        let numbers = [
            (self.equal, "are equal"),
            (self.differ, "differ"),
            (self.unverifiable, "can't be verified without reading them"),
            (self.failed, "failed"),
            (unknown, "were not looked at"),
        ];
        let told = numbers.iter().enumerate();
        let told = told.filter(|(at, (count, _))| *at == 0 || *count > 0);
        let told: Vec<_> = told
            .map(|(_, (count, what))| format!("{count} {what}"))
            .collect();
        format!("of {} objects {}", self.found, told.join(", "))
    }
}

/// Writes the line of settings that can't be used, before there is a run.
pub(crate) fn tell_refused(format: OutputFormat, error: &Error) {
    let output = Output {
        format,
        ..Output::default()
    };
    Report::new(&output).line(&VerifyLine::failed(None, None, Some(error)));
}

/// Says, to whoever wants to know, what was compared.
pub(super) fn tell_equal(destination: &Destination, finding: &Finding) {
    let compared = finding.compared.as_deref().unwrap_or_default();
    info!("{destination}: equal by {compared}");
}
