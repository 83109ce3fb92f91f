//! How long to try: options and their checks.

use crate::cli::values::duration_value;
use crate::cli::{refuse, within};
use crate::config::RetryPolicy;
use crate::error::Result;
use clap::ValueHint;
use std::time::Duration;

/// How long an outage is sat out, where nothing else is said: longer than a store takes to start again.
const RETRY_FOR: Duration = Duration::from_secs(15 * 60);

/// How long to try.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Patience")]
pub(crate) struct RetryArgs {
    /// Retries of one request after its first attempt, 0 to 1000
    #[arg(long, value_name = "N", default_value_t = 10, value_hint = ValueHint::Other)]
    pub retries: u32,

    /// Longest first delay before a retry; doubles with every retry
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, default_value = "1s")]
    #[arg(value_hint = ValueHint::Other)]
    pub retry_delay: Duration,

    /// Longest delay before any retry
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, default_value = "30s")]
    #[arg(value_hint = ValueHint::Other)]
    pub retry_max_delay: Duration,

    /// Time to sit out an outage, once the store has answered in this run; it begins anew with each of
    /// its answers [default: 15m; none with --retries 0]
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, value_hint = ValueHint::Other)]
    pub retry_for: Option<Duration>,

    /// Time for a connection to be made, TLS included
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, default_value = "10s")]
    #[arg(value_hint = ValueHint::Other)]
    pub connect_timeout: Duration,

    /// The aws CLI's name for --connect-timeout: whole seconds, 0 for none. The last of the two counts.
    #[arg(long, hide = true, overrides_with = "connect_timeout", value_parser = duration_value::whole_seconds)]
    pub cli_connect_timeout: Option<Duration>,

    /// Time without a byte moved after which a connection counts as dead
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, default_value = "60s")]
    #[arg(value_hint = ValueHint::Other)]
    pub stall_timeout: Duration,

    /// The aws CLI's name for --stall-timeout, likewise.
    #[arg(long, hide = true, overrides_with = "stall_timeout", value_parser = duration_value::whole_seconds)]
    pub cli_read_timeout: Option<Duration>,

    /// Time for the whole run [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, value_hint = ValueHint::Other)]
    pub timeout: Option<Duration>,
}

/// How long to try to upload one source, which may be a stream.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Patience")]
pub(crate) struct StreamRetryArgs {
    /// What put-many has as well.
    #[command(flatten)]
    pub common: RetryArgs,

    /// Time for which a pipe or COMMAND may print nothing before the run fails [default: no limit]
    ///
    /// It counts before the first byte too, so leave enough for a query or a password that is asked
    /// for; and from the end of COMMAND's output to its exit. While the store keeps the data waiting,
    /// it does not count.
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, value_hint = ValueHint::Other)]
    pub idle_timeout: Option<Duration>,
}

impl StreamRetryArgs {
    /// Checks the options.
    pub(in crate::cli) fn config(self) -> Result<RetryPolicy> {
        let idle_timeout = |value| duration_value::not_zero("--idle-timeout", value);
        Ok(RetryPolicy {
            idle_timeout: self.idle_timeout.map(idle_timeout).transpose()?,
            ..self.common.config()?
        })
    }
}

impl RetryArgs {
    /// Checks the options.
    pub(in crate::cli) fn config(self) -> Result<RetryPolicy> {
        let retry_delay = duration_value::at_most_a_year("--retry-delay", self.retry_delay)?;
        let retry_max_delay =
            duration_value::at_most_a_year("--retry-max-delay", self.retry_max_delay)?;
        if retry_delay > retry_max_delay {
            let why = format!(
                "more than --retry-max-delay {}",
                duration_value::show(retry_max_delay)
            );
            return Err(
                refuse("--retry-delay", duration_value::show(retry_delay), why)
                    .hint("lower --retry-delay or raise --retry-max-delay"),
            );
        }
        let timeout = |value| duration_value::not_zero("--timeout", value);
        let retries = within("--retries", self.retries, 0..=1000)?;
        let retry_for = match self.retry_for {
            Some(time) => duration_value::at_most_a_year("--retry-for", time)?,
            None if retries == 0 => Duration::ZERO,
            None => RETRY_FOR,
        };
        Ok(RetryPolicy {
            retries,
            retry_for,
            retry_delay,
            retry_max_delay,
            connect_timeout: match self.cli_connect_timeout {
                Some(time) => duration_value::at_most_a_year("--cli-connect-timeout", time)?,
                None => duration_value::not_zero("--connect-timeout", self.connect_timeout)?,
            },
            stall_timeout: match self.cli_read_timeout {
                Some(time) => duration_value::at_most_a_year("--cli-read-timeout", time)?,
                None => duration_value::not_zero("--stall-timeout", self.stall_timeout)?,
            },
            idle_timeout: None,
            timeout: self.timeout.map(timeout).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::put_args::tests::{checked, config, failure};

    fn retry_policy(args: &[&str]) -> RetryPolicy {
        config(&[&["b/k"], args].concat()).upload.retry_policy
    }

    #[test]
    fn defaults() {
        let found = retry_policy(&[]);
        assert_eq!(found.retries, 10);
        assert_eq!(found.retry_delay, Duration::from_secs(1));
        assert_eq!(found.retry_max_delay, Duration::from_secs(30));
        assert_eq!(found.connect_timeout, Duration::from_secs(10));
        assert_eq!(found.stall_timeout, Duration::from_secs(60));
        assert_eq!(found.retry_for, Duration::from_secs(900));
        assert_eq!((found.timeout, found.idle_timeout), (None, None));
    }

    #[test]
    fn an_outage_is_not_sat_out_without_retries_unless_asked_for() {
        let retry_for = |args: &[&str]| retry_policy(args).retry_for;
        assert_eq!(retry_for(&["--retries=0"]), Duration::ZERO);
        assert_eq!(retry_for(&["--retry-for=0s"]), Duration::ZERO);
        let both = retry_for(&["--retries=0", "--retry-for=2h"]);
        assert_eq!(both, Duration::from_secs(7200));
        failure(&["b/k", "--retry-for=2y"], "--retry-for");
    }

    #[test]
    fn timeouts_as_the_aws_cli_takes_them() {
        let found = retry_policy(&["--cli-connect-timeout=1", "--cli-read-timeout", "2"]);
        assert_eq!(found.connect_timeout, Duration::from_secs(1));
        assert_eq!(found.stall_timeout, Duration::from_secs(2));
        let found = retry_policy(&["--cli-connect-timeout=0", "--cli-read-timeout=0"]);
        assert!(found.connect_timeout > Duration::from_secs(86400 * 300));
        assert!(found.stall_timeout > Duration::from_secs(86400 * 300));
        let last = |args: &[&str]| retry_policy(args).stall_timeout.as_secs();
        assert_eq!(last(&["--cli-read-timeout=7", "--stall-timeout=8s"]), 8);
        assert_eq!(last(&["--stall-timeout=8s", "--cli-read-timeout=7"]), 7);
        failure(&["b/k", "--cli-read-timeout=99999999999"], "365 days");
        for value in ["1s", "-1", "1.5", ""] {
            assert!(checked(&["b/k", &format!("--cli-read-timeout={value}")]).is_err());
        }
    }

    #[test]
    fn retries() {
        assert_eq!(retry_policy(&["--retries=0"]).retries, 0);
        assert_eq!(retry_policy(&["--retries=1000"]).retries, 1000);
        failure(&["b/k", "--retries=1001"], "0 to 1000");
        assert!(checked(&["b/k", "--retries=-1"]).is_err());
    }

    #[test]
    fn delays() {
        let found = retry_policy(&["--retry-delay=0s", "--retry-max-delay=0s"]);
        assert!(found.retry_delay.is_zero() && found.retry_max_delay.is_zero());
        failure(&["b/k", "--retry-delay=31s"], "--retry-max-delay 30s");
        failure(&["b/k", "--retry-max-delay=500ms"], "--retry-max-delay");
    }

    #[test]
    fn timeouts() {
        let found = retry_policy(&[
            "--connect-timeout=1s",
            "--stall-timeout=2s",
            "--timeout=1h 30m",
            "--idle-timeout=30m",
        ]);
        assert_eq!(found.connect_timeout, Duration::from_secs(1));
        assert_eq!(found.stall_timeout, Duration::from_secs(2));
        assert_eq!(found.timeout, Some(Duration::from_secs(5400)));
        assert_eq!(found.idle_timeout, Some(Duration::from_secs(1800)));
        for option in [
            "--connect-timeout",
            "--stall-timeout",
            "--timeout",
            "--idle-timeout",
        ] {
            failure(&["b/k", &format!("{option}=0s")], option);
            failure(&["b/k", &format!("{option}=2y")], option);
            assert!(checked(&["b/k", &format!("{option}=10")]).is_err());
        }
    }
}
