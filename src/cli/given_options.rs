//! The options that were given, as the receipt tells them.

use crate::config::GivenOptions;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

/// The options of `command` that the arguments or the environment gave. No option takes a secret.
pub(super) fn given_options(command: &Command, matches: &ArgMatches) -> GivenOptions {
    let is_given = |arg: &&Arg| {
        let source = matches.value_source(arg.get_id().as_str());
        matches!(
            source,
            Some(ValueSource::CommandLine | ValueSource::EnvVariable)
        )
    };
    let values = |arg: &Arg| -> Vec<String> {
        let given = matches.get_raw(arg.get_id().as_str());
        let given = given.filter(|_| arg.get_action().takes_values());
        given
            .into_iter()
            .flatten()
            .map(|it| it.to_string_lossy().into_owned())
            .collect()
    };
    let options = command.get_arguments().filter(is_given);
    options
        .filter_map(|arg| Some((arg.get_long()?.to_owned(), values(arg))))
        .collect()
}
