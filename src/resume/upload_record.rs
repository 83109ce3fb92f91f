//! What is recorded of an upload once it is begun.

use super::options::Options;
use crate::config::Destination;
use crate::part::plan::Plan;
use crate::store::{KeptEncryption, UploadId};
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// An upload that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UploadRecord {
    /// The store that is really used, whatever named it.
    pub store: String,
    /// Bucket of the object to be.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// The store's name for the upload.
    pub upload_id: String,
    /// What the object carries in its metadata.
    pub token: String,
    /// What the store said of its encryption.
    pub encryption: KeptEncryption,
    /// What can't be another for the same upload.
    pub options: Options,
    /// Until when it will be locked, if so.
    pub retain_until: Option<SystemTime>,
    /// Sizes of its parts.
    pub plan: Plan,
    /// Size in bytes of its source; `None` of a stream.
    pub size: Option<u64>,
    /// Where the run was: for people, it decides nothing.
    pub host: Option<String>,
    /// When it was begun, UTC.
    pub begun: String,
    /// The command that aborts it.
    pub abort: String,
}

impl UploadRecord {
    /// Whether it is one to `destination` in `store`.
    pub(crate) fn is_to(&self, store: &str, destination: &Destination) -> bool {
        self.store == store && self.is_of(destination)
    }

    /// Whether it is one of that bucket and key.
    pub(super) fn is_of(&self, destination: &Destination) -> bool {
        (&self.bucket, &self.key) == (&destination.bucket, &destination.key)
    }

    /// The upload itself.
    pub(crate) fn upload(&self) -> UploadId {
        UploadId {
            id: self.upload_id.clone(),
            token: self.token.clone(),
            encryption: self.encryption.clone(),
            repeated: false,
        }
    }
}
