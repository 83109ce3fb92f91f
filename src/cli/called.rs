//! clap's command line, with no more of it than a run needs: the options of all subcommands together take
//! longer to set up than a small object takes to send.

use super::{PutArgs, PutManyArgs, VerifyArgs, help};
use clap::{Args as _, Command};
use std::ffi::OsString;

/// The whole command line, or the one subcommand that `argv` calls, where that is one of those that upload or
/// verify.
pub(super) fn command(argv: &[OsString]) -> Command {
    let called = argv.get(1).and_then(|word| word.to_str());
    called.and_then(only).unwrap_or_else(super::command)
}

fn only(name: &str) -> Option<Command> {
    let of = Command::new(name.to_owned());
    let subcommand = match name {
        "put" => PutArgs::augment_args(of),
        "put-many" => PutManyArgs::augment_args(of),
        "verify" => VerifyArgs::augment_args(of),
        _ => return None,
    };
    let command = Command::new("s3stream")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .subcommand(subcommand);
    Some(help::shorten(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What clap makes of it: help, and what it says of a mistake.
    fn answer(command: Command, argv: &[&str]) -> String {
        command.try_get_matches_from(argv).unwrap_err().to_string()
    }

    #[test]
    fn a_subcommand_by_itself_is_the_one_of_the_whole() {
        for name in ["put", "put-many", "verify"] {
            let argv = ["s3stream", name].map(OsString::from);
            assert_eq!(command(&argv).get_subcommands().count(), 1, "{name}");
            for rest in ["-h", "--help", "-V", "--part-siz=1", "--", "--workers=x"] {
                let argv = ["s3stream", name, rest];
                let whole = answer(super::super::command(), &argv);
                assert_eq!(answer(only(name).unwrap(), &argv), whole, "{argv:?}");
            }
        }
    }

    #[test]
    fn whatever_else_is_said_is_answered_by_the_whole() {
        for argv in [
            &["s3stream"][..],
            &["s3stream", "pu"],
            &["s3stream", "--help", "put"],
            &["s3stream", "help", "put"],
        ] {
            let argv: Vec<_> = argv.iter().map(OsString::from).collect();
            assert!(
                command(&argv).find_subcommand("doctor").is_some(),
                "{argv:?}"
            );
        }
    }
}
