//! The settings of one `s3stream put-many`.

use super::{Filters, Output, UploadConfig};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// The settings of one `s3stream put-many`.
#[derive(Debug, Clone)]
pub(crate) struct PutManyConfig {
    /// Bucket name or access point ARN.
    pub bucket: String,
    /// What every key begins with: empty, or ends in `/`.
    pub prefix: String,
    /// Which files.
    pub selection: Selection,
    /// Which of them not to send.
    pub skip: SkipRules,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Whether a run that finds no file at all is as good as any.
    pub allow_empty: bool,
    /// Say what would be sent, and send nothing that writes.
    pub dry_run: bool,
    /// Store the time of change of each file along with it, as `MTIME`.
    pub preserve_times: bool,
    /// How they get there. With `no_overwrite`, an object that is there counts as passed over.
    pub upload: UploadConfig,
    /// What is told, and where.
    pub output: Output,
}

/// Which files are uploaded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// Files, and with `recursive` folders, as the command line names them.
    pub paths: Vec<PathBuf>,
    /// Walk folders.
    pub recursive: bool,
    /// A list of files.
    pub files_from: Option<FilesFrom>,
    /// `--include`, `--exclude` and the lines of `--exclude-from`.
    pub filters: Filters,
    /// Folder that keys are relative to.
    pub base_dir: Option<PathBuf>,
    /// Follow symbolic links inside folders.
    pub follow_symlinks: bool,
    /// Enter no folder of another file system than the one that is named.
    pub one_file_system: bool,
    /// Files that this run itself reads or writes, and does not upload: some may not be there yet.
    pub own_files: Vec<PathBuf>,
    /// Store a marker of each folder with nothing in it.
    pub empty_dirs: bool,
    /// Give the files of a folder in the order of their keys' bytes.
    pub in_order: bool,
    /// The share of the keys that is this run's.
    pub shard: Option<Shard>,
}

/// A list of files to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilesFrom {
    /// The list; `None` is standard input.
    pub path: Option<PathBuf>,
    /// Names end in NUL, not in a newline.
    pub null: bool,
}

/// Share `index` of `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Counted from 1.
    pub index: NonZeroU32,
    /// At least `index`.
    pub count: NonZeroU32,
}

/// Which files are passed over.
#[derive(Debug, Clone, Default)]
pub(crate) struct SkipRules {
    /// Those whose key has an object.
    pub existing: bool,
    /// Those whose object has the same bytes.
    pub unchanged: bool,
    /// Those that an earlier run recorded here, unless they changed.
    pub journal: Option<PathBuf>,
}
