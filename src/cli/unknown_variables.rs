//! `S3STREAM_*` variables that nothing reads: a misspelt one would leave out what it asks for, and nobody
//! would know.

use crate::cli::{command, environment};
use clap::Command;
use strsim::normalized_damerau_levenshtein;

/// Likeness, from 0 to 1, from which on a name is taken for a misspelt one.
const ALIKE: f64 = 0.6;

/// What to warn of, if any variable of the environment is set and read by no subcommand.
pub(crate) fn warning() -> Option<String> {
    let set = std::env::vars_os()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, _)| name.to_string_lossy().into_owned());
    warning_of(set)
}

fn warning_of(set: impl Iterator<Item = String>) -> Option<String> {
    let mut suspects: Vec<_> = set
        .filter(|name| name.starts_with(environment::PREFIX) && !is_of_others(name))
        .collect();
    if suspects.is_empty() {
        return None;
    }
    let known = known();
    suspects.retain(|name| !known.contains(name));
    suspects.sort();
    let shown: Vec<_> = suspects.iter().map(|name| show(name, &known)).collect();
    (!shown.is_empty()).then(|| format!("no option reads {}", shown.join(", ")))
}

/// The variables that options read, of any subcommand.
fn known() -> Vec<String> {
    read_by(&command())
}

fn read_by(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(environment::variable_of);
    let of_subcommands = command.get_subcommands().flat_map(read_by);
    own.chain(of_subcommands).collect()
}

/// The name, with the one that is most like it.
fn show(name: &str, known: &[String]) -> String {
    let typed = name_of(name).to_ascii_uppercase();
    let likeness = |other: &str| normalized_damerau_levenshtein(&typed, name_of(other));
    let nearest = known
        .iter()
        .map(|other| (likeness(other), other))
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((alike, nearest)) if alike >= ALIKE => format!("{name} (is {nearest} meant?)"),
        _ => name.to_owned(),
    }
}

/// What comes after the prefix that all have in common.
fn name_of(variable: &str) -> &str {
    variable
        .strip_prefix(environment::PREFIX)
        .unwrap_or(variable)
}

/// Whether a variable is set by others. Kubernetes tells each container of each service of its namespace:
/// of one called `s3stream` or `s3stream-web` by `S3STREAM_SERVICE_HOST`, `S3STREAM_WEB_PORT_80_TCP` and
/// the like (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).
/// Images often carry the version of what is in them.
fn is_of_others(variable: &str) -> bool {
    let name = format!("_{}_", name_of(variable));
    name == "_VERSION_"
        || ["_SERVICE_HOST_", "_SERVICE_PORT_", "_PORT_"]
            .iter()
            .any(|part| name.contains(part))
        || ["_SERVICE_", "_PORT"]
            .iter()
            .any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(names: &[&str]) -> Option<String> {
        warning_of(names.iter().map(|&name| name.to_owned()))
    }

    #[test]
    fn misspelt_names_are_told_with_the_nearest() {
        for (name, nearest) in [
            ("S3STREAM_PARTSIZE", "S3STREAM_PART_SIZE"),
            ("S3STREAM_NO_OVERWRIT", "S3STREAM_NO_OVERWRITE"),
            ("S3STREAM_ENDPOINT", "S3STREAM_ENDPOINT_URL"),
            ("S3STREAM_DRYRUN", "S3STREAM_DRY_RUN"),
            ("S3STREAM_part_size", "S3STREAM_PART_SIZE"),
        ] {
            let told = warned(&[name]).unwrap_or_default();
            assert!(told.contains(nearest), "{name}: {told}");
        }
        let expected = "no option reads S3STREAM_A, S3STREAM_QUITE (is S3STREAM_QUIET meant?)";
        let told = warned(&["S3STREAM_QUITE", "S3STREAM_A"]);
        assert_eq!(told.as_deref(), Some(expected));
    }

    #[test]
    fn what_others_set_and_what_is_read_is_fine() {
        for name in [
            "S3STREAM_SERVICE_HOST",
            "S3STREAM_SERVICE_PORT",
            "S3STREAM_SERVICE_PORT_HTTP",
            "S3STREAM_PORT",
            "S3STREAM_PORT_80_TCP_ADDR",
            "S3STREAM_WEB_SERVICE_HOST",
            "S3STREAM_WEB_PORT_80_TCP",
            "S3STREAM_VERSION",
            "S3STREAM_PART_SIZE",
            "S3STREAM_JOURNAL",
            "S3STREAM_OLDER_THAN",
            "S3STREAM_SIZE",
            "S3STREAMER",
            "PATH",
        ] {
            assert_eq!(warned(&[name]), None, "{name}");
        }
    }
}
