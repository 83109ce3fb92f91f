//! The settings of `s3stream verify`.

use super::{Destination, Output, Selection, SourceSpec, UploadConfig};
use std::path::PathBuf;

/// The settings of one `s3stream verify`.
#[derive(Debug, Clone)]
pub(crate) struct VerifyConfig {
    /// What is verified.
    pub task: VerifyTask,
    /// Whether the objects are read.
    pub download: bool,
    /// How the store is reached, and how an upload of this run would go.
    pub upload: UploadConfig,
    /// What is told, and where.
    pub output: Output,
}

/// What is verified.
#[derive(Debug, Clone)]
pub(crate) enum VerifyTask {
    /// One object.
    One {
        /// Where it is.
        destination: Destination,
        /// What it should hold; `None`: what the store keeps of it.
        source: Option<SourceSpec>,
    },
    /// What a receipt tells of.
    Receipt {
        /// The receipt.
        path: PathBuf,
        /// The only object of it that counts.
        destination: Option<Destination>,
        /// What that should hold.
        source: Option<SourceSpec>,
    },
    /// Many files, each with its object.
    Many(Box<ManyToVerify>),
}

/// Many files, each with its object.
#[derive(Debug, Clone)]
pub(crate) struct ManyToVerify {
    /// Bucket name or access point ARN.
    pub bucket: String,
    /// What every key begins with: empty, or ends in `/`.
    pub prefix: String,
    /// Which files.
    pub selection: Selection,
    /// Whether a run that finds no file at all is as good as any.
    pub allow_empty: bool,
    /// Stop at the first object that is not equal.
    pub fail_fast: bool,
}
