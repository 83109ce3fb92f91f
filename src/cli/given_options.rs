//! The options that were given, as the receipt and the doctor tell them.

use crate::config::GivenOptions;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use std::collections::BTreeSet;

/// The options of `command` that the arguments or the environment gave. No option takes a secret.
pub(super) fn given_options(command: &Command, matches: &ArgMatches) -> GivenOptions {
    let values = |arg: &Arg| -> Vec<String> {
        let given = matches.get_raw(arg.get_id().as_str());
        let given = given.filter(|_| arg.get_action().takes_values());
        given
            .into_iter()
            .flatten()
            .map(|it| it.to_string_lossy().into_owned())
            .collect()
    };
    let sources = [ValueSource::CommandLine, ValueSource::EnvVariable];
    sources
        .into_iter()
        .flat_map(|source| of_source(source, command, matches))
        .filter_map(|arg| Some((arg.get_long()?.to_owned(), values(arg))))
        .collect()
}

/// The names of those that `source` gave.
pub(super) fn given_by(
    source: ValueSource,
    command: &Command,
    matches: &ArgMatches,
) -> BTreeSet<String> {
    let names = of_source(source, command, matches).filter_map(Arg::get_long);
    names.map(ToOwned::to_owned).collect()
}

fn of_source<'a>(
    source: ValueSource,
    command: &'a Command,
    matches: &'a ArgMatches,
) -> impl Iterator<Item = &'a Arg> {
    let is_it = move |arg: &&Arg| matches.value_source(arg.get_id().as_str()) == Some(source);
    command.get_arguments().filter(is_it)
}
