//! Patterns of `--include` and `--exclude`, and the lines of `--exclude-from`.

use crate::cli::refuse;
use crate::config::Filter;
use crate::error::{Error, Result};
use std::path::Path;

/// Reads the pattern of an option: `!` and `#` at its beginning are no marks, as they are in a file.
pub(in crate::cli) fn option(include: bool, pattern: &str) -> Result<Filter> {
    let option = if include { "--include" } else { "--exclude" };
    let wrong = |why: &str| refuse(option, format!("{pattern:?}"), why);
    if pattern.starts_with('!') {
        return Err(wrong("a ! in front has a meaning in a file alone").hint(
            "the opposite of --exclude is --include; a name that begins with ! is written \\!",
        ));
    }
    Filter::new(include, pattern).map_err(|why| wrong(&why))
}

/// Reads the file of an `--exclude-from`.
pub(in crate::cli) fn file(path: &Path) -> Result<Vec<Filter>> {
    let what = format!("can't use --exclude-from {}", path.display());
    let text = std::fs::read(path).map_err(|error| Error::usage(&what).caused_by(error))?;
    let text = str::from_utf8(&text)
        .map_err(|_| Error::usage(&what).because("it is not valid UTF-8, as keys are"))?;
    lines(text)
        .map(|(number, include, pattern)| {
            let filter = Filter::new(include, pattern);
            filter.map_err(|why| {
                let why = format!("{pattern:?}: {why}");
                Error::usage(format!("{what}, line {number}")).because(why)
            })
        })
        .collect()
}

/// The patterns of a file as git reads it, each with the number of its line and whether it is an include.
fn lines(text: &str) -> impl Iterator<Item = (usize, bool, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = (1..).zip(text.split('\n'));
    lines.filter_map(|(number, line)| {
        let line = without_blanks(line.strip_suffix('\r').unwrap_or(line));
        match line.strip_prefix('!') {
            _ if line.is_empty() || line.starts_with('#') => None,
            Some(pattern) => Some((number, true, pattern)),
            None => Some((number, false, line)),
        }
    })
}

/// Without the blanks at the end, but for one after a backslash.
fn without_blanks(line: &str) -> &str {
    let bare = line.trim_end_matches(' ');
    let backslashes = bare.len() - bare.trim_end_matches('\\').len();
    if bare.len() < line.len() && backslashes % 2 == 1 {
        &line[..=bare.len()]
    } else {
        bare
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_git_reads_them() {
        let text =
            "\u{feff}# comment\n\n*.o  \n!keep.o\r\n\\#a\n\\!b\na\\ \nb\\\\ \n   \n #c\nlast";
        let found: Vec<_> = lines(text).collect();
        assert_eq!(
            found,
            [
                (3, false, "*.o"),
                (4, true, "keep.o"),
                (5, false, "\\#a"),
                (6, false, "\\!b"),
                (7, false, "a\\ "),
                (8, false, "b\\\\"),
                (10, false, " #c"),
                (11, false, "last"),
            ]
        );
        assert_eq!(lines("").count(), 0);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let file_with = |text: &[u8]| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("patterns");
            std::fs::write(&path, text).unwrap();
            format!("{:#}", file(&path).unwrap_err())
        };
        let told = file_with(b"a\n\n[b\n");
        assert!(told.contains("line 3") && told.contains("[b"), "{told}");
        assert!(file_with(b"!\n").contains("line 1"));
        assert!(file_with(b"caf\xe9\n").contains("UTF-8"));
        assert!(file(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn options_have_no_marks() {
        assert!(option(false, "#*#").is_ok());
        let error = option(false, "!a").unwrap_err();
        assert!(error.hints[0].contains("--include"), "{error:?}");
        assert!(option(true, "\\!a").is_ok());
        assert_eq!(option(true, "").unwrap_err().exit_status(), 2);
    }
}
