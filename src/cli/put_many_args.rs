//! `s3stream put-many`: its arguments, and the settings they give.

use crate::cli::environment::{Env, switch};
use crate::cli::options::SelectionArgs;
use crate::cli::values::destination_value;
use crate::cli::{
    ConnectionArgs, FilesTransferArgs, ObjectArgs, OutputArgs, RetryArgs, environment, help,
    operands,
};
use crate::config::{Guards, MTIME, PutManyConfig, SkipRules, UploadConfig};
use crate::error::{Error, Result};
use clap::{ArgMatches, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// Upload many files, one object each, under one budget of requests and memory
///
/// Small files go in one request each, large ones in parts that share the same workers. What
/// fails is named, and the others are stored.
#[derive(Debug, Clone, clap::Args)]
#[command(
    override_usage = help::PUT_MANY_USAGE,
    after_help = help::PUT_MANY_AFTER,
    after_long_help = help::put_many_after_long()
)]
pub(crate) struct PutManyArgs {
    /// bucket or bucket/prefix/, also as s3://bucket/prefix/
    ///
    /// A key is the prefix and the path of the file relative to --base-dir; without that, relative
    /// to the parent of the PATH that it came from, or to PATH itself where that ends in / (its
    /// contents, as with rsync), and with --files-from to the current folder. An s3:// URL may also
    /// follow the PATHs.
    #[arg(value_name = "DESTINATION", value_hint = ValueHint::Other)]
    pub destination: OsString,

    /// Files, and with --recursive folders
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub paths: Vec<PathBuf>,

    /// Which files.
    #[command(flatten)]
    pub files: FileArgs,

    /// How the store is reached.
    #[command(flatten)]
    pub connection: ConnectionArgs,

    /// How files are split and sent.
    #[command(flatten)]
    pub transfer: FilesTransferArgs,

    /// How long to try.
    #[command(flatten)]
    pub retry_policy: RetryArgs,

    /// What is stored along with the bytes.
    #[command(flatten)]
    pub object: ObjectArgs,

    /// What is told, and where.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which files.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct FileArgs {
    /// Which files.
    #[command(flatten)]
    pub selection: SelectionArgs,

    /// Store the time of change of each file as metadata mtime, as rclone does
    ///
    /// In seconds since 1970, to the nanosecond: x-amz-meta-mtime: 1700000000.123456789. It can't be had
    /// together with --metadata mtime=…
    #[arg(long, value_parser = switch)]
    pub preserve_times: bool,

    /// Store a marker of each folder with nothing in it: an empty object whose key ends in /
    ///
    /// Its type is application/x-directory. Without this, -v and the summary on a terminal tell of such
    /// folders.
    #[arg(long, value_parser = switch)]
    pub empty_dirs: bool,

    /// Pass over files whose key has an object
    ///
    /// What is there is learned from a list of the bucket, 1,000 objects a request (s3:ListBucket); where
    /// it can't be listed, each object is asked for.
    #[arg(long, value_parser = switch)]
    pub skip_existing: bool,

    /// Pass over files whose object has the same size and checksum
    ///
    /// The list of the bucket is compared first: another size is another object, an ETag that is the MD5
    /// of the file the same. Where that does not tell, the object is asked for its checksum.
    #[arg(long, value_parser = switch)]
    pub skip_unchanged: bool,

    /// Refuse to replace an object (If-None-Match: *): its file is passed over
    #[arg(long, value_parser = switch)]
    pub no_overwrite: bool,

    /// Stop at the first failure
    #[arg(long, value_parser = switch)]
    pub fail_fast: bool,

    /// Record in FILE what is done; a run with the same FILE passes over what is done and unchanged
    ///
    /// Files of several parts are recorded part by part: where the upload of one broke off, by a signal or a
    /// failure, it stays in the store, and the next run reads the file from its start and sends only the parts
    /// that are not stored or differ.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub journal: Option<PathBuf>,
}

impl PutManyArgs {
    /// The bucket, as far as it can be told.
    pub(super) fn bucket(&self) -> Option<String> {
        let (destination, paths) = (self.destination.clone(), self.paths.clone());
        let (destination, _) = operands::of_put_many(destination, paths).ok()?;
        let (bucket, _) = destination_value::parse_prefix(&destination).ok()?;
        Some(bucket)
    }

    /// Takes in what only clap's matches tell.
    pub(super) fn complete(&mut self, matches: &ArgMatches) {
        self.files.selection.complete(matches);
    }

    /// Checks everything that can be checked without a request, reading the environment and the
    /// files that options name.
    ///
    /// # Errors
    /// A usage error that says which option is wrong and why.
    pub(crate) fn config(self) -> Result<PutManyConfig> {
        self.config_in(&Env::real(&|name| std::env::var_os(name)))
    }

    fn config_in(self, env: &Env<'_>) -> Result<PutManyConfig> {
        self.checked(env)
            .map_err(|error| environment::point_out(error, env))
    }

    fn checked(self, env: &Env<'_>) -> Result<PutManyConfig> {
        let (destination, paths) = operands::of_put_many(self.destination, self.paths)?;
        let (bucket, prefix) = destination_value::parse_prefix(&destination)?;
        let connection = self.connection.config(&bucket, env)?;
        let left = env.memory_left;
        let transfer = self.transfer.config(&connection, left)?;
        let algorithm = transfer.checksum_algorithm;
        let mut warnings = connection.warnings.clone();
        warnings.extend(self.object.encryption.warnings());
        let object = self.object.config(&connection, algorithm, env)?;
        let files = self.files;
        if files.preserve_times && object.metadata.iter().any(|(name, _)| name == MTIME) {
            return Err(Error::usage(
                "--preserve-times and --metadata mtime=… can't be had together",
            ));
        }
        let own_files: Vec<_> = [
            &files.journal,
            &self.output.metrics_file,
            &self.output.receipt,
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
        let dry_run = self.output.dry_run;
        let mut output = self.output.config()?;
        output.warnings.extend(warnings);
        let allow_empty = files.selection.allow_empty;
        let mut selection = files.selection.config(paths, env)?;
        selection.empty_dirs = files.empty_dirs;
        selection.in_order = files.skip_existing || files.skip_unchanged || dry_run;
        selection.own_files.extend(own_files);
        Ok(PutManyConfig {
            bucket,
            prefix,
            selection,
            skip: SkipRules {
                existing: files.skip_existing,
                unchanged: files.skip_unchanged,
                journal: files.journal,
            },
            fail_fast: files.fail_fast,
            allow_empty,
            dry_run,
            preserve_times: files.preserve_times,
            upload: UploadConfig {
                connection,
                transfer,
                retry_policy: self.retry_policy.config()?,
                object,
                guards: Guards {
                    no_overwrite: files.no_overwrite,
                    ..Guards::default()
                },
            },
            output,
        })
    }
}
