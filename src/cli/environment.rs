//! The environment: every option also reads `S3STREAM_<NAME>`, a few also a variable of the AWS
//! tools. An empty value counts as unset.

use crate::error::{Error, Result};
use clap::{Arg, Command};
use std::ffi::OsString;
use std::time::SystemTime;

/// What validation looks at besides the arguments.
pub(super) struct Surroundings<'a> {
    /// Reads a variable of the environment.
    pub(super) env: &'a dyn Fn(&str) -> Option<OsString>,
    /// The current time.
    pub(super) now: SystemTime,
}

impl Surroundings<'_> {
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
pub(super) fn add(command: Command) -> Command {
    command.mut_subcommands(|subcommand| {
        subcommand.mut_args(|arg| match name(&arg) {
            Some(name) if std::env::var_os(&name).is_some_and(|value| !value.is_empty()) => {
                // Help must not show values, and need not depend on which variables are set.
                arg.env(name).hide_env(true).hide_env_values(true)
            }
            _ => arg,
        })
    })
}

/// The variable that an option reads: `--part-size` reads `S3STREAM_PART_SIZE`.
fn name(arg: &Arg) -> Option<String> {
    let long = arg.get_long()?;
    Some(format!(
        "S3STREAM_{}",
        long.to_ascii_uppercase().replace('-', "_")
    ))
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
    use std::time::Duration;

    /// 2027-01-15T08:00:00Z
    pub(in crate::cli) const NOW: u64 = 1_800_000_000;

    /// Calls `f` with nothing in the environment but `vars`.
    pub(in crate::cli) fn surrounded<T>(
        vars: &[(&str, &str)],
        f: impl FnOnce(&Surroundings<'_>) -> T,
    ) -> T {
        let env = |name: &str| {
            let found = vars.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        f(&Surroundings {
            env: &env,
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(NOW),
        })
    }

    #[test]
    fn names_follow_the_options() {
        let arg = |long: &'static str| name(&Arg::new("x").long(long)).unwrap();
        assert_eq!(arg("part-size"), "S3STREAM_PART_SIZE");
        assert_eq!(arg("sse-c-key-file"), "S3STREAM_SSE_C_KEY_FILE");
        assert_eq!(name(&Arg::new("positional")), None);
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
        surrounded(&[("A", ""), ("B", "x")], |around| {
            assert_eq!(around.get("A"), None);
            assert_eq!(around.text("B").unwrap().as_deref(), Some("x"));
        });
    }
}
