//! Object Lock: options and their checks.

use crate::cli::environment::switch;
use crate::cli::refuse;
use crate::cli::values::duration_value;
use crate::cli::values::named_value::named;
use crate::config::Algorithm;
use crate::config::LockMode;
use crate::error::{Error, Result};
use clap::ValueHint;
use std::time::SystemTime;

/// Object Lock, which keeps an object from being deleted.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Object")]
pub(crate) struct LockArgs {
    /// Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody
    #[arg(long, value_name = "MODE", value_parser = named::<LockMode>(), ignore_case = true)]
    pub object_lock_mode: Option<LockMode>,

    /// Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)
    #[arg(long, value_name = "DURATION|TIMESTAMP", value_hint = ValueHint::Other)]
    pub object_lock_retain: Option<String>,

    /// Object Lock: put a legal hold on the object
    #[arg(long, value_parser = switch)]
    pub object_lock_legal_hold: bool,
}

impl LockArgs {
    /// Checks the options; the time counts from `now`.
    pub(in crate::cli) fn config(
        self,
        algorithm: Algorithm,
        now: SystemTime,
    ) -> Result<Option<(LockMode, SystemTime)>> {
        let lock = match (self.object_lock_mode, self.object_lock_retain) {
            (None, None) => None,
            (Some(mode), Some(text)) => Some((mode, until(&text, now)?)),
            (Some(_), None) => {
                return Err(
                    Error::usage("--object-lock-mode needs --object-lock-retain")
                        .hint("say how long to keep the object: --object-lock-retain 30d"),
                );
            }
            (None, Some(_)) => {
                return Err(
                    Error::usage("--object-lock-retain needs --object-lock-mode")
                        .hint("add --object-lock-mode GOVERNANCE or COMPLIANCE"),
                );
            }
        };
        if algorithm == Algorithm::None && (lock.is_some() || self.object_lock_legal_hold) {
            return Err(Error::usage("Object Lock with --checksum-algorithm NONE")
                .because("S3 takes locked objects with a checksum alone")
                .hint("use another --checksum-algorithm; MD5 works on every store"));
        }
        Ok(lock)
    }
}

/// Reads a time in the future, or a duration from now.
fn until(text: &str, now: SystemTime) -> Result<SystemTime> {
    let wrong = |why: &str| refuse("--object-lock-retain", format!("{text:?}"), why);
    let time = match duration_value::parse(text) {
        Ok(wait) => duration_value::after(now, wait).ok_or_else(|| wrong("it is too long"))?,
        Err(_) => duration_value::timestamp(text).ok_or_else(|| {
            wrong("it is neither a duration nor a time")
                .hint("write it like 30d, or like 2030-01-31T12:00:00Z")
        })?,
    };
    if time <= now {
        return Err(wrong("it must lie in the future"));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::tests::NOW;
    use crate::cli::put_args::tests::{checked, config, failure};

    const MODE: &str = "--object-lock-mode=COMPLIANCE";

    fn retain(text: &str) -> Option<u64> {
        let retain = format!("--object-lock-retain={text}");
        let (mode, time) = config(&["b/k", MODE, &retain]).upload.object.lock?;
        assert_eq!(mode, LockMode::Compliance);
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        Some(since.unwrap().as_secs())
    }

    #[test]
    fn durations_and_times() {
        assert_eq!(retain("30d"), Some(NOW + 30 * 86400));
        assert_eq!(retain("2027-01-15T08:00:01Z"), Some(NOW + 1));
        assert!(config(&["b/k"]).upload.object.lock.is_none());
    }

    #[test]
    fn only_the_future() {
        for text in [
            "0s",
            "2027-01-15T08:00:00Z",
            "2020-01-01",
            "soon",
            "",
            "30",
            "9000y",
        ] {
            failure(
                &["b/k", MODE, &format!("--object-lock-retain={text}")],
                "--object-lock-retain",
            );
        }
    }

    #[test]
    fn mode_and_time_go_together() {
        failure(&["b/k", MODE], "needs --object-lock-retain");
        failure(
            &["b/k", "--object-lock-retain=1d"],
            "needs --object-lock-mode",
        );
        let args = [
            "b/k",
            "--object-lock-mode=governance",
            "--object-lock-retain=1d",
        ];
        let (mode, _) = config(&args).upload.object.lock.unwrap();
        assert_eq!(mode, LockMode::Governance);
        assert!(checked(&["b/k", "--object-lock-mode=forever"]).is_err());
    }

    #[test]
    fn a_lock_needs_a_checksum() {
        let none = "--checksum-algorithm=NONE";
        failure(
            &["b/k", none, MODE, "--object-lock-retain=1d"],
            "Object Lock",
        );
        failure(&["b/k", none, "--object-lock-legal-hold"], "Object Lock");
        let found = config(&[
            "b/k",
            "--checksum-algorithm=MD5",
            "--object-lock-legal-hold",
        ]);
        assert!(found.upload.object.legal_hold);
    }
}
