//! The command line. clap records what was said ([`Cli`]); `config()` checks it and gives the
//! settings that the rest of the program works with ([`crate::config`]). Nothing here sends a
//! request.

mod environment;
pub mod help;
mod options;
mod put_args;
mod put_many_args;
mod uploads_args;
mod values;

pub(crate) use options::ConnectionArgs;
pub(crate) use options::EncryptionArgs;
pub(crate) use options::GuardArgs;
pub(crate) use options::LockArgs;
pub(crate) use options::ObjectArgs;
pub(crate) use options::OutputArgs;
pub(crate) use options::RetryArgs;
pub(crate) use options::{FilesTransferArgs, StreamTransferArgs};
pub(crate) use put_args::PutArgs;
pub(crate) use put_many_args::PutManyArgs;
pub(crate) use uploads_args::UploadsCommand;

use crate::error::{Error, Result};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use environment::Env;
use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Streams data of unknown length to S3: all of it, or nothing.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "s3stream",
    version,
    disable_help_subcommand = true,
    after_help = help::ENVIRONMENT,
    after_long_help = help::after_long()
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Upload standard input, a file, or what a command prints, as one object
    ///
    /// Uploads a stream of any length as one object, in parallel parts. The object appears when
    /// all of its bytes are stored and every guard holds; otherwise nothing is stored.
    Put(PutArgs),

    /// Upload many files, one object each, under one budget of requests and memory
    ///
    /// Small files go in one request each, large ones in parts that share the same workers. What
    /// fails is named, and the others are stored.
    PutMany(PutManyArgs),

    /// List or abort multipart uploads that were begun and never ended
    #[command(subcommand)]
    Uploads(UploadsCommand),
}

/// The command line as clap knows it, without the environment: for completions and manual pages.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads the arguments, the program's name first, and the `S3STREAM_*` variables of the
/// environment for the options that the arguments do not name.
///
/// # Errors
/// What clap makes of an unknown option, a missing argument or a value that can't be read; also
/// `--help` and `--version`. Its `exit_code()` is 2 for an error and 0 for those two.
pub(crate) fn try_parse_from<I, T>(argv: I) -> Result<Cli, clap::Error>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let argv: Vec<OsString> = argv.into_iter().map(Into::into).collect();
    let mut command = environment::add(command());
    let matches = command
        .try_get_matches_from_mut(&argv)
        .map_err(|error| environment::point_out_clap(error, |name| std::env::var_os(name)))?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    match (&mut cli.command, matches.subcommand()) {
        (Command::Put(put), Some((_, matches))) => {
            if argv.last().is_some_and(|last| last == "--") && put.lacks_command() {
                let kind = clap::error::ErrorKind::MissingRequiredArgument;
                let why = "COMMAND is missing: nothing follows -- (is a variable unset?)";
                return Err(command.error(kind, why));
            }
            put.object.split_lists(matches);
        }
        (Command::PutMany(put), Some((_, matches))) => put.complete(matches),
        _ => {}
    }
    Ok(cli)
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

    #[test]
    fn clap_finds_no_fault() {
        command().debug_assert();
        environment::add(command()).debug_assert();
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
            &["s3stream", "put", "b/k", "file", "another"],
            &["s3stream", "put", "b/k", "--part-size"],
        ] {
            let error = Cli::try_parse_from(argv).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{argv:?}");
        }
    }

    #[test]
    fn no_option_takes_a_secret() {
        let mut command = command();
        command.build();
        let put = command.find_subcommand("put").unwrap();
        for arg in put.get_arguments().filter_map(clap::Arg::get_long) {
            for word in ["secret", "password", "token", "access-key"] {
                assert!(!arg.contains(word), "--{arg}");
            }
            assert!(!arg.ends_with("-key"), "--{arg}");
        }
    }
}
