//! An upload as a line of JSON; `schemas/upload.schema.json` describes it.

use super::find::{FoundUpload, Parts};
use crate::config::Destination;
use serde::Serialize;
use std::io::{self, Write};

/// What became of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    /// It was listed.
    Unfinished,
    /// It would be aborted, were this not a dry run.
    WouldAbort,
    /// It was aborted.
    Aborted,
    /// It was gone already when it was to be aborted: completed, or aborted by another.
    Gone,
    /// It could not be aborted.
    Failed,
}

/// One line; what is not known is null.
#[derive(Debug, Serialize)]
pub(super) struct UploadLine<'a> {
    bucket: &'a str,
    key: &'a str,
    uri: String,
    upload_id: &'a str,
    status: Status,
    error: Option<&'a str>,
    initiated: Option<String>,
    age_seconds: Option<u64>,
    parts: Option<u64>,
    bytes: Option<u64>,
    initiator: Option<&'a str>,
    storage_class: Option<&'a str>,
}

impl<'a> UploadLine<'a> {
    pub(super) fn new(
        bucket: &'a str,
        found: &'a FoundUpload,
        status: Status,
        error: Option<&'a str>,
    ) -> Self {
        let upload = &found.upload;
        let destination = Destination {
            bucket: bucket.to_owned(),
            key: upload.key.clone(),
        };
        let count = match found.parts {
            Parts::Known(count) => Some(count),
            Parts::NoUpload | Parts::Unknown(_) => None,
        };
        let initiated = upload.initiated.map(humantime::format_rfc3339_seconds);
        Self {
            bucket,
            key: &upload.key,
            uri: destination.to_string(),
            upload_id: &upload.id,
            status,
            error,
            initiated: initiated.map(|it| it.to_string()),
            age_seconds: upload.age.map(|it| it.as_secs()),
            parts: count.map(|it| it.parts),
            bytes: count.map(|it| it.bytes),
            initiator: upload.initiator.as_deref(),
            storage_class: upload.storage_class.as_deref(),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When nobody reads it any more.
    pub(super) fn write(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, self)?;
        writeln!(out)
    }
}
