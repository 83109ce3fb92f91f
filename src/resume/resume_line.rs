//! A line of what is recorded of an upload.

use super::upload_record::UploadRecord;
use serde::{Deserialize, Serialize};

/// The form that the first line of a state file names.
pub(super) const VERSION: u32 = 1;

/// A line; put-many's journal, where the lines of many files are, says which one's it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ResumeLine {
    #[serde(rename = "s3stream-resume", default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(flatten)]
    pub(super) event: Event,
}

/// What happened to an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Event {
    /// It was begun.
    Upload(Box<UploadRecord>),
    /// A part is stored.
    Part(PartRecord),
    /// All parts are, and the request that makes the object of them may have been sent.
    Committing {
        /// Size in bytes of the object.
        size: u64,
    },
    /// It is completed or aborted.
    Over {},
}

/// A part that is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartRecord {
    pub(super) number: u32,
    /// Bytes.
    pub(super) size: u64,
    /// Of its bytes, in hexadecimal.
    pub(super) sha256: String,
    /// The store's name for them.
    pub(super) etag: String,
    /// Whether the store is known to have checked them.
    pub(super) verified: bool,
}

impl ResumeLine {
    /// The line of a journal, if it is one of an upload: whose it is, and what happened.
    pub(crate) fn of_journal(line: &[u8]) -> Option<([u8; 16], Event)> {
        let line: Self = serde_json::from_slice(line).ok()?;
        let id = u128::from_str_radix(&line.id?, 16).ok()?;
        Some((id.to_be_bytes(), line.event))
    }
}
