//! `s3stream doctor`: its arguments, and the settings they give.

use crate::cli::environment::{self, Env, switch};
use crate::cli::given_options::{given_by, given_options};
use crate::cli::values::destination_value;
use crate::cli::values::named_value::named;
use crate::cli::values::workers_value::Workers;
use crate::cli::{ConnectionArgs, RetryArgs, doctor_help, within};
use crate::config::{
    DoctorConfig, GivenOptions, Output, OutputFormat, PROBE_ENDING, PROBE_LETTERS, ProgressStyle,
    StoreConfig,
};
use crate::error::{Error, Result};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command, ValueHint};
use std::collections::BTreeSet;
use std::time::Duration;

/// Connections whose throughput is measured, where nothing else is said.
const SEVERAL: usize = 8;

/// The arguments of `s3stream doctor`, as they were given.
#[derive(Debug, Clone, clap::Args)]
#[command(
    override_usage = doctor_help::USAGE,
    after_help = doctor_help::AFTER,
    after_long_help = doctor_help::after_long(),
    // A diagnosis that takes as long as a backup is patient is of no use.
    mut_arg("retries", |arg| arg.default_value("2")),
    mut_arg("retry_for", |arg| arg.help("Time to sit out an outage, once the store has answered in this run [default: none]")),
    mut_arg("timeout", |arg| arg.help("Time for all checks [default: no limit]"))
)]
pub(crate) struct DoctorArgs {
    /// bucket, bucket/key or bucket/prefix/, also as s3://...; an access point's ARN serves as well
    ///
    /// All that is tried has a key that begins with it and ends in .s3stream-doctor- and 12 letters made by
    /// chance. Nothing else is touched.
    #[arg(value_name = "DESTINATION", value_hint = ValueHint::Other)]
    pub destination: String,

    /// Measure the throughput of one connection and of several, 3 seconds each
    ///
    /// By parts of an upload that is aborted: they cost their requests, and what the line costs.
    /// As much is sent as goes through; 8 MiB are held in memory.
    #[arg(long, value_parser = switch, help_heading = "Speed")]
    pub speed: bool,

    /// Connections to measure beside one, 2 to 64 [default: 8, as with auto]
    #[arg(long, value_name = "N|auto", default_value_t = Workers::Auto, hide_default_value = true)]
    #[arg(value_hint = ValueHint::Other, help_heading = "Speed")]
    pub workers: Workers,

    /// How the store is reached.
    #[command(flatten)]
    pub connection: ConnectionArgs,

    /// How long to try.
    #[command(flatten)]
    pub retry_policy: RetryArgs,

    /// What is told, and where.
    #[command(flatten)]
    pub output: DoctorOutputArgs,

    /// The options that were given, with their values.
    #[arg(skip)]
    given: GivenOptions,

    /// Those of them that variables gave.
    #[arg(skip)]
    by_variable: BTreeSet<String>,
}

/// What is told, and where.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct DoctorOutputArgs {
    /// What standard output carries: a line a check, as text or JSON [default: text]
    ///
    /// json: one object a line, as schemas/doctor.schema.json in the source describes it.
    #[arg(long, value_name = "FORMAT", value_parser = named::<OutputFormat>(), ignore_case = true)]
    pub output: Option<OutputFormat>,

    /// Show only warnings and what failed
    #[arg(short, long, alias = "only-show-errors", value_parser = switch)]
    pub quiet: bool,

    /// Say what is done, and why it waits, on standard error; -vv adds the log of the SDK
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

impl DoctorOutputArgs {
    /// The form of the lines.
    pub(crate) fn format(&self) -> OutputFormat {
        self.output.unwrap_or(OutputFormat::Text)
    }

    fn config(&self) -> Result<Output> {
        if self.quiet && self.verbose > 0 {
            return Err(Error::usage("--quiet and --verbose can't be had together"));
        }
        Ok(Output {
            progress: ProgressStyle::None,
            format: self.format(),
            quiet: self.quiet,
            verbosity: self.verbose.min(2),
            ..Output::default()
        })
    }
}

impl DoctorArgs {
    /// Takes in what only clap's matches tell.
    pub(in crate::cli) fn complete(&mut self, command: &Command, matches: &ArgMatches) {
        self.given = given_options(command, matches);
        self.by_variable = given_by(ValueSource::EnvVariable, command, matches);
    }

    /// Checks everything that can be checked without a request.
    ///
    /// # Errors
    /// A usage error that says which option is wrong and why.
    pub(crate) fn config(self) -> Result<DoctorConfig> {
        self.config_in(&Env::real(&|name| std::env::var_os(name)))
    }

    fn config_in(self, env: &Env<'_>) -> Result<DoctorConfig> {
        let checked = self.checked(env);
        checked.map_err(|error| environment::point_out(error, env))
    }

    fn checked(mut self, env: &Env<'_>) -> Result<DoctorConfig> {
        let longer = PROBE_ENDING.len() + PROBE_LETTERS;
        let destination = destination_value::parse_for_trials(&self.destination, longer)?;
        let connection = self.connection.config(&destination.bucket, env)?;
        self.retry_policy.retry_for.get_or_insert(Duration::ZERO);
        let several = match self.workers {
            // A variable that is meant for uploads does no harm.
            Workers::Fixed(workers) if self.speed => within("--workers", workers, 2..=64)?,
            Workers::Fixed(_) | Workers::Auto => SEVERAL,
        };
        Ok(DoctorConfig {
            destination,
            store: StoreConfig {
                connection,
                retry_policy: self.retry_policy.config()?,
            },
            given: self.given,
            by_variable: self.by_variable,
            speed: self.speed.then_some(several),
            output: self.output.config()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use crate::cli::environment::tests::surrounded;
    use clap::Parser;

    fn config(args: &[&str]) -> Result<DoctorConfig, String> {
        let argv = ["s3stream", "doctor"].iter().chain(args);
        let cli = Cli::try_parse_from(argv).map_err(|error| error.to_string())?;
        let crate::cli::Command::Doctor(arguments) = cli.command else {
            unreachable!("it was asked for the doctor")
        };
        let config = surrounded(&[], |env| arguments.config_in(env));
        config.map_err(|error| {
            assert_eq!(error.exit_status(), 2);
            format!("{error:#}")
        })
    }

    #[test]
    fn places() {
        for (text, key) in [("b", ""), ("s3://b/", ""), ("b/p/", "p/"), ("b/k", "k")] {
            let found = config(&[text]).unwrap().destination;
            assert_eq!((&*found.bucket, &*found.key), ("b", key), "{text}");
        }
        let long = format!("b/{}", "k".repeat(1000));
        for text in ["", "/k", "b/../k", "https://h/b", &long] {
            config(&[text]).unwrap_err();
        }
    }

    #[test]
    fn it_is_less_patient_than_an_upload() {
        let found = config(&["b"]).unwrap().store.retry_policy;
        assert_eq!((found.retries, found.retry_for), (2, Duration::ZERO));
        let args = ["b", "--retries=7", "--retry-for=1m"];
        let found = config(&args).unwrap().store.retry_policy;
        assert_eq!((found.retries, found.retry_for.as_secs()), (7, 60));
    }

    #[test]
    fn connections_to_measure() {
        let speed = |args: &[&str]| config(args).unwrap().speed;
        assert_eq!(speed(&["b"]), None);
        assert_eq!(speed(&["b", "--speed"]), Some(8));
        assert_eq!(speed(&["b", "--speed", "--workers=auto"]), Some(8));
        assert_eq!(speed(&["b", "--speed", "--workers=3"]), Some(3));
        assert_eq!(speed(&["b", "--workers=100"]), None);
        config(&["b", "--speed", "--workers=1"]).unwrap_err();
        config(&["b", "-q", "-v"]).unwrap_err();
    }
}
