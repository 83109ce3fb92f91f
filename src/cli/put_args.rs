//! `s3stream put`: its arguments, and the settings they give.

use crate::cli::environment::Env;
use crate::cli::values::destination_value;
use crate::cli::{
    ConnectionArgs, GuardArgs, ObjectArgs, OutputArgs, StreamRetryArgs, StreamTransferArgs,
    environment, help, operands,
};
use crate::config::{PutConfig, SourceSpec, UploadConfig};
use crate::error::{Error, Result};
use clap::ValueHint;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Upload standard input, a file, or what a command prints, as one object
///
/// Uploads a stream of any length as one object, in parallel parts. The object appears when
/// all of its bytes are stored and every guard holds; otherwise nothing is stored.
#[derive(Debug, Clone, clap::Args)]
#[command(
    override_usage = help::PUT_USAGE,
    after_help = help::PUT_AFTER,
    after_long_help = help::put_after_long()
)]
pub(crate) struct PutArgs {
    /// bucket/key or s3://bucket/key; one that ends in / takes FILE's name
    ///
    /// An access point's ARN followed by /key serves as well. The key of a stream must be whole. An
    /// s3:// URL may also follow FILE.
    #[arg(value_name = "DESTINATION", value_hint = ValueHint::Other)]
    pub destination: OsString,

    /// File to upload; standard input where it is absent or -
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "command")]
    pub file: Option<PathBuf>,

    /// What else was named, for the error that says what takes it.
    #[arg(hide = true, conflicts_with = "command")]
    pub others: Vec<PathBuf>,

    /// Command whose standard output is uploaded; stored only if it exits with 0
    ///
    /// It is started once an upload has been begun, so never where the destination can't be written to.
    /// It has s3stream's standard input, and prints its complaints to the same standard error. If it
    /// fails, so does the run, at once. A run that fails ends it and all that it started, but for what
    /// has moved to a session of its own.
    #[arg(value_name = "COMMAND", last = true, num_args = 1..)]
    #[arg(value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,

    /// How the store is reached.
    #[command(flatten)]
    pub connection: ConnectionArgs,

    /// How the stream is split and sent.
    #[command(flatten)]
    pub transfer: StreamTransferArgs,

    /// How long to try.
    #[command(flatten)]
    pub retry_policy: StreamRetryArgs,

    /// What is stored along with the bytes.
    #[command(flatten)]
    pub object: ObjectArgs,

    /// What must hold before anything is committed.
    #[command(flatten)]
    pub guards: GuardArgs,

    /// Record the upload in FILE: one that broke off is left, and the same line again sends the rest
    ///
    /// After a failure or a signal (not a guard that does not hold, nor a COMMAND that failed) what is stored
    /// of several parts stays in the store. The next run with FILE reads the source from its start, and sends
    /// nothing as long as the SHA-256 of each part is the recorded one; the first part that differs and all
    /// behind it are sent. Right for files, and for what is the same each time it is printed (zfs send, a tar
    /// of what did not change); a dump that differs saves nothing. Where the source or the options are
    /// others, or the upload is gone, it begins anew, says so, and aborts the old one. FILE is removed once
    /// the object is stored. A FILE of another bucket or key is refused (exit 2), as is one that another run
    /// is using. It holds no secret. --workers, --max-memory and --limit-rate may change between the runs.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Going on")]
    pub resume: Option<PathBuf>,

    /// What is told, and where.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl PutArgs {
    /// Whether a `--` at the end stands for a COMMAND that is not there, and is no option's value.
    pub(super) fn lacks_command(&self) -> bool {
        self.command.is_empty() && self.guards.require_tail.as_deref() != Some("--")
    }

    /// The bucket, as far as it can be told.
    pub(super) fn bucket(&self) -> Option<String> {
        let files = self.file.iter().chain(&self.others).cloned().collect();
        let (destination, file) = operands::of_put(self.destination.clone(), files).ok()?;
        let destination = destination_value::parse(&destination, file.as_deref()).ok()?;
        Some(destination.bucket)
    }

    /// Checks everything that can be checked without a request, reading the environment and the
    /// files that options name.
    ///
    /// # Errors
    /// A usage error that says which option is wrong and why.
    pub(crate) fn config(self) -> Result<PutConfig> {
        self.config_in(&Env::real(&|name| std::env::var_os(name)))
    }

    pub(super) fn config_in(self, env: &Env<'_>) -> Result<PutConfig> {
        self.checked(env)
            .map_err(|error| environment::point_out(error, env))
    }

    fn checked(self, env: &Env<'_>) -> Result<PutConfig> {
        let files = self.file.into_iter().chain(self.others).collect();
        let (destination, file) = operands::of_put(self.destination, files)?;
        let source = source(file, self.command)?;
        let destination = destination_value::parse(&destination, source.path())?;
        check_resume(self.resume.as_deref(), source.path())?;
        let connection = self.connection.config(&destination.bucket, env)?;
        let guards = self.guards.config(self.transfer.expected_size)?;
        let left = env.memory_left;
        let transfer = self.transfer.config(&connection, guards.size, left)?;
        let mut warnings = connection.warnings.clone();
        warnings.extend(self.object.encryption.warnings());
        let object = self
            .object
            .config(&connection, transfer.checksum_algorithm, env)?;
        let dry_run = self.output.dry_run;
        let mut output = self.output.config()?;
        output.warnings.extend(warnings);
        Ok(PutConfig {
            destination,
            source,
            upload: UploadConfig {
                connection,
                transfer,
                retry_policy: self.retry_policy.config()?,
                object,
                guards,
            },
            dry_run,
            resume: self.resume,
            output,
        })
    }
}

impl TryFrom<PutArgs> for PutConfig {
    type Error = Error;

    fn try_from(args: PutArgs) -> Result<Self> {
        args.config()
    }
}

/// Refuses a state file that is the source itself: once that is stored, it would be removed.
fn check_resume(state: Option<&Path>, source: Option<&Path>) -> Result<()> {
    let (Some(state), Some(source)) = (state, source) else {
        return Ok(());
    };
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real(state) != real(source) {
        return Ok(());
    }
    Err(Error::usage(format!("--resume {state:?}")).because("it is the file to upload"))
}

/// What FILE and COMMAND, of which clap lets one through, say.
fn source(file: Option<PathBuf>, command: Vec<OsString>) -> Result<SourceSpec> {
    if let Some(program) = command.first() {
        if program.is_empty() {
            return Err(Error::usage("COMMAND is empty"));
        }
        return Ok(SourceSpec::Command(command));
    }
    Ok(match file {
        Some(path) if path.as_os_str() != "-" => SourceSpec::File(path),
        _ => SourceSpec::Stdin,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::environment::tests::surrounded;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    /// Parses `put` and `args` without the environment.
    pub(in crate::cli) fn parsed(args: &[&str]) -> Result<PutArgs, clap::Error> {
        let argv = ["s3stream", "put"].iter().chain(args);
        Cli::try_parse_from(argv).map(|cli| match cli.command {
            Command::Put(args) => args,
            _ => unreachable!("it was asked for put"),
        })
    }

    /// The settings, if parts can be cut by them.
    fn usable(config: Result<PutConfig>) -> Result<PutConfig> {
        let config = config?;
        crate::part::plan::check(&config.upload)?;
        Ok(config)
    }

    /// What becomes of `args`, in words where clap refuses them.
    pub(in crate::cli) fn checked(args: &[&str]) -> Result<PutConfig, String> {
        let parsed = parsed(args).map_err(|error| format!("{error:#}"))?;
        surrounded(&[], |env| usable(parsed.config_in(env))).map_err(|error| format!("{error:#}"))
    }

    #[track_caller]
    pub(in crate::cli) fn config(args: &[&str]) -> PutConfig {
        config_in(&[], args)
    }

    #[track_caller]
    pub(in crate::cli) fn config_in(vars: &[(&str, &str)], args: &[&str]) -> PutConfig {
        let parsed = parsed(args).unwrap_or_else(|error| panic!("{args:?}: {error:#}"));
        surrounded(vars, |env| usable(parsed.config_in(env)))
            .unwrap_or_else(|error| panic!("{args:?}: {error:#}"))
    }

    /// The usage error that `args` give; it must show `text`.
    #[track_caller]
    pub(in crate::cli) fn failure(args: &[&str], text: &str) -> Error {
        failure_in(&[], args, text)
    }

    #[track_caller]
    pub(in crate::cli) fn failure_in(vars: &[(&str, &str)], args: &[&str], text: &str) -> Error {
        let parsed = parsed(args).unwrap_or_else(|error| panic!("{args:?}: {error:#}"));
        let Err(error) = surrounded(vars, |env| usable(parsed.config_in(env))) else {
            panic!("{args:?} was accepted");
        };
        assert_eq!(error.exit_status(), 2, "{args:?}: {error:#}");
        assert!(format!("{error:#}").contains(text), "{args:?}: {error:#}");
        assert!(!format!("{error:#}").contains('\n'), "{args:?}: {error:#}");
        error
    }

    #[test]
    fn sources() {
        let source = |args: &[&str]| config(args).source;
        assert_eq!(source(&["b/k"]), SourceSpec::Stdin);
        assert_eq!(source(&["b/k", "-"]), SourceSpec::Stdin);
        assert_eq!(source(&["b/k", "f"]), SourceSpec::File("f".into()));
        assert_eq!(source(&["b/k", "./-"]), SourceSpec::File("./-".into()));
        let command = ["pg_dump", "-q", "--no-overwrite", "db"];
        let args = [&["b/k", "--"][..], &command].concat();
        let expected = command.iter().map(OsString::from).collect();
        assert_eq!(source(&args), SourceSpec::Command(expected));
        assert!(!config(&args).upload.guards.no_overwrite);
        failure(&["b/k", "--", ""], "COMMAND");
        assert!(checked(&["b/k", ""]).is_err());
        assert!(checked(&["b/k", "f", "--", "x"]).is_err());
        assert!(checked(&["b/k", "f", "g", "--", "x"]).is_err());
        failure(&["b/k", "f", "g"], "another");
        assert!(checked(&["b/k", "-", "--", "x"]).is_err());
    }

    #[test]
    fn the_files_own_name() {
        assert_eq!(config(&["b/p/", "d/f.txt"]).destination.key, "p/f.txt");
        assert_eq!(config(&["b", "d/f.txt"]).destination.key, "f.txt");
        let found = config(&["b/p/", "d/f.txt"]);
        let found = found.upload.object.content_type_of(&found.destination.key);
        assert_eq!(found.as_deref(), Some("text/plain"));
        failure(&["b/p/"], "a stream has no name");
        failure(&["b/p/", "-"], "a stream has no name");
        failure(&["b/p/", "--", "x"], "a stream has no name");
        failure(&["b/p/", ".."], "is a folder");
    }

    #[test]
    fn options_stand_anywhere_before_the_command() {
        assert!(
            config(&["--no-overwrite", "b/k", "f"])
                .upload
                .guards
                .no_overwrite
        );
        assert!(
            config(&["b/k", "--no-overwrite", "f"])
                .upload
                .guards
                .no_overwrite
        );
        assert!(
            config(&["b/k", "f", "--no-overwrite"])
                .upload
                .guards
                .no_overwrite
        );
    }

    #[test]
    fn the_state_is_another_file_than_the_source() {
        let state = |args: &[&str]| config(args).resume;
        assert_eq!(state(&["b/k", "f"]), None);
        assert_eq!(state(&["b/k", "f", "--resume=s"]), Some("s".into()));
        failure(&["b/k", "f", "--resume=f"], "the file to upload");
        failure(
            &["b/k", "Cargo.toml", "--resume=./src/../Cargo.toml"],
            "the file to upload",
        );
    }

    #[test]
    fn the_real_surroundings_are_asked() {
        // Whatever the caller's environment holds, a wrong option is found.
        let args = parsed(&["b/../k"]).unwrap();
        assert_eq!(PutConfig::try_from(args).unwrap_err().exit_status(), 2);
    }
}
