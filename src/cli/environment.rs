//! The environment: every option also reads `S3STREAM_<NAME>`, a few also a variable of the AWS
//! tools. An empty value counts as unset.

use crate::config::memory_cgroup;
use crate::error::{Error, Result};
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};
use std::ffi::OsString;
use std::time::SystemTime;

/// What validation looks at besides the arguments.
pub(super) struct Env<'a> {
    /// Reads a variable of the environment.
    pub(super) env: &'a dyn Fn(&str) -> Option<OsString>,
    /// The current time.
    pub(super) now: SystemTime,
    /// Bytes that the memory cgroup leaves, where one limits them.
    pub(super) memory_left: Option<u64>,
}

impl<'a> Env<'a> {
    /// As they are, with variables that are read by `env`.
    pub(super) fn real(env: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self {
            env,
            now: SystemTime::now(),
            memory_left: memory_cgroup::left(),
        }
    }

    /// The value of a variable, `None` where it is unset or empty.
    pub(super) fn get(&self, name: &str) -> Option<OsString> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    /// The value of a variable that must be text.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>> {
        let not_text = |_| Error::usage(format!("{name} is not valid UTF-8"));
        self.get(name)
            .map(|value| value.into_string().map_err(not_text))
            .transpose()
    }
}

/// Lets every option of every subcommand read its variable.
///
/// Done by rule and not by an attribute each, so that no option can be forgotten or misspelt, and
/// so that an empty variable counts as unset for flags and numbers alike.
pub(super) fn add(command: Command, argv: &[OsString]) -> Command {
    command.mut_subcommands(|subcommand| {
        let is_verify = subcommand.get_name() == "verify";
        add(subcommand, argv).mut_args(|arg| match variable_of(&arg) {
            Some(_) if arg.get_long().is_some_and(|long| is_replaced(long, argv)) => arg,
            // What put writes is not what verify compares with in place of a source.
            Some(name) if is_verify && name == "S3STREAM_RECEIPT" => arg,
            Some(name) if std::env::var_os(&name).is_some_and(|value| !value.is_empty()) => {
                // Help must not show values, and need not depend on which variables are set.
                arg.env(name).hide_env(true).hide_env_values(true)
            }
            _ => arg,
        })
    })
}

/// Names that the aws CLI uses, and the options that they stand in for: clap takes two of which one
/// overrides the other for a conflict where a variable gives the other.
const STAND_INS: [(&str, &str); 4] = [
    ("--no-progress", "progress"),
    ("--no-follow-symlinks", "follow-symlinks"),
    ("--cli-connect-timeout", "connect-timeout"),
    ("--cli-read-timeout", "stall-timeout"),
];

fn is_replaced(long: &str, argv: &[OsString]) -> bool {
    let options = || argv.iter().take_while(|word| *word != "--");
    let gives = |name: &str| {
        options().any(|word| word.to_str().and_then(|word| word.split('=').next()) == Some(name))
    };
    STAND_INS
        .iter()
        .any(|(name, option)| *option == long && gives(name))
}

/// The variable that `arg` reads. A hidden option is another tool's name for one, and reads none.
pub(super) fn variable_of(arg: &Arg) -> Option<String> {
    let long = arg.get_long().filter(|_| !arg.is_hide_set());
    long.map(variable)
}

/// What the variables of all options begin with.
pub(super) const PREFIX: &str = "S3STREAM_";

/// The variable that an option reads: `part-size` reads `S3STREAM_PART_SIZE`.
pub(super) fn variable(long: &str) -> String {
    format!("{PREFIX}{}", long.to_ascii_uppercase().replace('-', "_"))
}

/// Adds which of the options that `error` names are set in the environment: who wrote none of them
/// on the command line would wonder.
pub(super) fn point_out(mut error: Error, env: &Env<'_>) -> Error {
    let text = format!("{error:#}");
    let mut variables: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter_map(|word| word.strip_prefix("--"))
        .map(variable)
        .filter(|name| env.get(name).is_some())
        .map(|name| format!("{name} is set in the environment"))
        .collect();
    variables.dedup();
    error.hints.append(&mut variables);
    error
}

/// The same for a value that clap refused.
pub(super) fn point_out_clap(
    mut error: clap::Error,
    env: impl Fn(&str) -> Option<OsString>,
) -> clap::Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let option = text(ContextKind::InvalidArg).and_then(|arg| arg.strip_prefix("--"));
    let value = text(ContextKind::InvalidValue);
    let (Some(option), Some(value)) = (option, value) else {
        return error;
    };
    let long = option.split([' ', '=', '[']).next().unwrap_or(option);
    let variable = variable(long);
    if env(&variable).is_some_and(|found| found == value) {
        let tip = format!("{variable} in the environment says so");
        let tips = vec![StyledStr::from(tip)];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

/// Takes out clap's advice to write `--` before what it does not know: in `put` that would make a typo the
/// COMMAND. The name that is most like it stays.
pub(super) fn without_double_hyphen(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::StyledStrs(mut tips)) = error.remove(ContextKind::Suggested) {
        tips.retain(|tip| !tip.to_string().starts_with("to pass "));
        if !tips.is_empty() {
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
        }
    }
    error
}

/// Reads what a flag's variable says.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "t" | "y" => Ok(true),
        "" | "false" | "no" | "off" | "0" | "f" | "n" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::put_args::tests::{failure_in, parsed};
    use std::time::Duration;

    /// 2027-01-15T08:00:00Z
    pub(in crate::cli) const NOW: u64 = 1_800_000_000;

    /// Calls `f` with nothing in the environment but `vars`.
    pub(in crate::cli) fn surrounded<T>(vars: &[(&str, &str)], f: impl FnOnce(&Env<'_>) -> T) -> T {
        surrounded_with(None, vars, f)
    }

    /// The same where a cgroup leaves so many bytes of memory.
    pub(in crate::cli) fn surrounded_with<T>(
        memory_left: Option<u64>,
        vars: &[(&str, &str)],
        f: impl FnOnce(&Env<'_>) -> T,
    ) -> T {
        let env = |name: &str| {
            let found = vars.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        f(&Env {
            env: &env,
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(NOW),
            memory_left,
        })
    }

    #[test]
    fn names_follow_the_options() {
        let arg = |long: &'static str| variable_of(&Arg::new("x").long(long)).unwrap();
        assert_eq!(arg("part-size"), "S3STREAM_PART_SIZE");
        assert_eq!(arg("sse-c-key-file"), "S3STREAM_SSE_C_KEY_FILE");
        assert_eq!(variable_of(&Arg::new("positional")), None);
        assert_eq!(variable_of(&Arg::new("x").long("debug").hide(true)), None);
    }

    #[test]
    fn errors_point_out_variables() {
        let vars = [("S3STREAM_WORKERS", "0"), ("S3STREAM_BUFFER", "1")];
        let error = failure_in(&vars, &["b/k", "--workers=0"], "--workers 0");
        assert_eq!(error.hints, ["S3STREAM_WORKERS is set in the environment"]);
    }

    #[test]
    fn claps_errors_point_out_variables() {
        let shown = |value: &'static str, args: &[&str]| {
            let error = parsed(args).unwrap_err();
            point_out_clap(error, |name| {
                (name == "S3STREAM_WORKERS" || name == "S3STREAM_SSE").then(|| value.into())
            })
            .to_string()
        };
        let says = |name: &str| format!("tip: {name} in the environment says so");
        let args = ["b/k", "--workers=many"];
        assert!(shown("many", &args).contains(&says("S3STREAM_WORKERS")));
        assert!(!shown("4", &args).contains("S3STREAM"));
        let args = ["b/k", "--sse=DES"];
        assert!(shown("DES", &args).contains(&says("S3STREAM_SSE")));
        assert!(!shown("x", &["b/k", "--no-such"]).contains("S3STREAM"));
    }

    #[test]
    fn switches_read_the_usual_words() {
        for yes in ["true", "1", "yes", "YES", "on"] {
            assert_eq!(switch(yes), Ok(true), "{yes}");
        }
        for no in ["false", "0", "no", "No", "off", ""] {
            assert_eq!(switch(no), Ok(false), "{no}");
        }
        assert!(switch("maybe").is_err());
    }

    #[test]
    fn empty_variables_count_as_unset() {
        surrounded(&[("A", ""), ("B", "x")], |env| {
            assert_eq!(env.get("A"), None);
            assert_eq!(env.text("B").unwrap().as_deref(), Some("x"));
        });
    }
}
