//! The settings of `s3stream uploads`.

use super::{Output, StoreConfig};
use std::time::Duration;

/// The settings of one `s3stream uploads list` or `abort`.
#[derive(Debug, Clone)]
pub(crate) struct UploadsConfig {
    /// Bucket name or access point ARN.
    pub bucket: String,
    /// What the keys begin with; with `ToAbort::Ids` the whole key.
    pub key: String,
    /// How the store is reached.
    pub store: StoreConfig,
    /// What is done.
    pub task: UploadsTask,
    /// What is told, and where.
    pub output: Output,
}

/// What is done with unfinished uploads.
#[derive(Debug, Clone)]
pub(crate) enum UploadsTask {
    /// They are shown.
    List {
        /// Only those that are at least as old.
        older_than: Option<Duration>,
    },
    /// They are aborted.
    Abort {
        /// Which of them.
        which: ToAbort,
        /// Only say what would be aborted.
        dry_run: bool,
    },
}

/// Which uploads are aborted.
#[derive(Debug, Clone)]
pub(crate) enum ToAbort {
    /// Those that are at least as old, by the store's clock.
    OlderThan(Duration),
    /// Those with these ids.
    Ids(Vec<String>),
}
