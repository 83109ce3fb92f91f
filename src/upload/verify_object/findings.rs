//! What was found out about the object.

use crate::error::{Error, Kind, Result};

/// Whether the store has one thing as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has, or has better.
    AsAsked,
    /// It has not; both values.
    NotAsAsked(String),
    /// That can't be told from what it said.
    Unknown,
}

/// All that is not as it was asked for.
#[derive(Debug, Default)]
pub(super) struct Findings {
    wrong: Vec<String>,
    warnings: Vec<String>,
    readable_without_key: bool,
}

impl Findings {
    /// Something that was to protect the object does not.
    pub(super) fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// The customer's key protects nothing.
    pub(super) fn readable_without_key(&mut self) {
        self.readable_without_key = true;
        self.wrong("it can be read without the key".to_owned());
    }

    /// Something that the object can do without, or that nobody knows.
    pub(super) fn warn(&mut self, what: String) {
        self.warnings.push(what);
    }

    /// The warnings.
    ///
    /// # Errors
    /// When the object is not protected as was asked for; the error says all.
    pub(super) fn into_result(self) -> Result<Vec<String>> {
        if self.wrong.is_empty() {
            return Ok(self.warnings);
        }
        let what = if self.readable_without_key {
            "stored, but not encrypted with your key"
        } else {
            "stored, but not as asked"
        };
        let all = [self.wrong, self.warnings].concat();
        Err(Error::new(Kind::NotAsAsked, what)
            .because(all.join("; "))
            .hint("the object is there: delete it, unless it will do as it is"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_alone_are_no_error() {
        let mut findings = Findings::default();
        findings.warn("a".to_owned());
        assert_eq!(findings.into_result().unwrap(), ["a"]);
    }

    #[test]
    fn an_error_says_all() {
        let mut findings = Findings::default();
        findings.warn("a".to_owned());
        findings.wrong("b".to_owned());
        let error = findings.into_result().unwrap_err();
        assert_eq!(error.exit_status(), 1);
        assert_eq!(format!("{error:#}"), "stored, but not as asked: b; a");
    }
}
