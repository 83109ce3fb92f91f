//! `--include` and `--exclude`: patterns with the syntax of `.gitignore`, of which the last that matches
//! decides.

use globset::{Candidate, Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use regex::Regex;
use std::path::Path;
use std::sync::LazyLock;

/// All patterns of a run, in the order given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters {
    filters: Vec<Filter>,
    set: GlobSet,
}

/// One pattern.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    include: bool,
    glob: Glob,
    /// Whether it ends in `/`.
    folders_only: bool,
    reach: Reach,
}

/// Which filter decides on a path so far: the last that matches it, or a folder that it is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decision(Option<usize>);

impl Filters {
    /// # Errors
    /// Says why the patterns can't be used together: they are too many, or too large.
    pub(crate) fn new(filters: Vec<Filter>) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for filter in &filters {
            set.add(filter.glob.clone());
        }
        let set = set.build().map_err(|error| error.to_string())?;
        Ok(Self { filters, set })
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// The decision on `path`, which is in a folder with the decision `inherited`. Paths are relative to
    /// what the patterns are relative to; that itself, the empty path, is matched by none.
    pub(crate) fn decide(&self, inherited: Decision, path: &Path, is_folder: bool) -> Decision {
        if self.filters.is_empty() || path.as_os_str().is_empty() {
            return inherited;
        }
        let mut matching = Vec::new();
        self.set
            .matches_candidate_into(&Candidate::new(path), &mut matching);
        let own = matching
            .into_iter()
            .filter(|&index| is_folder || !self.filters[index].folders_only)
            .max();
        inherited.max(Decision(own))
    }

    /// The decision on a path that was not reached through its folders.
    pub(crate) fn decide_at_once(&self, path: &Path, is_folder: bool) -> Decision {
        let folders = path.ancestors().skip(1);
        folders.fold(
            self.decide(Decision::default(), path, is_folder),
            |decision, folder| self.decide(decision, folder, true),
        )
    }

    /// Whether what has this decision is uploaded. Without any filter that matches, it is.
    pub(crate) fn takes(&self, decision: Decision) -> bool {
        decision.0.is_none_or(|index| self.filters[index].include)
    }

    /// Whether anything below a folder with this decision may be uploaded: where in doubt, it may.
    pub(crate) fn enters(&self, decision: Decision, folder: &Path) -> bool {
        let later = decision.0.map_or(0, |index| index + 1);
        self.takes(decision)
            || self.filters[later..]
                .iter()
                .any(|it| it.include && it.reach.is_below(folder))
    }

    /// Whether there is an include that brings nothing back, since no exclude comes before it.
    pub(crate) fn has_idle_include(&self) -> bool {
        self.filters.first().is_some_and(|it| it.include)
    }
}

impl Filter {
    /// Reads a pattern without the marks of a `.gitignore`'s line: `#`, `!` and blanks at the end stand
    /// for themselves.
    ///
    /// # Errors
    /// Says why it is none, or can match nothing.
    pub(crate) fn new(include: bool, pattern: &str) -> Result<Self, String> {
        let names = pattern.strip_prefix('/').unwrap_or(pattern);
        let (names, folders_only) = match names.strip_suffix('/') {
            Some(names) => (names, true),
            None => (names, false),
        };
        check(names)?;
        let at_any_depth = !pattern.starts_with('/') && !names.contains('/');
        let mut text = match at_any_depth {
            true => format!("**/{names}"),
            false => names.to_owned(),
        };
        if text.ends_with("/**") {
            // In .gitignore that is what is in a folder, not the folder.
            text.push_str("/*");
        }
        Ok(Self {
            include,
            glob: glob(&text).map_err(|error| error.kind().to_string())?,
            folders_only,
            reach: match at_any_depth {
                true => Reach::default(),
                false => Reach::of(names),
            },
        })
    }
}

/// Refuses what could match nothing, or not what was meant.
fn check(names: &str) -> Result<(), String> {
    for name in names.split('/') {
        match name {
            "" => return Err("a name in it is empty".to_owned()),
            "." | ".." => {
                return Err(
                    "no path has . or .. in it: a pattern that begins with / is relative \
                     to the folder that is uploaded"
                        .to_owned(),
                );
            }
            _ => {}
        }
    }
    // Users of shells and of other globs mean alternatives, which .gitignore doesn't have: as literal
    // braces they would leave out files without a word.
    if has_bare_brace(names) {
        return Err(
            "{ and } have no meaning in .gitignore: give a pattern for each \
             alternative, or write \\{ and \\} for the characters"
                .to_owned(),
        );
    }
    Ok(())
}

fn has_bare_brace(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '{' | '}' => return true,
            _ => {}
        }
    }
    false
}

fn glob(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
}

/// Below which folders a pattern may match.
#[derive(Debug, Clone)]
struct Reach {
    /// What the names of these folders match, from the top.
    names: Vec<GlobMatcher>,
    /// Whether any further folders may come after them.
    deep: bool,
}

impl Default for Reach {
    /// Everywhere.
    fn default() -> Self {
        Self {
            names: Vec::new(),
            deep: true,
        }
    }
}

impl Reach {
    /// That of a pattern which begins at the top.
    fn of(pattern: &str) -> Self {
        let mut names = Vec::new();
        let mut rest = pattern.split('/').peekable();
        while let Some(name) = rest.next() {
            let is_last = rest.peek().is_none();
            if name == "**" {
                return Self { names, deep: true };
            }
            if is_last {
                break;
            }
            match glob(name) {
                Ok(glob) if is_whole(name) => names.push(glob.compile_matcher()),
                _ => return Self { names, deep: true },
            }
        }
        Self { names, deep: false }
    }

    fn is_below(&self, folder: &Path) -> bool {
        let depth = folder.components().count();
        (self.deep || depth <= self.names.len())
            && folder
                .components()
                .zip(&self.names)
                .all(|(name, glob)| glob.is_match(name))
    }
}

/// Whether what stands between two slashes surely is the pattern of one name: a slash within brackets or
/// after a backslash separates nothing.
fn is_whole(name: &str) -> bool {
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^([^\[\]\\]|\[[!^]?[^\[\]\\!^][^\[\]\\]*\])*$").expect("a valid expression")
    });
    WHOLE.is_match(name)
}

#[cfg(test)]
mod filters_tests;
