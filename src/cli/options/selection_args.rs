//! Which files of the arguments, of folders and of lists are meant.

use crate::cli::PatternArgs;
use crate::cli::environment::{Env, switch};
use crate::cli::values::shard_value;
use crate::config::{FilesFrom, Selection};
use crate::error::{Error, Result};
use clap::{ArgMatches, ValueHint};
use std::path::{Path, PathBuf};

/// Which files.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct SelectionArgs {
    /// Walk folders
    #[arg(short, long, value_parser = switch)]
    pub recursive: bool,

    /// Read the names of files from FILE, or from standard input (-), one a line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files_from: Option<PathBuf>,

    /// The names of --files-from end in NUL, as those of find -print0
    #[arg(short = '0', long, value_parser = switch)]
    pub null: bool,

    /// Which of them by their names.
    #[command(flatten)]
    pub patterns: PatternArgs,

    /// Folder that keys are relative to
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub base_dir: Option<PathBuf>,

    /// Follow symbolic links inside of folders; those named as PATH always are
    #[arg(long, value_parser = switch)]
    pub follow_symlinks: bool,

    /// Stay on the file system of the named folder: enter no folder that another one is mounted on
    ///
    /// A subvolume of btrfs counts as a file system, too.
    #[arg(short = 'x', long, value_parser = switch)]
    pub one_file_system: bool,

    /// The aws CLI's name for what is the default; of the two the last counts.
    #[arg(long, hide = true, overrides_with = "follow_symlinks")]
    pub no_follow_symlinks: bool,

    /// Accept that no file is found at all
    ///
    /// By default that is refused, for it is what a folder that is not mounted, or a list whose producer
    /// died, looks like. A share of --shard may be empty.
    #[arg(long, value_parser = switch)]
    pub allow_empty: bool,

    /// Take only share I of N, from 1/N to N/N; auto/N takes I from the batch system
    ///
    /// The share of a key is the same on every machine. auto reads JOB_COMPLETION_INDEX
    /// (Kubernetes), SLURM_ARRAY_TASK_ID (Slurm) or AWS_BATCH_JOB_ARRAY_INDEX (AWS Batch). Slurm
    /// and AWS Batch tell the size of the array, which must be N; to run some of its tasks again, use
    /// scontrol requeue. Kubernetes does not tell: set the Job's completions to N, or files are left
    /// out, and nothing says so.
    #[arg(long, value_name = "I/N", value_hint = ValueHint::Other)]
    pub shard: Option<String>,
}

impl SelectionArgs {
    /// Takes in what only clap's matches tell.
    pub(in crate::cli) fn complete(&mut self, matches: &ArgMatches) {
        self.patterns.complete(matches);
    }

    /// The first of the options that mean nothing where there is one file, if any was given.
    pub(in crate::cli) fn of_many_alone(&self) -> Option<&'static str> {
        let given = [
            ("--null", self.null),
            ("--base-dir", self.base_dir.is_some()),
            ("--exclude", !self.patterns.exclude.is_empty()),
            ("--include", !self.patterns.include.is_empty()),
            ("--exclude-from", !self.patterns.exclude_from.is_empty()),
            ("--follow-symlinks", self.follow_symlinks),
            ("--one-file-system", self.one_file_system),
            ("--allow-empty", self.allow_empty),
            ("--shard", self.shard.is_some()),
        ];
        given
            .into_iter()
            .find_map(|(name, given)| given.then_some(name))
    }

    /// Checks the options; the list is a file that the run itself reads.
    pub(in crate::cli) fn config(self, paths: Vec<PathBuf>, env: &Env<'_>) -> Result<Selection> {
        if self.null && self.files_from.is_none() {
            return Err(Error::usage(
                "--null says how --files-from ends names; it is missing",
            ));
        }
        let stdin = Path::new("-");
        let list = self.files_from.as_deref().map(|path| match path == stdin {
            true => PathBuf::from("/dev/stdin"),
            false => path.to_owned(),
        });
        Ok(Selection {
            paths,
            recursive: self.recursive,
            files_from: self.files_from.map(|path| FilesFrom {
                path: (path != stdin).then_some(path),
                null: self.null,
            }),
            filters: self.patterns.filters()?,
            base_dir: self.base_dir,
            follow_symlinks: self.follow_symlinks && !self.no_follow_symlinks,
            one_file_system: self.one_file_system,
            own_files: list.into_iter().collect(),
            shard: self
                .shard
                .map(|text| shard_value::parse(&text, env))
                .transpose()?,
            ..Selection::default()
        })
    }
}
