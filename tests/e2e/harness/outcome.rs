//! What a run came to, and what is expected of it.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

/// What a run did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
    pub(crate) shown: String,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\ncommand: {}", self.shown)?;
        writeln!(f, "ended: {} after {:?}", self.status, self.took)?;
        writeln!(
            f,
            "--- stdout\n{}--- stderr\n{}---",
            self.stdout, self.stderr
        )
    }
}

impl Outcome {
    /// Ended with that exit status.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.status.code(), Some(expected), "{self}");
        self
    }

    /// Ended by that signal.
    #[track_caller]
    pub(crate) fn signal(self, expected: nix::sys::signal::Signal) -> Self {
        assert_eq!(self.status.signal(), Some(expected as i32), "{self}");
        self
    }

    /// Ended well, and said nothing at all.
    #[track_caller]
    pub(crate) fn silent(self) -> Self {
        let this = self.code(0);
        assert!(this.stdout.is_empty() && this.stderr.is_empty(), "{this}");
        this
    }

    /// Exactly one `error:` line, which holds all of `words`.
    #[track_caller]
    pub(crate) fn error(self, words: &[&str]) -> Self {
        let errors: Vec<_> = self
            .stderr
            .lines()
            .filter(|it| it.starts_with("error: "))
            .collect();
        assert_eq!(errors.len(), 1, "one error line: {self}");
        for word in words {
            assert!(errors[0].contains(word), "{word:?} in the error: {self}");
        }
        self
    }

    /// A `hint:` line that holds `word`.
    #[track_caller]
    pub(crate) fn hint(self, word: &str) -> Self {
        let found = self
            .stderr
            .lines()
            .any(|it| it.starts_with("hint: ") && it.contains(word));
        assert!(found, "{word:?} in a hint: {self}");
        self
    }
}

impl Outcome {
    /// Neither output holds `word`.
    #[track_caller]
    pub(crate) fn without(self, word: &str) -> Self {
        let found = self.stdout.contains(word) || self.stderr.contains(word);
        assert!(!found, "{word:?} is told: {self}");
        self
    }
}
