//! A line of `--output`: what was found out about one object. Its JSON is described by
//! `schemas/verify.schema.json`.

use super::finding::{Finding, Status};
use crate::config::{Destination, OutputFormat};
use crate::error::Error;
use crate::receipt;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

/// What was found out; what is not known is null.
#[derive(Serialize)]
pub(super) struct VerifyLine<'a> {
    status: Status,
    path: Option<Cow<'a, str>>,
    bucket: Option<&'a str>,
    key: Option<&'a str>,
    uri: Option<String>,
    size: Option<u64>,
    etag: Option<&'a str>,
    version_id: Option<&'a str>,
    compared: Option<&'a str>,
    part: Option<usize>,
    offset: Option<u64>,
    error: Option<String>,
}

impl<'a> VerifyLine<'a> {
    /// What was found out.
    pub(super) fn found(
        path: Option<&'a Path>,
        destination: &'a Destination,
        finding: &'a Finding,
    ) -> Self {
        let facts = finding.facts.as_ref();
        Self {
            status: finding.status,
            size: facts.map(|it| it.size),
            etag: facts.and_then(|it| it.etag.as_deref()),
            version_id: facts.and_then(|it| it.version_id.as_deref()),
            compared: finding.compared.as_deref(),
            part: finding.part,
            offset: finding.offset,
            error: (finding.status != Status::Equal).then(|| finding.why.clone()),
            ..Self::failed(path, Some(destination), None)
        }
    }

    /// It could not be found out, for this reason.
    pub(super) fn failed(
        path: Option<&'a Path>,
        destination: Option<&'a Destination>,
        why: Option<&Error>,
    ) -> Self {
        Self {
            status: Status::Failed,
            path: path.map(Path::to_string_lossy),
            bucket: destination.map(|it| it.bucket.as_str()),
            key: destination.map(|it| it.key.as_str()),
            uri: destination.map(ToString::to_string),
            size: None,
            etag: None,
            version_id: None,
            compared: None,
            part: None,
            offset: None,
            error: why.map(|it| format!("{it:#}")),
        }
    }

    /// Writes what `format` asks for: as text, only what is equal.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn write(&self, format: OutputFormat, out: impl Write) -> io::Result<()> {
        let is_equal = self.status == Status::Equal;
        let text = self.uri.as_deref().filter(|_| is_equal);
        receipt::write_line(format, text, self, out)
    }
}
