use super::*;
use proptest::prelude::*;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// `+` before an include, `-` before an exclude.
fn filters(patterns: &[&str]) -> Filters {
    let filter = |text: &&str| {
        let (sign, pattern) = text.split_at(1);
        Filter::new(sign == "+", pattern).unwrap()
    };
    Filters::new(patterns.iter().map(filter).collect()).unwrap()
}

fn takes(filters: &Filters, path: impl AsRef<Path>) -> bool {
    filters.takes(filters.decide_at_once(path.as_ref(), false))
}

fn enters(filters: &Filters, folder: &str) -> bool {
    let folder = Path::new(folder);
    filters.enters(filters.decide_at_once(folder, true), folder)
}

/// Compared with `git check-ignore`, but for what is in .git itself, of which it says nothing.
#[test]
fn one_pattern_matches_as_in_git() {
    for (pattern, excluded, taken) in [
        (
            "bin/*",
            &["bin/x", "bin/deep/y"][..],
            &["robin/z", "a/bin/x", "bin"][..],
        ),
        ("/bin", &["bin", "bin/x"], &["a/bin", "binx"]),
        ("bin", &["bin", "a/bin", "a/bin/x"], &["robin/z"]),
        ("bin/", &["bin/x", "a/bin/x/y"], &["bin", "a/bin"]),
        (".git", &[".git/config", "a/.git"], &[".gitignore"]),
        (
            "**/node_modules",
            &["node_modules/x", "a/b/node_modules/x"],
            &["node_modules2"],
        ),
        ("*.o", &["x.o", "a/x.o", "a.o/x", ".o"], &["x.oo"]),
        ("a/**/b", &["a/b", "a/x/y/b"], &["x/a/b", "a/xb"]),
        ("a/**", &["a/x", "a/x/y"], &["a", "x/a/y"]),
        ("a*b/c", &["ab/c", "axb/c"], &["a/b/c", "x/ab/c"]),
        ("a?b", &["axb", "d/a b"], &["ab", "a/b"]),
        ("a[^x]b", &["ayb"], &["axb", "a/b"]),
        ("[[:digit:]]x", &["7x"], &["dx"]),
        ("[a-c]", &["b"], &["d", "-"]),
        ("\\*", &["*", "a/*"], &["x"]),
        ("\\{a\\}", &["{a}"], &["a"]),
        ("#a", &["#a"], &["a"]),
        ("a ", &["a "], &["a"]),
        ("**", &["a", "a/b"], &[]),
        ("*", &["a", "a/b", "a\nb"], &[]),
        ("a*", &["a\nb", "a\n"], &["\na"]),
    ] {
        let filters = filters(&[&format!("-{pattern}")]);
        for path in excluded {
            assert!(!takes(&filters, path), "{pattern} {path:?}");
        }
        for path in taken {
            assert!(takes(&filters, path), "{pattern} {path:?}");
        }
    }
    let odd = OsStr::from_bytes(b"d/caf\xe9.tmp");
    assert!(!takes(&filters(&["-*.tmp"]), odd));
    assert!(!takes(&filters(&["-caf?.tmp"]), odd));
}

#[test]
fn the_last_that_matches_a_path_or_its_folder_decides() {
    let wal = filters(&["-*", "+*.wal"]);
    assert!(takes(&wal, "x.wal") && takes(&wal, "a/b/x.wal"));
    assert!(!takes(&wal, "a/b/x"));
    assert!(takes(&wal, "a.wal/x"), "its folder is taken");
    let data = filters(&["-*", "+data/"]);
    assert!(takes(&data, "data/x") && takes(&data, "a/data/b/x"));
    assert!(!takes(&data, "data"), "a file of that name");
    let bin = filters(&["-bin/", "+*.wal"]);
    assert!(takes(&bin, "bin/x.wal") && !takes(&bin, "bin/x"));
    let again = filters(&["-*", "+*.log", "-old/"]);
    assert!(takes(&again, "a.log") && !takes(&again, "old/a.log"));
    assert!(takes(&filters(&[]), "x"));
    assert!(
        takes(&filters(&["+a"]), "x"),
        "an include alone leaves out nothing"
    );
}

#[test]
fn a_folder_is_entered_if_anything_in_it_may_be_taken() {
    for (patterns, entered, skipped) in [
        (
            &["-bin/"][..],
            &["a", "robin"][..],
            &["bin", "a/bin", "bin/x"][..],
        ),
        (&["-*", "+*.wal"], &["a", "a/b"], &[]),
        (&["+*.wal", "-*"], &[], &["a"]),
        (
            &["-*", "+/a/*/c"],
            &["a", "a/x", "a/x/c"],
            &["b", "a/x/y", "x/a"],
        ),
        (&["-*", "+/a/b/**"], &["a", "a/b", "a/b/c/d"], &["b", "a/c"]),
        (&["-*", "+a/**/c"], &["a", "a/x/y"], &["b"]),
        (&["-*", "+/[ab]/c"], &["a", "b"], &["c", "a/x"]),
        (&["-*", "+/x[a/b]y/c/d"], &["xay", "xay/c"], &[]),
        (&["-a", "+/b/c", "-/b/c/d"], &["b"], &["a", "b/c/d"]),
    ] {
        let filters = filters(patterns);
        assert!(enters(&filters, ""), "{patterns:?}");
        for folder in entered {
            assert!(enters(&filters, folder), "{patterns:?} {folder}");
        }
        for folder in skipped {
            assert!(!enters(&filters, folder), "{patterns:?} {folder}");
        }
    }
}

#[test]
fn what_can_match_nothing_is_refused() {
    for pattern in [
        "", "/", "//", "a//b", "./a", "../a", "a/.", "*.{a,b}", "{{a}}", "[a", "a\\", "a\\/",
        "[z-a]",
    ] {
        assert!(Filter::new(false, pattern).is_err(), "{pattern}");
    }
}

/// One pattern by the letter of gitignore(5), for letters, `*`, `?` and `**`.
fn matches_slowly(pattern: &str, path: &str, is_folder: bool) -> bool {
    if pattern.ends_with('/') && !is_folder {
        return false;
    }
    let names = pattern.trim_matches('/');
    let names: Vec<&str> = match pattern.starts_with('/') || names.contains('/') {
        true => names.split('/').collect(),
        false => vec!["**", names],
    };
    let path: Vec<&str> = path.split('/').collect();
    names_match(&names, &path)
}

fn names_match(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**"], path) => !path.is_empty(),
        (["**", rest @ ..], path) => (0..=path.len()).any(|from| names_match(rest, &path[from..])),
        ([name, rest @ ..], [first, others @ ..]) => {
            name_matches(name.as_bytes(), first.as_bytes()) && names_match(rest, others)
        }
        _ => false,
    }
}

fn name_matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], name) => (0..=name.len()).any(|from| name_matches(rest, &name[from..])),
        ([b'?', rest @ ..], [_, others @ ..]) => name_matches(rest, others),
        ([c, rest @ ..], [d, others @ ..]) => c == d && name_matches(rest, others),
        _ => false,
    }
}

/// What becomes of a file, asked of each pattern for each folder.
fn takes_slowly(patterns: &[(bool, String)], path: &str) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at);
    let folders: Vec<&str> = ends.map(|end| &path[..end]).collect();
    let decisive = patterns.iter().rev().find(|(_, pattern)| {
        matches_slowly(pattern, path, false)
            || folders.iter().any(|it| matches_slowly(pattern, it, true))
    });
    decisive.is_none_or(|(include, _)| *include)
}

fn pattern() -> impl Strategy<Value = String> {
    let name = "[ab]|[ab*?]{1,3}|\\*\\*|a|b";
    let names = prop::collection::vec(name, 1..4).prop_map(|it| it.join("/"));
    ("/?", names, "/?").prop_map(|(first, names, last)| format!("{first}{names}{last}"))
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab]{1,2}", 1..5).prop_map(|it| it.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn decisions_are_those_of_the_slow_model(
        patterns in prop::collection::vec((any::<bool>(), pattern()), 0..5),
        path in path(),
    ) {
        let made = patterns.iter().map(|(include, text)| Filter::new(*include, text).unwrap());
        let filters = Filters::new(made.collect()).unwrap();
        let taken = takes(&filters, &path);
        prop_assert_eq!(taken, takes_slowly(&patterns, &path));
        for folder in Path::new(&path).ancestors().skip(1) {
            let decision = filters.decide_at_once(folder, true);
            prop_assert!(!taken || filters.enters(decision, folder), "{:?}", folder);
        }
        let mut walked = Decision::default();
        let mut folders: Vec<_> = Path::new(&path).ancestors().skip(1).collect();
        folders.reverse();
        for folder in folders {
            walked = filters.decide(walked, folder, true);
        }
        prop_assert_eq!(filters.takes(filters.decide(walked, Path::new(&path), false)), taken);
    }
}
