//! `s3stream verify`: its arguments, and the settings they give.

use crate::cli::environment::{Env, switch};
use crate::cli::options::{CustomerKeyArgs, SelectionArgs};
use crate::cli::values::destination_value;
use crate::cli::{ConnectionArgs, StreamRetryArgs, environment, operands, verify_help};
use crate::cli::{VerifyOutputArgs, VerifyTransferArgs};
use crate::config::{
    Connection, Guards, ManyToVerify, ObjectOptions, SourceSpec, UploadConfig, VerifyConfig,
    VerifyTask,
};
use crate::error::{Error, Result};
use clap::{ArgMatches, ValueHint};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What a receipt's own buckets are checked as, which are not known yet.
const ANY_BUCKET: &str = "any-bucket";

/// Check that objects hold what files, a stream or a receipt say, without reading them
///
/// The source is read once, and compared with the checksums and the ETag that the store keeps, whatever
/// tool stored the object. Where that can't tell, --download reads the object.
#[derive(Debug, Clone, clap::Args)]
#[command(
    override_usage = verify_help::USAGE,
    after_help = verify_help::AFTER,
    after_long_help = verify_help::after_long()
)]
pub(crate) struct VerifyArgs {
    /// bucket/key or s3://bucket/key; one that ends in / takes FILE's name. With --recursive bucket or
    /// bucket/prefix/
    ///
    /// With --recursive, keys are made as by put-many. An s3:// URL may also follow FILE or the PATHs.
    #[arg(value_name = "DESTINATION", value_hint = ValueHint::Other, required_unless_present = "receipt")]
    pub destination: Option<OsString>,

    /// What the object should hold; standard input where it is absent or -. With --recursive files and
    /// folders
    ///
    /// With --download or --receipt, absent means that there is nothing but what the store keeps, and the
    /// receipt: write - to compare with standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath, conflicts_with = "command")]
    pub files: Vec<PathBuf>,

    /// Command whose standard output the object should hold
    ///
    /// It is started once something is known of the object to compare it with. If it fails, so does the
    /// run.
    #[arg(value_name = "COMMAND", last = true, num_args = 1..)]
    #[arg(value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,

    /// Read the object, in parallel ranges, and compare its bytes
    ///
    /// Without FILE and COMMAND they are compared with the checksums that the store keeps, or, with
    /// --receipt, with those of the receipt.
    #[arg(long, value_parser = switch, help_heading = "How")]
    pub download: bool,

    /// Compare with the receipt that put --receipt or put-many --receipt wrote; no source is needed
    ///
    /// Size, version, ETag and checksums have to be those of the receipt. Without DESTINATION, every object
    /// of it is verified, where it was stored. It is read from no variable: S3STREAM_RECEIPT is where put
    /// writes.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "How")]
    pub receipt: Option<PathBuf>,

    /// Which files.
    #[command(flatten)]
    pub selection: SelectionArgs,

    /// Also look for a marker of each folder with nothing in it, as put-many --empty-dirs stores it
    #[arg(long, value_parser = switch, help_heading = "Files")]
    pub empty_dirs: bool,

    /// Stop at the first object that is not equal
    #[arg(long, value_parser = switch, help_heading = "Files")]
    pub fail_fast: bool,

    /// How the store is reached.
    #[command(flatten)]
    pub connection: ConnectionArgs,

    /// How bytes are read.
    #[command(flatten)]
    pub transfer: VerifyTransferArgs,

    /// How long to try.
    #[command(flatten)]
    pub retry_policy: StreamRetryArgs,

    /// The key of an object that is encrypted with one.
    #[command(flatten)]
    pub customer_key: CustomerKeyArgs,

    /// What is told, and where.
    #[command(flatten)]
    pub output: VerifyOutputArgs,
}

impl VerifyArgs {
    /// Takes in what only clap's matches tell.
    pub(super) fn complete(&mut self, matches: &ArgMatches) {
        self.selection.complete(matches);
    }

    /// Whether a `--` at the end stands for a COMMAND that is not there.
    pub(super) fn lacks_command(&self) -> bool {
        self.command.is_empty()
    }

    /// Checks everything that can be checked without a request, reading the environment and the
    /// files that options name.
    ///
    /// # Errors
    /// A usage error that says which option is wrong and why.
    pub(crate) fn config(self) -> Result<VerifyConfig> {
        self.config_in(&Env::real(&|name| std::env::var_os(name)))
    }

    fn config_in(self, env: &Env<'_>) -> Result<VerifyConfig> {
        self.checked(env)
            .map_err(|error| environment::point_out(error, env))
    }

    fn checked(self, env: &Env<'_>) -> Result<VerifyConfig> {
        let warning = self.customer_key.warning();
        let download = self.download;
        let (connection, transfer, retry_policy) =
            (self.connection, self.transfer, self.retry_policy);
        let (customer_key, output) = (self.customer_key, self.output);
        let operands = Operands {
            destination: self.destination,
            files: self.files,
            command: self.command,
            download,
        };
        let is_many = self.selection.recursive || self.selection.files_from.is_some();
        let of_many = self.selection.of_many_alone();
        let of_many = of_many.or(self.empty_dirs.then_some("--empty-dirs"));
        let of_many = of_many.or(self.fail_fast.then_some("--fail-fast"));
        if let (Some(option), false) = (of_many, is_many) {
            return Err(Error::usage(format!("{option} is about many files"))
                .because("neither --recursive nor --files-from is given")
                .hint("leave it out, or add --recursive"));
        }
        let (bucket, task) = match (is_many, self.receipt) {
            (true, Some(_)) => {
                return Err(
                    Error::usage("--receipt and --recursive can't be had together").hint(
                        "a receipt of put-many names all of its objects: leave --recursive out",
                    ),
                );
            }
            (true, None) => {
                let (empty_dirs, fail_fast) = (self.empty_dirs, self.fail_fast);
                many(operands, self.selection, (empty_dirs, fail_fast), env)?
            }
            (false, Some(receipt)) => operands.with_receipt(receipt)?,
            (false, None) => operands.one()?,
        };
        let connection: Connection = connection.config(&bucket, env)?;
        let mut output = output.config()?;
        output.warnings.extend(connection.warnings.clone());
        output.warnings.extend(warning);
        let encryption = customer_key.config(&connection)?;
        Ok(VerifyConfig {
            task,
            download,
            upload: UploadConfig {
                transfer: transfer.config(env.memory_left)?,
                retry_policy: retry_policy.config()?,
                object: ObjectOptions {
                    encryption: encryption.unwrap_or_default(),
                    ..ObjectOptions::default()
                },
                guards: Guards::default(),
                connection,
            },
            output,
        })
    }
}

/// What was named.
struct Operands {
    destination: Option<OsString>,
    files: Vec<PathBuf>,
    command: Vec<OsString>,
    download: bool,
}

impl Operands {
    /// One object.
    fn one(self) -> Result<(String, VerifyTask)> {
        let destination = self.destination.unwrap_or_default();
        let (destination, file) = operands::of_verify(destination, self.files)?;
        let path = file.as_deref().filter(|it| *it != Path::new("-"));
        let destination = destination_value::parse(&destination, path)?;
        let source = source(file, self.command, !self.download)?;
        let bucket = destination.bucket.clone();
        Ok((
            bucket,
            VerifyTask::One {
                destination,
                source,
            },
        ))
    }

    /// What a receipt tells of; without DESTINATION all of it.
    fn with_receipt(self, path: PathBuf) -> Result<(String, VerifyTask)> {
        if self.destination.is_none() {
            if !self.command.is_empty() {
                return Err(Error::usage("COMMAND is to be compared with one object")
                    .because("DESTINATION is missing"));
            }
            let task = VerifyTask::Receipt {
                path,
                destination: None,
                source: None,
            };
            return Ok((ANY_BUCKET.to_owned(), task));
        }
        let download = true;
        let (bucket, task) = Self { download, ..self }.one()?;
        Ok(match task {
            VerifyTask::One {
                destination,
                source,
            } => {
                let destination = Some(destination);
                (
                    bucket,
                    VerifyTask::Receipt {
                        path,
                        destination,
                        source,
                    },
                )
            }
            other => (bucket, other),
        })
    }
}

fn many(
    operands: Operands,
    selection: SelectionArgs,
    (empty_dirs, fail_fast): (bool, bool),
    env: &Env<'_>,
) -> Result<(String, VerifyTask)> {
    if !operands.command.is_empty() {
        return Err(Error::usage(
            "COMMAND and --recursive can't be had together",
        ));
    }
    if operands.files.is_empty() && selection.files_from.is_none() {
        return Err(Error::usage("PATH is missing").hint("name the files and folders to compare"));
    }
    let destination = operands.destination.unwrap_or_default();
    let (destination, paths) = operands::of_verify_many(destination, operands.files)?;
    let (bucket, prefix) = destination_value::parse_prefix(&destination)?;
    let allow_empty = selection.allow_empty;
    let mut selection = selection.config(paths, env)?;
    selection.empty_dirs = empty_dirs;
    let files = ManyToVerify {
        bucket: bucket.clone(),
        prefix,
        selection,
        allow_empty,
        fail_fast,
    };
    Ok((bucket, VerifyTask::Many(Box::new(files))))
}

/// What FILE and COMMAND say; where neither is there, standard input, or nothing.
fn source(
    file: Option<PathBuf>,
    command: Vec<OsString>,
    by_default: bool,
) -> Result<Option<SourceSpec>> {
    if let Some(program) = command.first() {
        if program.is_empty() {
            return Err(Error::usage("COMMAND is empty"));
        }
        return Ok(Some(SourceSpec::Command(command)));
    }
    Ok(match file {
        Some(path) if path.as_os_str() != "-" => Some(SourceSpec::File(path)),
        Some(_) => Some(SourceSpec::Stdin),
        None => by_default.then_some(SourceSpec::Stdin),
    })
}
