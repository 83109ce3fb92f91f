//! `s3stream man`: the manual pages.

use clap::ValueHint;
use std::path::PathBuf;

/// The arguments of `s3stream man`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ManArgs {
    /// Folder to write all pages to, which is made where it is not there
    ///
    /// Without it, the main page goes to standard output: s3stream man | man -l -
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
}
