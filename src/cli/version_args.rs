//! `s3stream version`, and `--version`.

use clap::ArgAction;
use std::ffi::OsString;

/// The arguments of `s3stream version`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct VersionArgs {
    /// Tell the commit, the target and the features as well
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

impl VersionArgs {
    /// Those of a command line with `--version`, which ends clap's reading before it gets to `-v`.
    pub(super) fn beside_flag(argv: &[OsString]) -> Self {
        let words = argv.iter().filter_map(|word| word.to_str());
        let verbose = words
            .take_while(|word| *word != "--")
            .any(|word| word == "--verbose" || is_short_v(word));
        Self {
            verbose: u8::from(verbose),
        }
    }

    /// What is told, each line with its end.
    pub(crate) fn text(&self) -> String {
        let mut text = concat!("s3stream ", env!("CARGO_PKG_VERSION"), "\n").to_owned();
        if self.verbose > 0 {
            text.push_str(concat!(
                "commit: ",
                env!("BUILD_COMMIT"),
                "\ntarget: ",
                env!("BUILD_TARGET"),
                "\nfeatures: ",
                env!("BUILD_FEATURES"),
                "\nprocessor features at build time: ",
                env!("BUILD_CPU"),
                "\n"
            ));
        }
        text
    }
}

/// `-v`, alone or with others of its kind, as in `-Vv`.
fn is_short_v(word: &str) -> bool {
    let letters = word.strip_prefix('-').unwrap_or_default();
    letters.contains('v') && letters.chars().all(|letter| matches!(letter, 'v' | 'V'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_verbose_with_v_anywhere_before_a_command() {
        let verbose = |line: &str| {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            VersionArgs::beside_flag(&words).verbose > 0
        };
        for line in ["-V -v", "--version -v", "-Vv", "put -v -V", "-V --verbose"] {
            assert!(verbose(line), "{line}");
        }
        for line in ["-V", "--version", "put -V -- tar -v", "-V dev", "-V -"] {
            assert!(!verbose(line), "{line}");
        }
    }
}
