//! What is told of objects that are verified, and where: options and their checks.

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
pub(crate) struct VerifyOutputArgs {
    /// How progress is shown, on standard error; auto: a bar on a terminal, else none
    #[arg(long, value_name = "STYLE", value_parser = named::<ProgressStyle>(), default_value_t)]
    #[arg(ignore_case = true)]
    pub progress: ProgressStyle,

    /// Time between two lines of progress
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, default_value = "30s")]
    #[arg(value_hint = ValueHint::Other)]
    pub progress_interval: Duration,

    /// What standard output carries: json, a line of what was found out about each object; text, the
    /// s3:// address of each that is equal
    ///
    /// json: one object a line, as schemas/verify.schema.json in the source describes it.
    #[arg(long, value_name = "FORMAT", value_parser = named::<OutputFormat>(), default_value_t)]
    #[arg(ignore_case = true)]
    pub output: OutputFormat,

    /// Show only errors, and what is not equal
    #[arg(short, long, alias = "only-show-errors", value_parser = switch)]
    pub quiet: bool,

    /// Say what was compared, and why it waits, on standard error; -vv adds the log of the SDK
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

impl VerifyOutputArgs {
    /// Checks the options.
    pub(in crate::cli) fn config(self) -> Result<Output> {
        if self.quiet && self.verbose > 0 {
            return Err(Error::usage("--quiet and --verbose can't be had together"));
        }
        let interval = self.progress_interval;
        Ok(Output {
            progress: self.progress,
            progress_interval: duration_value::not_zero("--progress-interval", interval)?,
            format: self.output,
            quiet: self.quiet,
            verbosity: self.verbose.min(2),
            ..Output::default()
        })
    }
}
