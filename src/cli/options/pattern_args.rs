//! Options that choose files by patterns.

use crate::cli::refuse;
use crate::cli::values::pattern_value;
use crate::config::Filters;
use crate::error::Result;
use clap::parser::ValueSource;
use clap::{ArgMatches, ValueHint};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Which files by their names.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct PatternArgs {
    /// Leave out what matches PATTERN, which has the syntax of .gitignore
    ///
    /// A pattern with a / at its beginning or in its middle is relative to the named folder (of a named
    /// file, to the folder that it is in; to --base-dir where that is given; with --files-from to the
    /// current folder); any other matches at any depth. * and ? match no /, ** matches any folders, a /
    /// at the end matches folders alone. Of --include, --exclude and --exclude-from, in the order
    /// given, the last pattern that matches a file or one of its folders decides: other than in git,
    /// --exclude bin/ --include '*.wal' takes bin/x.wal. What is left out is not looked at, and a
    /// folder not entered unless a later --include could match something in it.
    #[arg(long, value_name = "PATTERN", value_hint = ValueHint::Other)]
    pub exclude: Vec<String>,

    /// Take what matches PATTERN though an earlier --exclude leaves it out
    ///
    /// --exclude '*' --include '*.wal' takes every .wal file, at any depth.
    #[arg(long, value_name = "PATTERN", value_hint = ValueHint::Other)]
    pub include: Vec<String>,

    /// Read patterns from FILE, as if given by --exclude here; lines that begin with ! are includes
    ///
    /// The file is read as git reads a .gitignore: one pattern a line, lines that begin with # are
    /// comments, \# and \! stand for the characters, blanks at the end do not count.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub exclude_from: Vec<PathBuf>,

    /// All of them in the order given, which clap keeps apart.
    #[arg(skip)]
    in_order: Vec<Given>,
}

/// One of the options.
#[derive(Debug, Clone)]
enum Given {
    Pattern { include: bool, text: String },
    File(PathBuf),
}

impl PatternArgs {
    /// Takes in what only clap's matches tell: the order, and what came from the environment, where a
    /// variable holds one value a line. Such values come before those of the command line.
    pub(in crate::cli) fn complete(&mut self, matches: &ArgMatches) {
        let in_environment = |id: &str| matches.value_source(id) == Some(ValueSource::EnvVariable);
        for (id, list) in [
            ("exclude", &mut self.exclude),
            ("include", &mut self.include),
        ] {
            if in_environment(id) {
                let lines = list.iter().flat_map(|text| text.lines());
                *list = lines
                    .filter(|it| !it.is_empty())
                    .map(str::to_owned)
                    .collect();
            }
        }
        if in_environment("exclude_from") {
            self.exclude_from = self.exclude_from.iter().flat_map(|it| paths(it)).collect();
        }
        let pattern = |include, text: &String| Given::Pattern {
            include,
            text: text.clone(),
        };
        let excludes = self.exclude.iter().map(|text| pattern(false, text));
        let files = self.exclude_from.iter().cloned().map(Given::File);
        let includes = self.include.iter().map(|text| pattern(true, text));
        let mut given: Vec<_> = placed(matches, "exclude", excludes)
            .chain(placed(matches, "exclude_from", files))
            .chain(placed(matches, "include", includes))
            .collect();
        given.sort_by_key(|(place, _)| *place);
        self.in_order = given.into_iter().map(|(_, given)| given).collect();
    }

    /// Reads the patterns, and the files that hold some.
    pub(in crate::cli) fn filters(&self) -> Result<Filters> {
        let mut filters = Vec::new();
        for given in &self.in_order {
            match given {
                Given::Pattern { include, text } => {
                    filters.push(pattern_value::option(*include, text)?);
                }
                Given::File(path) => filters.extend(pattern_value::file(path)?),
            }
        }
        let count = filters.len();
        Filters::new(filters).map_err(|why| refuse("--exclude", format!("{count} patterns"), why))
    }
}

/// Values with their places on the command line; those of the environment are in front.
fn placed(
    matches: &ArgMatches,
    id: &str,
    values: impl Iterator<Item = Given>,
) -> impl Iterator<Item = (usize, Given)> {
    let typed = matches.value_source(id) == Some(ValueSource::CommandLine);
    let places: Vec<usize> = match typed {
        true => matches.indices_of(id).into_iter().flatten().collect(),
        false => Vec::new(),
    };
    places.into_iter().chain(std::iter::repeat(0)).zip(values)
}

/// The paths of a variable, one a line.
fn paths(variable: &Path) -> Vec<PathBuf> {
    let lines = variable.as_os_str().as_bytes().split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    lines.map(|line| OsStr::from_bytes(line).into()).collect()
}
