//! The failures of a run: each is told once, as it happens, and only so much is remembered of them. A
//! million must not fill the memory.

use crate::error::{Error, Kind};
use std::path::Path;

/// Commands that end what is left behind, told at the end.
const LEFTOVERS: usize = 1000;
/// Hints at the end, so that a thousand failures do not give a thousand.
const HINTS: usize = 3;

/// What is to be said at the end of the files that failed.
#[derive(Debug, Default)]
pub(super) struct Failures {
    all: u64,
    /// Stored, but not protected as was asked for.
    pub(super) not_as_asked: u64,
    /// Perhaps stored all the same.
    pub(super) unsettled: u64,
    /// What ended the run, once it did.
    ended_by: Option<String>,
    hints: Vec<String>,
    leftovers: Vec<String>,
}

impl Failures {
    pub(super) fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// From now on, what fails for the reason that ends the run is counted only.
    pub(super) fn run_ended(&mut self, reason: &Error) {
        self.ended_by.get_or_insert_with(|| reason.to_string());
    }

    /// Counts a file that failed; gives what is to be said of it.
    pub(super) fn add(&mut self, path: &Path, error: &Error) -> Vec<String> {
        self.all += 1;
        self.not_as_asked += u64::from(error.kind == Kind::NotAsAsked);
        self.unsettled += u64::from(error.is_unsettled());
        if self.is_told_at_the_end(error) {
            return Vec::new();
        }
        let mut lines = vec![format!("failed: {}: {error:#}", path.display())];
        let mut hints = Vec::new();
        if error.is_unsettled() {
            // How to find out is another thing for each file.
            hints.extend(&error.hints);
        } else {
            self.remember(&error.hints);
        }
        if self.leftovers.len() < LEFTOVERS {
            self.leftovers.extend(error.leftovers.iter().cloned());
        } else {
            hints.extend(&error.leftovers);
        }
        lines.extend(hints.iter().map(|hint| format!("  hint: {hint}")));
        lines
    }

    /// Whether what ended the run is all that there is to say.
    fn is_told_at_the_end(&self, error: &Error) -> bool {
        let is_reason =
            |reason: &String| error.reach.beyond_object() || error.to_string() == *reason;
        self.ended_by.as_ref().is_some_and(is_reason)
            && !error.is_unsettled()
            && error.leftovers.is_empty()
    }

    fn remember(&mut self, hints: &[String]) {
        for hint in hints {
            if self.hints.len() < HINTS && !self.hints.contains(hint) {
                self.hints.push(hint.clone());
            }
        }
    }

    /// Adds what may be left in the store.
    pub(super) fn with_leftovers(&self, error: Error) -> Error {
        self.leftovers.iter().cloned().fold(error, Error::leftover)
    }

    /// Adds what ended the run, if anything did, and the ways out.
    pub(super) fn explain(mut self, error: Error, ended_by: Option<Error>) -> Error {
        let mut error = match ended_by {
            Some(reason) => {
                self.remember(&reason.hints);
                error.caused_by(reason)
            }
            None => error,
        };
        error.hints.extend(self.hints);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reach;

    #[test]
    fn a_million_failures_fill_no_memory_and_each_is_told_once() {
        let mut failures = Failures::default();
        for n in 0..1_000_000_u32 {
            let error = Error::failed("PutObject failed")
                .hint(format!("hint {n}"))
                .leftover(format!("left {n}"));
            let lines = failures.add(Path::new(&n.to_string()), &error);
            assert!(
                lines[0].contains(&format!("{n}: PutObject failed")),
                "{lines:?}"
            );
            let left = lines.iter().any(|it| it.contains(&format!("left {n}")));
            assert_eq!(left, n as usize >= LEFTOVERS);
        }
        let error = failures.with_leftovers(Error::failed("x"));
        assert_eq!(error.leftovers.len(), LEFTOVERS);
        let error = failures.explain(error, None);
        assert_eq!(error.hints, ["hint 0", "hint 1", "hint 2"]);
    }

    #[test]
    fn what_ended_the_run_is_told_once_but_nothing_that_is_left() {
        let mut failures = Failures::default();
        let mut error = Error::failed("PutObject failed: NoSuchBucket");
        error.reach = Reach::Run;
        let lines = |failures: &mut Failures, error: &Error| failures.add(Path::new("f"), error);
        assert_eq!(lines(&mut failures, &error).len(), 1);
        failures.run_ended(&error);
        assert!(lines(&mut failures, &error).is_empty());
        let left = error.clone().leftover("an upload");
        assert_eq!(lines(&mut failures, &left).len(), 1);
        assert_eq!(lines(&mut failures, &error.unsettled()).len(), 1);
        let other = Error::failed("can't read it");
        assert_eq!(lines(&mut failures, &other).len(), 1);
        let told = failures.with_leftovers(Error::failed("x"));
        assert_eq!(told.leftovers, ["an upload"]);
    }

    #[test]
    fn files_that_a_signal_ended_are_counted_only() {
        let mut failures = Failures::default();
        let signal = Error::new(Kind::Signal(2), "ended by SIGINT");
        failures.run_ended(&signal);
        assert!(failures.add(Path::new("f"), &signal).is_empty());
        assert!(!failures.is_empty());
    }
}
