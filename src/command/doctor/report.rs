//! The lines of a run: each is written as soon as it is known.

use super::check::Check;
use super::finding::{Finding, Status};
use crate::config::{Destination, Output, OutputFormat};
use crate::error::{Error, Result};
use crate::log::{printable, stderr_line};
use crate::receipt::UNWRITTEN;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::time::Instant;
use strum::IntoEnumIterator as _;

/// The lines so far.
#[derive(Debug)]
pub(super) struct Report {
    format: OutputFormat,
    quiet: bool,
    /// When the last line was written.
    since: Instant,
    told: BTreeSet<Check>,
    /// Numbers of lines: ok, warning, failed, skipped.
    counts: [usize; 4],
    /// What failed first.
    failed: Option<String>,
    unwritten: Option<io::Error>,
}

/// A line of JSON; schemas/doctor.schema.json describes it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    check: String,
    status: Status,
    found: &'a str,
    hint: Option<&'a str>,
    seconds: f64,
}

impl Report {
    pub(super) fn new(output: &Output) -> Self {
        Self {
            format: output.format,
            quiet: output.quiet,
            since: Instant::now(),
            told: BTreeSet::new(),
            counts: [0; 4],
            failed: None,
            unwritten: None,
        }
    }

    /// Writes the line of a check, which took the time since the line before.
    pub(super) fn tell(&mut self, check: Check, finding: &Finding) {
        let seconds = self.since.elapsed().as_secs_f64();
        self.told.insert(check);
        self.counts[finding.status as usize] += 1;
        let is_news = matches!(finding.status, Status::Warning | Status::Failed);
        if finding.status == Status::Failed && self.failed.is_none() {
            self.failed = Some(format!("{check}: {}", finding.found));
        }
        if is_news || !self.quiet {
            self.write(check, finding, seconds);
        }
        self.since = Instant::now();
    }

    /// Says of all checks that were to come that they were not tried.
    pub(super) fn skip_rest(&mut self, because: &str) {
        let left = Check::iter().filter(|it| it.is_always_told() && !self.told.contains(it));
        for check in left.collect::<Vec<_>>() {
            let found = format!("not tried, because {because}");
            self.tell(check, &Finding::skipped(found));
        }
    }

    /// Whether no upload can be made.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Says what it comes to.
    ///
    /// # Errors
    /// When no upload can be made, or not all lines could be written.
    pub(super) fn finish(self, destination: &Destination) -> Result<()> {
        let [ok, warnings, failed, skipped] = self.counts;
        if let Some(why) = self.failed {
            return Err(Error::failed(format!("{destination} can't be written to")).because(why));
        }
        if let Some(error) = self.unwritten {
            return Err(Error::failed(UNWRITTEN).caused_by(error));
        }
        debug_assert_eq!(failed, 0);
        if !self.quiet && io::stderr().is_terminal() {
            let warnings = crate::progress::count(warnings, "warning", "warnings");
            stderr_line(format_args!(
                "{destination} can be written to: {ok} ok, {warnings}, {skipped} skipped"
            ));
        }
        Ok(())
    }

    fn write(&mut self, check: Check, finding: &Finding, seconds: f64) {
        if self.unwritten.is_some() {
            return;
        }
        let mut out = io::stdout().lock();
        let text = match self.format {
            OutputFormat::None => return,
            OutputFormat::Text => text(check, finding),
            OutputFormat::Json => json(check, finding, seconds),
        };
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        // Whoever has seen enough may leave.
        self.unwritten = written
            .err()
            .filter(|error| error.kind() != ErrorKind::BrokenPipe);
    }
}

fn text(check: Check, finding: &Finding) -> String {
    let (status, check) = (finding.status.to_string(), check.to_string());
    let found = printable(&finding.found);
    let hint = finding.hint.as_deref().map(printable);
    let hint = hint.map_or_else(String::new, |hint| format!("{:9}hint: {hint}\n", ""));
    format!("{status:<7}  {check:<15}  {found}\n{hint}")
}

fn json(check: Check, finding: &Finding, seconds: f64) -> String {
    let line = Line {
        check: check.to_string(),
        status: finding.status,
        found: &finding.found,
        hint: finding.hint.as_deref(),
        seconds,
    };
    let line = serde_json::to_string(&line).unwrap_or_default();
    format!("{line}\n")
}

/// Writes the line of settings that can't be used, before there is a run.
pub(crate) fn tell_refused(format: OutputFormat, error: &Error) {
    let output = Output {
        format,
        ..Output::default()
    };
    let finding = Finding::of_error(Status::Failed, error);
    Report::new(&output).tell(Check::Settings, &finding);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report::new(&Output::default())
    }

    fn destination() -> Destination {
        Destination {
            bucket: "b".to_owned(),
            key: "k".to_owned(),
        }
    }

    #[test]
    fn only_what_fails_fails_the_run() {
        let mut fine = report();
        for finding in [
            Finding::ok("a"),
            Finding::warning("b"),
            Finding::skipped("c"),
        ] {
            fine.tell(Check::List, &finding);
        }
        fine.finish(&destination()).unwrap();
        let mut bad = report();
        bad.tell(Check::Bucket, &Finding::failed("none"));
        bad.tell(Check::Multipart, &Finding::failed("neither"));
        let error = bad.finish(&destination()).unwrap_err();
        assert_eq!(error.exit_status(), 1);
        let line = "s3://b/k can't be written to: bucket: none";
        assert_eq!(format!("{error:#}"), line);
    }

    #[test]
    fn what_was_to_come_is_told_once() {
        let mut report = report();
        report.tell(Check::NameResolution, &Finding::failed("no address"));
        report.skip_rest("it has no address");
        let always = Check::iter().filter(|it| it.is_always_told()).count();
        assert_eq!(report.counts, [0, 0, 1, always - 1]);
        report.skip_rest("it has no address");
        assert_eq!(report.counts, [0, 0, 1, always - 1]);
    }

    #[test]
    fn a_line_stays_one_whatever_a_store_says() {
        let finding = Finding::warning("a\nok").hint("x\u{1b}[2J");
        let expected = "warning  part-limit       a\\nok\n         hint: x\\u{1b}[2J\n".to_owned();
        assert_eq!(text(Check::PartLimit, &finding), expected);
    }

    #[test]
    fn hints_are_kept() {
        let finding = Finding::ok("a").hint("second").hint("first");
        assert_eq!(finding.hint.as_deref(), Some("first; second"));
    }
}
