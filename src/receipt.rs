//! What was stored, as the user is told it on standard output.

use crate::checksum::ObjectChecksum;
use crate::config::{Destination, OutputFormat};
use crate::error::Error;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

/// An object that is stored, whole.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    /// Where it is.
    pub destination: Destination,
    /// Version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// The store's name for the bytes, without quotes.
    pub etag: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// Parts that it was sent in.
    pub parts: u32,
    /// Size in bytes of its first parts.
    pub part_size: u64,
    /// Our checksum of the object.
    pub checksum: Option<ObjectChecksum>,
    /// When the upload began.
    pub started: SystemTime,
    /// How long it took.
    pub seconds: f64,
    /// Attempts that had to be repeated.
    pub retries: u32,
    /// What the store did not do as asked.
    pub warnings: Vec<String>,
}

/// The JSON line of an object; what is not known is null.
#[derive(Default, Serialize)]
struct Line<'a> {
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

impl<'a> Line<'a> {
    fn of(destination: &'a Destination) -> Self {
        Self {
            bucket: Some(&destination.bucket),
            key: Some(&destination.key),
            uri: Some(destination.to_string()),
            ..Self::default()
        }
    }

    /// The same of a file of which the size is known, and no more.
    fn of_size(destination: &'a Destination, size: u64) -> Self {
        Self {
            size: Some(size),
            ..Self::of(destination)
        }
    }
}

#[derive(Serialize)]
struct ChecksumLine<'a> {
    algorithm: &'static str,
    r#type: &'static str,
    value: &'a str,
}

impl Receipt {
    /// Writes what `format` asks for.
    ///
    /// # Errors
    /// When it can't be written: nobody reads it any more, or the disk is full.
    pub(crate) fn write(&self, format: OutputFormat, mut out: impl Write) -> io::Result<()> {
        match format {
            OutputFormat::None => Ok(()),
            OutputFormat::Text => writeln!(out, "{}", self.destination),
            OutputFormat::Json => {
                serde_json::to_writer(&mut out, &self.line())?;
                writeln!(out)
            }
        }?;
        out.flush()
    }

    fn line(&self) -> Line<'_> {
        Line {
            version_id: self.version_id.as_deref(),
            etag: self.etag.as_deref(),
            size: Some(self.size),
            parts: Some(self.parts),
            part_size: Some(self.part_size),
            checksum: self.checksum.as_ref().map(|it| ChecksumLine {
                algorithm: it.algorithm.name(),
                r#type: it.scope.name(),
                value: &it.value,
            }),
            started: Some(humantime::format_rfc3339_seconds(self.started).to_string()),
            seconds: Some((self.seconds * 1000.0).round() / 1000.0),
            retries: Some(self.retries),
            warnings: &self.warnings,
            ..Line::of(&self.destination)
        }
    }
}

/// What is said where nobody takes the results any more.
pub(crate) const UNWRITTEN: &str = "the results can't be written to standard output";

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Uploaded,
    Skipped,
    WouldUpload,
    Failed,
}

/// What became of one file of many, as standard output tells it.
#[derive(Serialize)]
pub(crate) struct FileLine<'a> {
    path: Cow<'a, str>,
    status: Status,
    error: Option<String>,
    /// Why it was passed over.
    why: Option<&'static str>,
    #[serde(flatten)]
    line: Line<'a>,
}

impl<'a> FileLine<'a> {
    /// A file that is stored.
    pub(crate) fn uploaded(path: &'a Path, receipt: &'a Receipt) -> Self {
        Self::new(path, Status::Uploaded, receipt.line())
    }

    /// A file that was passed over.
    pub(crate) fn skipped(
        path: &'a Path,
        destination: &'a Destination,
        size: u64,
        why: &'static str,
    ) -> Self {
        let line = Line::of_size(destination, size);
        Self {
            why: Some(why),
            ..Self::new(path, Status::Skipped, line)
        }
    }

    /// A file that would be uploaded, were this not a dry run.
    pub(crate) fn would_upload(path: &'a Path, destination: &'a Destination, size: u64) -> Self {
        Self::new(path, Status::WouldUpload, Line::of_size(destination, size))
    }

    /// A file that is not stored; without a destination where it has no key.
    pub(crate) fn failed(
        path: &'a Path,
        destination: Option<&'a Destination>,
        why: &Error,
    ) -> Self {
        let line = destination.map(Line::of).unwrap_or_default();
        Self {
            error: Some(format!("{why:#}")),
            ..Self::new(path, Status::Failed, line)
        }
    }

    fn new(path: &'a Path, status: Status, line: Line<'a>) -> Self {
        Self {
            path: path.to_string_lossy(),
            status,
            error: None,
            why: None,
            line,
        }
    }

    /// Writes what `format` asks for: as text, only what is stored.
    ///
    /// # Errors
    /// When nobody reads it any more.
    pub(crate) fn write(&self, format: OutputFormat, mut out: impl Write) -> io::Result<()> {
        match (format, &self.line.uri) {
            (OutputFormat::Text, Some(uri)) if self.status == Status::Uploaded => {
                writeln!(out, "{uri}")
            }
            (OutputFormat::None | OutputFormat::Text, _) => Ok(()),
            (OutputFormat::Json, _) => {
                serde_json::to_writer(&mut out, self)?;
                writeln!(out)
            }
        }?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::{Algorithm, Scope};

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
        let mut out = Vec::new();
        receipt.write(OutputFormat::Json, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"bucket":"b","key":"k ü\"","uri":"s3://b/k ü\"","version_id":null,"#,
                r#""etag":"abc","size":7,"parts":1,"part_size":10485760,"checksum":{"#,
                r#""algorithm":"SHA256","type":"COMPOSITE","value":"x-1"},"#,
                r#""started":"1970-01-01T00:00:00Z","seconds":1.235,"retries":0,"#,
                r#""warnings":["no \"tags\""]}"#,
                "\n"
            )
        );
        let mut text = Vec::new();
        receipt.write(OutputFormat::Text, &mut text).unwrap();
        assert_eq!(text, "s3://b/k ü\"\n".as_bytes());
        let mut nothing = Vec::new();
        receipt.write(OutputFormat::None, &mut nothing).unwrap();
        assert!(nothing.is_empty());
    }
}
