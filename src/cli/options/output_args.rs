//! What is told, and where: options and their checks.

use crate::cli::environment::switch;
use crate::cli::values::duration_value;
use crate::cli::values::named_value::named;
use crate::config::{Output, OutputFormat, ProgressStyle};
use crate::error::{Error, Result};
use clap::{ArgAction, ValueHint};
use std::time::Duration;

/// What is told, and where.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How progress is shown, on standard error; auto: a bar on a terminal, else none
    #[arg(long, value_name = "STYLE", value_parser = named::<ProgressStyle>(), default_value_t)]
    pub progress: ProgressStyle,

    /// Time between two lines of progress
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, default_value = "30s")]
    #[arg(value_hint = ValueHint::Other)]
    pub progress_interval: Duration,

    /// What standard output carries when the object is stored; text: its s3:// address
    #[arg(long, value_name = "FORMAT", value_parser = named::<OutputFormat>(), default_value_t)]
    pub output: OutputFormat,

    /// Show only errors, and what was asked for and is not there
    #[arg(short, long, value_parser = switch)]
    pub quiet: bool,

    /// Say on standard error what is done, and why it waits; -vv adds the log of the AWS SDK
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

impl OutputArgs {
    /// Checks the options.
    pub(in crate::cli) fn config(self) -> Result<Output> {
        if self.quiet && self.verbose > 0 {
            return Err(Error::usage("--quiet and --verbose can't be had together"));
        }
        Ok(Output {
            progress: self.progress,
            progress_interval: duration_value::not_zero(
                "--progress-interval",
                self.progress_interval,
            )?,
            format: self.output,
            quiet: self.quiet,
            verbosity: self.verbose.min(2),
        })
    }
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
    }
}
