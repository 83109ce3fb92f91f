//! `s3stream put-many`: its arguments, and the settings they give.

use crate::cli::environment::{Env, switch};
use crate::cli::values::{destination_value, shard_value};
use crate::cli::{
    ConnectionArgs, FilesTransferArgs, ObjectArgs, OutputArgs, RetryArgs, environment, help,
    operands, refuse,
};
use crate::config::{
    FilesFrom, Filter, Guards, Output, PutManyConfig, Selection, SkipRules, UploadConfig,
};
use crate::error::{Error, Result};
use clap::parser::ValueSource;
use clap::{ArgMatches, ValueHint};
use globset::GlobBuilder;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The arguments of `s3stream put-many`, as they were given.
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
    /// to the parent of the PATH that it came from, and with --files-from to the current folder. An s3://
    /// URL may also follow the PATHs.
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

    /// `--include` and `--exclude` in the order given, which clap keeps apart.
    #[arg(skip)]
    globs: Vec<(bool, String)>,
}

/// Which files.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct FileArgs {
    /// Walk folders
    #[arg(short, long, value_parser = switch)]
    pub recursive: bool,

    /// Read the names of files from FILE, or from standard input (-), one a line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files_from: Option<PathBuf>,

    /// The names of --files-from end in NUL, as those of find -print0
    #[arg(short = '0', long, value_parser = switch)]
    pub null: bool,

    /// Take files whose path matches; of --include and --exclude the last that matches decides
    ///
    /// The path is that of the key, without the prefix. * matches / too, as in the aws CLI.
    /// S3STREAM_INCLUDE and S3STREAM_EXCLUDE hold one pattern a line.
    #[arg(long, value_name = "GLOB", value_hint = ValueHint::Other)]
    pub include: Vec<String>,

    /// Leave out files whose path matches
    #[arg(long, value_name = "GLOB", value_hint = ValueHint::Other)]
    pub exclude: Vec<String>,

    /// Folder that keys are relative to
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub base_dir: Option<PathBuf>,

    /// Follow symbolic links inside of folders; those named as PATH always are
    #[arg(long, value_parser = switch)]
    pub follow_symlinks: bool,

    /// The aws CLI's name for what is the default; of the two the last counts.
    #[arg(long, hide = true, overrides_with = "follow_symlinks")]
    pub no_follow_symlinks: bool,

    /// Pass over files whose key has an object
    #[arg(long, value_parser = switch)]
    pub skip_existing: bool,

    /// Pass over files whose object has the same size and checksum
    #[arg(long, value_parser = switch)]
    pub skip_unchanged: bool,

    /// Refuse to replace an object (If-None-Match: *): its file is passed over
    #[arg(long, value_parser = switch)]
    pub no_overwrite: bool,

    /// Accept that no file is found at all
    ///
    /// By default that is refused, for it is what a folder that is not mounted, or a list whose producer
    /// died, looks like. A share of --shard may be empty.
    #[arg(long, value_parser = switch)]
    pub allow_empty: bool,

    /// Stop at the first failure
    #[arg(long, value_parser = switch)]
    pub fail_fast: bool,

    /// Record in FILE what is done; a run with the same FILE passes over what is done and unchanged
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub journal: Option<PathBuf>,

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

impl PutManyArgs {
    /// Takes in what only clap's matches tell: the order of the globs.
    pub(super) fn complete(&mut self, matches: &ArgMatches) {
        for (id, patterns) in [
            ("include", &mut self.files.include),
            ("exclude", &mut self.files.exclude),
        ] {
            if matches.value_source(id) == Some(ValueSource::EnvVariable) {
                *patterns = lines_of(patterns);
            }
        }
        let mut globs = Vec::new();
        for (id, include, values) in [
            ("include", true, &self.files.include),
            ("exclude", false, &self.files.exclude),
        ] {
            // All patterns of a variable are at one place.
            let mut places = matches.indices_of(id).into_iter().flatten();
            let last = places.clone().last().unwrap_or_default();
            globs.extend(
                std::iter::from_fn(|| Some(places.next().unwrap_or(last)))
                    .zip(values)
                    .map(|(at, glob)| (at, include, glob.clone())),
            );
        }
        globs.sort_by_key(|(at, ..)| *at);
        self.globs = globs
            .into_iter()
            .map(|(_, include, glob)| (include, glob))
            .collect();
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
        if files.null && files.files_from.is_none() {
            return Err(Error::usage(
                "--null says how --files-from ends names; it is missing",
            ));
        }
        let selection = Selection {
            paths,
            recursive: files.recursive,
            files_from: files.files_from.map(|path| FilesFrom {
                path: (path != Path::new("-")).then_some(path),
                null: files.null,
            }),
            filters: self.globs.iter().map(filter).collect::<Result<_>>()?,
            base_dir: files.base_dir,
            follow_symlinks: files.follow_symlinks && !files.no_follow_symlinks,
            shard: files
                .shard
                .map(|text| shard_value::parse(&text, env))
                .transpose()?,
        };
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
            allow_empty: files.allow_empty,
            dry_run: self.output.dry_run,
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
            output: Output {
                warnings,
                ..self.output.config()?
            },
        })
    }
}

/// The patterns of a variable, one a line: where a pattern holds a comma, that is part of a name.
fn lines_of(texts: &[String]) -> Vec<String> {
    let lines = texts.iter().flat_map(|text| text.lines());
    let filled = lines.filter(|line| !line.trim().is_empty());
    filled.map(ToOwned::to_owned).collect()
}

fn filter((include, text): &(bool, String)) -> Result<Filter> {
    let option = if *include { "--include" } else { "--exclude" };
    let glob = GlobBuilder::new(text).backslash_escape(true).build();
    let glob =
        glob.map_err(|error| refuse(option, format!("{text:?}"), error.kind().to_string()))?;
    Ok(Filter {
        include: *include,
        glob: glob.compile_matcher(),
    })
}
