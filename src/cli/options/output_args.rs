//! What is told, and where: options and their checks.

use crate::cli::environment::switch;
use crate::cli::given_options::given_options;
use crate::cli::values::named_value::named;
use crate::cli::values::{duration_value, metrics_label};
use crate::config::{GivenOptions, Output, OutputFormat, ProgressStyle, ReceiptTarget};
use crate::error::{Error, Result};
use clap::{ArgAction, ArgMatches, Command, ValueHint};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is told, and where.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How progress is shown, on standard error; auto: a bar on a terminal, else none
    #[arg(long, value_name = "STYLE", value_parser = named::<ProgressStyle>(), default_value_t)]
    #[arg(ignore_case = true)]
    pub progress: ProgressStyle,

    /// The aws CLI's name for --progress none; the last of the two counts.
    #[arg(long, hide = true, overrides_with = "progress")]
    pub no_progress: bool,

    /// Time between two lines of progress
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, default_value = "30s")]
    #[arg(value_hint = ValueHint::Other)]
    pub progress_interval: Duration,

    /// Say what would be uploaded, and send nothing that writes
    ///
    /// What can be checked without that is checked: settings, credentials, the guards of a file, and
    /// with --no-overwrite whether there is an object. No COMMAND is run, and no stream is read.
    #[arg(long, alias = "dryrun", value_parser = switch)]
    pub dry_run: bool,

    /// What standard output carries: json, a line of what became of each object; text, the s3:// address
    /// of each that is stored
    #[arg(long, value_name = "FORMAT", value_parser = named::<OutputFormat>(), default_value_t)]
    #[arg(ignore_case = true)]
    pub output: OutputFormat,

    /// Write down in FILE what is stored, and how: a line of JSON an object, for verify --receipt
    ///
    /// What --output json prints, and size, checksum and ETag of each part, endpoint, region, the options
    /// that were given, host, and times. FILE is replaced as a whole after the commit (of put-many at the
    /// end of the run, with what this run stored): where nothing is stored by put, an old one stays. That it
    /// can't be written then is a warning. A dry run writes none.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub receipt: Option<PathBuf>,

    /// The options that were given, for the receipt.
    #[arg(skip)]
    given: GivenOptions,

    /// Write metrics of the run to FILE at its end, for the textfile collector of node_exporter
    ///
    /// Prometheus' text format, replaced as a whole, readable by all (0644). Written however the run ends,
    /// usage errors included, but not after SIGKILL or a second signal: alert on the age of
    /// s3stream_last_success_timestamp_seconds, which a failure keeps. FILE should end in .prom, and be
    /// one run's: the label name is that of FILE. A dry run writes none. That it can't be written is a
    /// warning.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub metrics_file: Option<PathBuf>,

    /// Label of all series of --metrics-file; repeat it for more, or write K=V,K=V
    ///
    /// Beside bucket and name, which are always there. The key is none, since keys with a date would make
    /// new series each day; key=V adds it. job and instance are refused: Prometheus sets them.
    #[arg(long, value_name = "K=V", value_hint = ValueHint::Other)]
    pub metrics_label: Vec<String>,

    /// Show only errors, and what was asked for and is not there
    ///
    /// Nor is it told that a variable S3STREAM_... is set and no option reads it.
    #[arg(short, long, alias = "only-show-errors", value_parser = switch)]
    pub quiet: bool,

    /// Say what is done, and why it waits, on standard error; -vv adds the log of the SDK
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// The aws CLI's name for -vv.
    #[arg(long, hide = true)]
    pub debug: bool,
}

impl OutputArgs {
    /// Takes in what only clap's matches tell.
    pub(in crate::cli) fn complete(&mut self, command: &Command, matches: &ArgMatches) {
        if self.receipt.is_some() {
            self.given = given_options(command, matches);
        }
    }

    /// Checks the options.
    pub(in crate::cli) fn config(self) -> Result<Output> {
        let verbosity = if self.debug { 2 } else { self.verbose.min(2) };
        if self.quiet && verbosity > 0 {
            return Err(Error::usage("--quiet and --verbose can't be had together"));
        }
        metrics_label::parse(&self.metrics_label)?;
        Ok(Output {
            progress: match self.no_progress {
                true => ProgressStyle::None,
                false => self.progress,
            },
            progress_interval: duration_value::not_zero(
                "--progress-interval",
                self.progress_interval,
            )?,
            format: self.output,
            quiet: self.quiet,
            warnings: self
                .metrics_file
                .iter()
                .filter_map(|it| unread(it))
                .collect(),
            verbosity,
            receipt: self
                .receipt
                .filter(|_| !self.dry_run)
                .map(|path| ReceiptTarget {
                    path,
                    options: self.given,
                }),
        })
    }
}

/// Warns of a file that the collector would not read.
fn unread(metrics: &Path) -> Option<String> {
    let name = metrics.file_name().unwrap_or_default();
    let read = name.as_encoded_bytes().ends_with(b".prom");
    (!read)
        .then(|| format!("--metrics-file {metrics:?}: node_exporter reads files that end in .prom"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::put_args::tests::{checked, config, failure};

    fn output(args: &[&str]) -> Output {
        config(&[&["b/k"], args].concat()).output
    }

    #[test]
    fn defaults() {
        let found = output(&[]);
        assert_eq!(found.progress, ProgressStyle::Auto);
        assert_eq!(found.progress_interval, Duration::from_secs(30));
        assert_eq!(found.format, OutputFormat::None);
        assert_eq!((found.quiet, found.verbosity), (false, 0));
    }

    #[test]
    fn progress() {
        let found = output(&["--progress", "json", "--progress-interval=1s"]);
        assert_eq!(found.progress, ProgressStyle::Json);
        assert_eq!(found.progress_interval, Duration::from_secs(1));
        failure(&["b/k", "--progress-interval=0s"], "--progress-interval");
        assert!(checked(&["b/k", "--progress=loud"]).is_err());
    }

    #[test]
    fn of_progress_and_no_progress_the_last_counts() {
        let progress = |args: &[&str]| output(args).progress;
        assert_eq!(progress(&["--no-progress"]), ProgressStyle::None);
        let args = ["--progress=plain", "--no-progress"];
        assert_eq!(progress(&args), ProgressStyle::None);
        let args = ["--no-progress", "--progress=PLAIN"];
        assert_eq!(progress(&args), ProgressStyle::Plain);
    }

    #[test]
    fn formats() {
        assert_eq!(output(&["--output=json"]).format, OutputFormat::Json);
        assert_eq!(output(&["--output=text"]).format, OutputFormat::Text);
    }

    #[test]
    fn verbosity() {
        assert_eq!(output(&["-v"]).verbosity, 1);
        assert_eq!(output(&["-vv"]).verbosity, 2);
        assert_eq!(output(&["-vvvv"]).verbosity, 2);
        assert!(output(&["-q"]).quiet);
        failure(&["b/k", "-q", "-v"], "--quiet");
        assert_eq!(output(&["--debug"]).verbosity, 2);
        assert!(output(&["--only-show-errors"]).quiet);
        failure(&["b/k", "--only-show-errors", "--debug"], "--quiet");
    }
}
