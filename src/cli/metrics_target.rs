//! Where the metrics of a run go: found also where the rest of the command line can't be used.

use super::environment;
use super::values::metrics_label;
use super::{Command, OutputArgs};
use crate::config::{MetricsLabels, MetricsTarget};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

const OPTION: &str = "metrics-file";

impl Command {
    /// Where the metrics go, if they are asked for. A dry run stores nothing, and has none.
    pub(crate) fn metrics(&self) -> Option<MetricsTarget> {
        let (output, many) = match self {
            Self::Put(put) => (&put.output, false),
            Self::PutMany(put) => (&put.output, true),
            Self::Uploads(_)
            | Self::Verify(_)
            | Self::Doctor(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Version(_) => {
                return None;
            }
        };
        let path = output.metrics_file.clone().filter(|_| !output.dry_run)?;
        Some(MetricsTarget {
            path,
            labels: self.labels(output),
            many,
        })
    }

    fn labels(&self, output: &OutputArgs) -> Option<MetricsLabels> {
        let bucket = match self {
            Self::Put(put) => put.bucket(),
            Self::PutMany(put) => put.bucket(),
            Self::Uploads(_)
            | Self::Verify(_)
            | Self::Doctor(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Version(_) => None,
        };
        Some(MetricsLabels {
            bucket: bucket?,
            others: metrics_label::parse(&output.metrics_label).ok()?,
        })
    }
}

/// The same of arguments that clap refused, the program's name first.
pub(crate) fn of_refused(argv: &[OsString]) -> Option<MetricsTarget> {
    let words = argv.iter().skip(1).take_while(|word| *word != "--");
    let words: Vec<&OsStr> = words.map(OsString::as_os_str).collect();
    let subcommand = words.iter().find(|word| !word.as_bytes().starts_with(b"-"));
    let many = match subcommand?.to_str()? {
        "put" => false,
        "put-many" => true,
        _ => return None,
    };
    let variable = || std::env::var_os(environment::variable(OPTION));
    let path = given(&words).map(OsStr::to_owned).or_else(variable)?;
    (!path.is_empty()).then(|| MetricsTarget {
        path: PathBuf::from(path),
        labels: None,
        many,
    })
}

/// The value of the option, as one word with it or as the next.
fn given<'a>(words: &[&'a OsStr]) -> Option<&'a OsStr> {
    let option = format!("--{OPTION}");
    let joined = format!("{option}=");
    words.iter().enumerate().find_map(|(at, word)| {
        let value = word.as_bytes().strip_prefix(joined.as_bytes());
        match value {
            Some(value) => Some(OsStr::from_bytes(value)),
            None if *word == &*option => words.get(at + 1).copied(),
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<(PathBuf, bool)> {
        let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        of_refused(&argv).map(|it| (it.path, it.many))
    }

    #[test]
    fn the_file_is_found_in_what_clap_refuses() {
        let file = |many| Some((PathBuf::from("m"), many));
        for line in [
            "s3stream put b/k --metrics-file m --no-such",
            "s3stream put --part-size x --metrics-file=m b/k -- sh",
        ] {
            assert_eq!(found(line), file(false), "{line}");
        }
        assert_eq!(found("s3stream put-many --metrics-file=m"), file(true));
        for line in [
            "s3stream",
            "s3stream put b/k --no-such",
            "s3stream put b/k --metrics-file",
            "s3stream put b/k --no-such -- x --metrics-file m",
            "s3stream version --metrics-file m",
        ] {
            assert_eq!(found(line), None, "{line}");
        }
    }
}
