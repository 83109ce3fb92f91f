//! A failed request as the user is told it.

use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::hints;
use crate::config::Destination;
use crate::error::{Error, Kind, Reach};
use anyhow::anyhow;
use std::sync::Arc;

impl Failure {
    /// As the user is told it.
    pub(crate) fn into_error(self, destination: &Destination) -> Error {
        if let Some(error) = self.source {
            return *error;
        }
        let kind = match self.kind {
            FailureKind::Exists => Kind::Exists,
            FailureKind::Conflict => Kind::Guard,
            FailureKind::Retry | FailureKind::NoSuchUpload | FailureKind::Fatal => Kind::Failed,
        };
        let (attempts, took) = self.attempts;
        let tries = if attempts > 1 {
            format!(" after {attempts} attempts in {}s", took.as_secs())
        } else {
            String::new()
        };
        let usual = hints::for_failure(&self, destination);
        let answer = [
            self.status.map(|status| format!("HTTP {status}")),
            self.request_id
                .as_ref()
                .map(|id| format!("request id {id}")),
        ];
        let answer: Vec<_> = answer.into_iter().flatten().collect();
        let cause = match answer.is_empty() {
            true => Arc::try_unwrap(self.cause).unwrap_or_else(|shared| anyhow!("{shared:#}")),
            false => anyhow!("{:#} ({})", self.cause, answer.join(", ")),
        };
        let mut error =
            Error::new(kind, format!("{} failed{tries}", self.operation)).caused_by(cause);
        error.hints = self.peer.way_out.map_or(usual, |it| vec![it]);
        error.ends_upload = self.kind == FailureKind::NoSuchUpload;
        error.reach = self.known.map_or(Reach::Object, |it| it.reach);
        error
    }
}
