//! The failures of a run, of which only so many are remembered: a million of them must not fill the
//! memory, nor be named twice.

use crate::error::{Error, Kind};
use std::path::Path;

/// Failures that are named again at the end.
const NAMED_AGAIN: u64 = 1000;
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
    /// What ended the run has reached these as well.
    alike: u64,
    ended: bool,
    named: u64,
    lines: Vec<String>,
    hints: Vec<String>,
    leftovers: Vec<String>,
}

impl Failures {
    pub(super) fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// From now on, what fails for the reason that ends the run is counted only.
    pub(super) fn run_ended(&mut self) {
        self.ended = true;
    }

    /// Remembers that a file failed; gives what is to be said of it now, and whether it will not be said
    /// again.
    pub(super) fn add(&mut self, path: &Path, error: &Error) -> (Vec<String>, bool) {
        self.all += 1;
        self.not_as_asked += u64::from(error.kind == Kind::NotAsAsked);
        self.unsettled += u64::from(error.is_unsettled());
        if self.ended
            && error.reach.beyond_object()
            && !error.is_unsettled()
            && error.leftovers.is_empty()
        {
            self.alike += 1;
            return (Vec::new(), false);
        }
        let mut lines = vec![format!("failed: {}: {error:#}", path.display())];
        // How to find out is another thing for each file.
        let of_file: &[_] = if error.is_unsettled() {
            &error.hints
        } else {
            &[]
        };
        let of_run: &[_] = if error.is_unsettled() {
            &[]
        } else {
            &error.hints
        };
        let of_file = of_file.iter().map(|hint| format!("  hint: {hint}"));
        for hint in of_run {
            if self.hints.len() < HINTS && !self.hints.contains(hint) {
                self.hints.push(hint.clone());
            }
        }
        if self.named == NAMED_AGAIN {
            lines.extend(of_file);
            lines.extend(error.leftovers.iter().map(|left| format!("  hint: {left}")));
            return (lines, true);
        }
        self.named += 1;
        self.lines.extend(lines.iter().cloned().chain(of_file));
        self.leftovers.extend(error.leftovers.iter().cloned());
        (lines, false)
    }

    /// Adds what may be left in the store.
    pub(super) fn with_leftovers(&self, error: Error) -> Error {
        self.leftovers.iter().cloned().fold(error, Error::leftover)
    }

    /// Adds the files again, and the ways out.
    pub(super) fn explain(self, mut error: Error) -> Error {
        let earlier = self.all - self.named - self.alike;
        error.details.extend(self.lines);
        for (count, what) in [
            (earlier, "that are named above"),
            (self.alike, "for the reason that ended the run"),
        ] {
            if count > 0 {
                error.details.push(format!("failed: {count} more {what}"));
            }
        }
        error.hints.extend(self.hints);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reach;

    #[test]
    fn a_million_failures_fill_no_memory_and_each_is_named() {
        let mut failures = Failures::default();
        let mut last = 0;
        for n in 0..1_000_000_u32 {
            let error = Error::failed("PutObject failed")
                .hint(format!("hint {n}"))
                .leftover(format!("left {n}"));
            let (lines, only_now) = failures.add(Path::new(&n.to_string()), &error);
            assert!(
                lines[0].contains(&format!("{n}: PutObject failed")),
                "{lines:?}"
            );
            assert_eq!(only_now, u64::from(n) >= NAMED_AGAIN);
            assert_eq!(
                only_now,
                lines.iter().any(|it| it.contains(&format!("left {n}")))
            );
            last += u64::from(only_now);
        }
        let error = failures.explain(Error::failed("x"));
        assert_eq!(error.details.len() as u64, NAMED_AGAIN + 1);
        let more = format!("{last} more that are named above");
        assert!(error.details.last().unwrap().contains(&more));
        assert_eq!(error.hints, ["hint 0", "hint 1", "hint 2"]);
    }

    #[test]
    fn what_ended_the_run_is_told_once_but_nothing_that_is_left() {
        let mut failures = Failures::default();
        let mut error = Error::failed("PutObject failed: NoSuchBucket");
        error.reach = Reach::Run;
        let lines = |failures: &mut Failures, error: &Error| failures.add(Path::new("f"), error).0;
        assert_eq!(lines(&mut failures, &error).len(), 1);
        failures.run_ended();
        assert!(lines(&mut failures, &error).is_empty());
        let left = error.clone().leftover("an upload");
        assert_eq!(lines(&mut failures, &left).len(), 1);
        assert_eq!(lines(&mut failures, &error.unsettled()).len(), 1);
        assert_eq!(
            lines(&mut failures, &Error::failed("can't read it")).len(),
            1
        );
        let told = failures.with_leftovers(Error::failed("x"));
        assert_eq!(told.leftovers, ["an upload"]);
        let told = failures.explain(told);
        assert!(
            told.details
                .last()
                .unwrap()
                .contains("1 more for the reason")
        );
    }
}
