//! What a check found.

use crate::config::Destination;
use crate::error::Error;
use crate::store::Failure;
use serde::Serialize;
use strum::Display;

/// What that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, Serialize)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// Uploads can be made, but something should be known, or be set.
    Warning,
    /// Uploads can't be made.
    Failed,
    /// It is not known, for a reason that keeps no upload from being made.
    Skipped,
}

/// What a check found, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) status: Status,
    pub(super) found: String,
    pub(super) hint: Option<String>,
}

impl Finding {
    fn new(status: Status, found: impl Into<String>) -> Self {
        Self {
            status,
            found: found.into(),
            hint: None,
        }
    }

    pub(super) fn ok(found: impl Into<String>) -> Self {
        Self::new(Status::Ok, found)
    }

    pub(super) fn warning(found: impl Into<String>) -> Self {
        Self::new(Status::Warning, found)
    }

    pub(super) fn failed(found: impl Into<String>) -> Self {
        Self::new(Status::Failed, found)
    }

    pub(super) fn skipped(found: impl Into<String>) -> Self {
        Self::new(Status::Skipped, found)
    }

    /// Adds the way out, in front of another.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.hint = Some(match self.hint {
            Some(other) => format!("{hint}; {other}"),
            None => hint,
        });
        self
    }

    /// An error, with the ways out that it knows.
    pub(super) fn of_error(status: Status, error: &Error) -> Self {
        let hints: Vec<_> = error.hints.iter().map(String::as_str).collect();
        Self {
            hint: (!hints.is_empty()).then(|| hints.join("; ")),
            ..Self::new(status, format!("{error:#}"))
        }
    }

    /// A request without which no upload can be made.
    pub(super) fn failed_by(failure: Failure, destination: &Destination) -> Self {
        Self::of_error(Status::Failed, &failure.into_error(destination))
    }

    /// A question that is not answered: uploads need no answer to it.
    pub(super) fn unknown(failure: &Failure, permission: &str) -> Self {
        Self::skipped(why_unknown(failure, permission))
    }
}

/// Why a question is not answered.
pub(super) fn why_unknown(failure: &Failure, permission: &str) -> String {
    if failure.is_denied() {
        format!("not known: {permission} is denied")
    } else if failure.is_not_implemented() {
        format!("not known: the store has no such operation ({failure})")
    } else {
        format!("not known: {failure}")
    }
}
