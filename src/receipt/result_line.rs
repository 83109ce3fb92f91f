//! A line of `--output`: what became of one object. Its JSON is described by
//! `schemas/result.schema.json`.

use super::Receipt;
use crate::config::{Destination, OutputFormat};
use crate::error::Error;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Uploaded,
    Skipped,
    WouldUpload,
    Failed,
}

/// What became of an object, as standard output tells it; what is not known is null.
#[derive(Serialize)]
pub(crate) struct ResultLine<'a> {
    status: Status,
    path: Option<Cow<'a, str>>,
    error: Option<String>,
    /// Why it was passed over.
    why: Option<&'static str>,
    bucket: Option<&'a str>,
    key: Option<&'a str>,
    uri: Option<String>,
    version_id: Option<&'a str>,
    etag: Option<&'a str>,
    size: Option<u64>,
    parts: Option<u32>,
    part_size: Option<u64>,
    checksum: Option<ChecksumLine<'a>>,
    started: Option<String>,
    seconds: Option<f64>,
    retries: Option<u32>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct ChecksumLine<'a> {
    algorithm: &'static str,
    r#type: &'static str,
    value: &'a str,
}

impl<'a> ResultLine<'a> {
    /// An object that is stored.
    pub(crate) fn uploaded(path: Option<&'a Path>, receipt: &'a Receipt) -> Self {
        Self {
            version_id: receipt.version_id.as_deref(),
            etag: receipt.etag.as_deref(),
            size: Some(receipt.size),
            parts: Some(receipt.parts),
            part_size: Some(receipt.part_size),
            checksum: receipt.checksum.as_ref().map(|it| ChecksumLine {
                algorithm: it.algorithm.name(),
                r#type: it.scope.name(),
                value: &it.value,
            }),
            started: Some(humantime::format_rfc3339_seconds(receipt.started).to_string()),
            seconds: Some((receipt.seconds * 1000.0).round() / 1000.0),
            retries: Some(receipt.retries),
            warnings: &receipt.warnings,
            ..Self::new(Status::Uploaded, path, Some(&receipt.destination))
        }
    }

    /// A file that was passed over.
    pub(crate) fn skipped(
        path: &'a Path,
        destination: &'a Destination,
        size: u64,
        why: &'static str,
    ) -> Self {
        Self {
            why: Some(why),
            size: Some(size),
            ..Self::new(Status::Skipped, Some(path), Some(destination))
        }
    }

    /// What would be uploaded, were this not a dry run: so many bytes, where that is known.
    pub(crate) fn would_upload(
        path: Option<&'a Path>,
        destination: &'a Destination,
        size: Option<u64>,
    ) -> Self {
        Self {
            size,
            ..Self::new(Status::WouldUpload, path, Some(destination))
        }
    }

    /// What is not stored, as far as `why` does not say otherwise; without a destination where it has
    /// no key.
    pub(crate) fn failed(
        path: Option<&'a Path>,
        destination: Option<&'a Destination>,
        why: &Error,
    ) -> Self {
        Self {
            error: Some(format!("{why:#}")),
            ..Self::new(Status::Failed, path, destination)
        }
    }

    fn new(status: Status, path: Option<&'a Path>, destination: Option<&'a Destination>) -> Self {
        Self {
            status,
            path: path.map(Path::to_string_lossy),
            error: None,
            why: None,
            bucket: destination.map(|it| it.bucket.as_str()),
            key: destination.map(|it| it.key.as_str()),
            uri: destination.map(ToString::to_string),
            version_id: None,
            etag: None,
            size: None,
            parts: None,
            part_size: None,
            checksum: None,
            started: None,
            seconds: None,
            retries: None,
            warnings: &[],
        }
    }

    /// Writes what `format` asks for: as text, only what is stored.
    ///
    /// # Errors
    /// When it can't be written: nobody reads it any more, or the disk is full.
    pub(crate) fn write(&self, format: OutputFormat, out: impl Write) -> io::Result<()> {
        let is_stored = self.status == Status::Uploaded;
        let text = self.uri.as_deref().filter(|_| is_stored);
        write_line(format, text, self, out)
    }
}

/// Writes what `format` asks for of a result: its `text`, where it has one, or `json`.
///
/// # Errors
/// When it can't be written: nobody reads it any more, or the disk is full.
pub(crate) fn write_line(
    format: OutputFormat,
    text: Option<&str>,
    json: &impl Serialize,
    mut out: impl Write,
) -> io::Result<()> {
    match (format, text) {
        (OutputFormat::Text, Some(text)) => writeln!(out, "{text}"),
        (OutputFormat::None | OutputFormat::Text, _) => Ok(()),
        (OutputFormat::Json, _) => {
            serde_json::to_writer(&mut out, json)?;
            writeln!(out)
        }
    }?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::{Algorithm, ObjectChecksum, Scope};
    use std::time::SystemTime;

    #[test]
    fn json_has_every_promised_key_and_null_for_what_is_absent() {
        let receipt = Receipt {
            destination: Destination {
                bucket: "b".to_owned(),
                key: "k ü\"".to_owned(),
            },
            version_id: None,
            etag: Some("abc".to_owned()),
            size: 7,
            parts: 1,
            part_list: Vec::new(),
            part_size: 10 << 20,
            checksum: Some(ObjectChecksum {
                algorithm: Algorithm::Sha256,
                scope: Scope::Composite,
                value: "x-1".to_owned(),
            }),
            started: SystemTime::UNIX_EPOCH,
            seconds: 1.23456,
            retries: 0,
            warnings: vec!["no \"tags\"".to_owned()],
        };
        let line = ResultLine::uploaded(Some(Path::new("f")), &receipt);
        let mut out = Vec::new();
        line.write(OutputFormat::Json, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"status":"uploaded","path":"f","error":null,"why":null,"#,
                r#""bucket":"b","key":"k ü\"","uri":"s3://b/k ü\"","version_id":null,"#,
                r#""etag":"abc","size":7,"parts":1,"part_size":10485760,"checksum":{"#,
                r#""algorithm":"SHA256","type":"COMPOSITE","value":"x-1"},"#,
                r#""started":"1970-01-01T00:00:00Z","seconds":1.235,"retries":0,"#,
                r#""warnings":["no \"tags\""]}"#,
                "\n"
            )
        );
        let mut text = Vec::new();
        line.write(OutputFormat::Text, &mut text).unwrap();
        assert_eq!(text, "s3://b/k ü\"\n".as_bytes());
        let mut nothing = Vec::new();
        line.write(OutputFormat::None, &mut nothing).unwrap();
        assert!(nothing.is_empty());
    }
}
