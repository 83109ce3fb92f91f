//! The command line. clap records what was said ([`Cli`]); `config()` checks it and gives the
//! settings that the rest of the program works with ([`crate::config`]). Nothing here sends a
//! request.

mod called;
mod completions_args;
mod doctor_args;
mod doctor_help;
mod environment;
mod given_options;
mod help;
mod man_args;
mod manual;
mod metrics_target;
mod operands;
mod options;
mod put_args;
mod put_many_args;
mod results;
mod unknown_variables;
mod uploads_args;
mod values;
mod verify_args;
mod verify_help;
mod version_args;

pub(crate) use completions_args::CompletionsArgs;
pub(crate) use doctor_args::DoctorArgs;
pub(crate) use man_args::ManArgs;
pub(crate) use metrics_target::of_refused as metrics_of_refused;
pub(crate) use options::ConnectionArgs;
pub(crate) use options::EncryptionArgs;
pub(crate) use options::GuardArgs;
pub(crate) use options::LockArgs;
pub(crate) use options::ObjectArgs;
pub(crate) use options::OutputArgs;
pub(crate) use options::PatternArgs;
pub(crate) use options::{FilesTransferArgs, StreamTransferArgs};
pub(crate) use options::{RetryArgs, StreamRetryArgs};
pub(crate) use options::{VerifyOutputArgs, VerifyTransferArgs};
pub(crate) use put_args::PutArgs;
pub(crate) use put_many_args::PutManyArgs;
pub(crate) use unknown_variables::warning as unknown_variables;
pub(crate) use uploads_args::UploadsCommand;
pub(crate) use verify_args::VerifyArgs;
pub(crate) use version_args::VersionArgs;

use crate::error::{Error, Result};
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use environment::Env;
pub(crate) use manual::Page;
use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Streams data of unknown length to S3: all of it, or nothing.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "s3stream",
    version,
    propagate_version = true,
    after_help = help::ENVIRONMENT,
    after_long_help = help::after_long()
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do. What has no text here has it with its arguments.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    Put(PutArgs),

    PutMany(PutManyArgs),

    /// List or abort multipart uploads that were begun and never ended
    #[command(subcommand)]
    Uploads(UploadsCommand),

    Verify(Box<VerifyArgs>),

    /// Tell whether DESTINATION can be written to, and what its store supports
    ///
    /// Checks settings, network, TLS, clock, credentials and bucket, and tries what uploads need, by
    /// uploads that are aborted and objects that are deleted, all under DESTINATION and a random ending.
    /// Each check is a line, with the way out where something is wrong.
    Doctor(DoctorArgs),

    /// Print what a shell needs to complete the words of s3stream
    ///
    /// For bash, with bash-completion: s3stream completions bash
    /// >~/.local/share/bash-completion/completions/s3stream
    Completions(CompletionsArgs),

    /// Write the manual pages into a folder, or print the main one
    Man(ManArgs),

    /// Print the version; with -v also of which commit, for which target, with which features
    Version(VersionArgs),
}

impl Command {
    fn output(&mut self) -> Option<&mut OutputArgs> {
        match self {
            Self::Put(put) => Some(&mut put.output),
            Self::PutMany(put) => Some(&mut put.output),
            Self::Uploads(_)
            | Self::Verify(_)
            | Self::Doctor(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Version(_) => None,
        }
    }

    /// Whether only errors are to be told.
    pub(crate) fn is_quiet(&self) -> bool {
        match self {
            Self::Put(put) => put.output.quiet,
            Self::PutMany(put) => put.output.quiet,
            Self::Uploads(uploads) => uploads.is_quiet(),
            Self::Verify(verify) => verify.output.quiet,
            Self::Doctor(doctor) => doctor.output.quiet,
            Self::Completions(_) | Self::Man(_) | Self::Version(_) => true,
        }
    }
}

/// The command line as clap knows it, without the environment: for completions and manual pages.
pub fn command() -> clap::Command {
    help::shorten(Cli::command())
}

/// The name and the text of each manual page, the main one first.
///
/// # Errors
/// When a page can't be made.
pub(crate) fn manual_pages() -> Result<Vec<Page>> {
    manual::pages().map_err(|error| Error::failed("can't make the manual pages").caused_by(error))
}

/// Reads the arguments, the program's name first, and the `S3STREAM_*` variables of the
/// environment for the options that the arguments do not name.
///
/// # Errors
/// What clap makes of an unknown option, a missing argument or a value that can't be read; also
/// `--help`. Its `exit_code()` is 2 for an error and 0 for that. `--version` is the subcommand of that name.
pub(crate) fn try_parse_from<I, T>(argv: I) -> Result<Cli, clap::Error>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let argv: Vec<OsString> = argv.into_iter().map(Into::into).collect();
    let mut command = environment::add(called::command(&argv), &argv);
    let matches = match command.try_get_matches_from_mut(&argv) {
        Ok(matches) => matches,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            let command = Command::Version(VersionArgs::beside_flag(&argv));
            return Ok(Cli { command });
        }
        Err(error) => {
            let env = |name: &str| std::env::var_os(name);
            let error = environment::point_out_clap(error, env);
            return Err(environment::without_double_hyphen(error));
        }
    };
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    match (&mut cli.command, matches.subcommand()) {
        (Command::Put(put), _)
            if argv.last().is_some_and(|last| last == "--") && put.lacks_command() =>
        {
            return Err(without_command(command, "put"));
        }
        (Command::Verify(verify), _)
            if argv.last().is_some_and(|last| last == "--") && verify.lacks_command() =>
        {
            return Err(without_command(command, "verify"));
        }
        (Command::PutMany(put), Some((_, matches))) => put.complete(matches),
        (Command::Verify(verify), Some((_, matches))) => verify.complete(matches),
        _ => {}
    }
    if let (Command::Doctor(doctor), Some((name, matches))) =
        (&mut cli.command, matches.subcommand())
        && let Some(command) = command.find_subcommand(name)
    {
        doctor.complete(command, matches);
    }
    if let (Some(output), Some((name, matches))) = (cli.command.output(), matches.subcommand())
        && let Some(command) = command.find_subcommand(name)
    {
        output.complete(command, matches);
    }
    Ok(cli)
}

/// The error for a `--` that no COMMAND follows.
fn without_command(command: clap::Command, subcommand: &str) -> clap::Error {
    let kind = ErrorKind::MissingRequiredArgument;
    let why = "COMMAND is missing: nothing follows -- (is a variable unset?)";
    let named = command.find_subcommand(subcommand).cloned();
    named.unwrap_or(command).error(kind, why)
}

/// Adds which of the options that `error` names are set in the environment.
pub(crate) fn point_out(error: Error) -> Error {
    environment::point_out(error, &Env::real(&|name| std::env::var_os(name)))
}

/// The usage error for `value` of `option`.
fn refuse(option: &str, value: impl Display, why: impl Into<String>) -> Error {
    Error::usage(format!("{option} {value}")).because(why)
}

/// Refuses a number outside of `range`.
fn within<T>(option: &str, value: T, range: RangeInclusive<T>) -> Result<T>
where
    T: PartialOrd + Display + Copy,
{
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = range.into_inner();
    Err(refuse(
        option,
        value,
        format!("it must be {least} to {most}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arguments of a command and of all its subcommands.
    fn options_of(command: &clap::Command) -> Box<dyn Iterator<Item = &clap::Arg> + '_> {
        let subcommands = command.get_subcommands();
        Box::new(
            command
                .get_arguments()
                .chain(subcommands.flat_map(options_of)),
        )
    }

    #[test]
    fn clap_finds_no_fault() {
        command().debug_assert();
        environment::add(command(), &[]).debug_assert();
    }

    #[test]
    fn help_and_version_are_not_failures() {
        for flag in ["-h", "--help", "-V", "--version"] {
            let error = Cli::try_parse_from(["s3stream", flag]).unwrap_err();
            assert_eq!(error.exit_code(), 0, "{flag}");
        }
    }

    #[test]
    fn what_clap_refuses_ends_with_2() {
        for argv in [
            &["s3stream"][..],
            &["s3stream", "put"],
            &["s3stream", "put", "b/k", "--no-such-option"],
            &["s3stream", "put", "b/k", "file", "--", "command"],
            &["s3stream", "put", "b/k", "--part-size"],
        ] {
            let error = Cli::try_parse_from(argv).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{argv:?}");
        }
    }

    #[test]
    fn fixed_values_are_read_in_any_case() {
        for arg in options_of(&command()) {
            let is_fixed = !arg.get_possible_values().is_empty();
            assert!(
                !is_fixed || arg.is_ignore_case_set() || !arg.get_action().takes_values(),
                "{arg}"
            );
        }
    }

    #[test]
    fn no_option_takes_a_secret() {
        let mut command = command();
        command.build();
        for arg in options_of(&command).filter_map(clap::Arg::get_long) {
            for word in ["secret", "password", "token", "access-key"] {
                assert!(!arg.contains(word), "--{arg}");
            }
            assert!(!arg.ends_with("-key"), "--{arg}");
        }
    }
}
