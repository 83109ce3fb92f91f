//! What must hold before anything is committed: options and their checks.

use crate::cli::environment::switch;
use crate::cli::refuse;
use crate::cli::values::size_value;
use crate::config::{Guards, typed_size};
use crate::error::{Error, Result};
use clap::ValueHint;
use regex::bytes::Regex;

/// What must hold before anything is committed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Guards (nothing is stored unless they hold)")]
pub(crate) struct GuardArgs {
    /// Refuse to replace an object (If-None-Match: *)
    #[arg(long, value_parser = switch)]
    pub no_overwrite: bool,

    /// Exact size of the source
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, value_hint = ValueHint::Other)]
    pub size: Option<u64>,

    /// Least size of the source
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, value_hint = ValueHint::Other)]
    pub min_size: Option<u64>,

    /// Must match in the last 4KiB of the source, such as '-- Dump completed'
    ///
    /// The syntax is that of Rust's regex crate, on bytes; ^ and $ mean lines after (?m).
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true, value_hint = ValueHint::Other)]
    pub require_tail: Option<String>,

    /// Accept an empty stream
    ///
    /// By default it is refused, for that is what a dead producer looks like. An empty FILE is
    /// always accepted.
    #[arg(long, value_parser = switch)]
    pub allow_empty: bool,
}

impl GuardArgs {
    /// Checks the options; `expected` is the hint of the source's size.
    pub(in crate::cli) fn config(self, expected: Option<u64>) -> Result<Guards> {
        for (option, most) in [("--size", self.size), ("--expected-size", expected)] {
            if let (Some(least), Some(most)) = (self.min_size, most)
                && least > most
            {
                let why = format!("more than {option} {}", typed_size(most));
                return Err(refuse("--min-size", typed_size(least), why));
            }
        }
        Ok(Guards {
            no_overwrite: self.no_overwrite,
            size: self.size,
            min_size: self.min_size,
            require_tail: self.require_tail.map(|text| tail(&text)).transpose()?,
            allow_empty: self.allow_empty,
        })
    }
}

/// Compiles the pattern; an empty one would match anything.
fn tail(text: &str) -> Result<Regex> {
    if text.is_empty() {
        return Err(Error::usage("--require-tail is empty"));
    }
    Regex::new(text).map_err(|error| {
        // The message spans lines, with the pattern and a caret; its last line says what is wrong.
        let message = error.to_string();
        let why = message.lines().last().unwrap_or_default().trim();
        let why = why.strip_prefix("error: ").unwrap_or(why);
        refuse("--require-tail", format!("{text:?}"), why)
            .hint("put a \\ before ( ) [ ] { } . * + ? ^ $ | to mean the character itself")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::put_args::tests::{config, failure};

    fn guards(args: &[&str]) -> Guards {
        config(&[&["b/k"], args].concat()).upload.guards
    }

    #[test]
    fn flags() {
        let found = guards(&[]);
        assert!(!found.no_overwrite && !found.allow_empty);
        let found = guards(&["--no-overwrite", "--allow-empty"]);
        assert!(found.no_overwrite && found.allow_empty);
    }

    #[test]
    fn sizes() {
        let found = guards(&["--size=2KiB", "--min-size=2048"]);
        assert_eq!((found.size, found.min_size), (Some(2048), Some(2048)));
        assert_eq!(guards(&["--size=0"]).size, Some(0));
        failure(&["b/k", "--size=1", "--min-size=2"], "more than --size 1");
        failure(
            &["b/k", "--expected-size=1", "--min-size=2"],
            "more than --expected-size 1",
        );
    }

    #[test]
    fn require_tail() {
        let found = guards(&["--require-tail", "-- Dump completed"]);
        let regex = found.require_tail.unwrap();
        assert!(regex.is_match(b"\xff\n-- Dump completed on 2027-01-15\n"));
        let error = failure(&["b/k", "--require-tail", "a(b"], "unclosed group");
        assert!(!format!("{error:#}").contains('\n'), "{error:#}");
        failure(&["b/k", "--require-tail="], "--require-tail");
        failure(
            &["b/k", "--require-tail", "(?:a{1000}){1000000}"],
            "--require-tail",
        );
    }
}
