//! The completions and manual pages in the repository are those of the command line as it is, and the
//! documents are of this version.

use crate::harness::S3stream;
use std::path::{Path, PathBuf};
use std::{env, fs};

const REWRITE: &str = "UPDATE_ASSETS=1 cargo test --test e2e assets";

/// What s3stream prints.
fn printed(arguments: &[&str]) -> Vec<u8> {
    let run = S3stream::new().args(arguments).run().code(0);
    assert!(run.stderr.is_empty(), "{run}");
    run.stdout.into_bytes()
}

#[test]
fn completions() {
    for (shell, file) in [
        ("bash", "s3stream.bash"),
        ("zsh", "_s3stream"),
        ("fish", "s3stream.fish"),
        ("elvish", "s3stream.elv"),
        ("powershell", "_s3stream.ps1"),
    ] {
        let script = printed(&["completions", shell]);
        check(&format!("completions/{file}"), script);
    }
    assert_eq!(count("completions"), 5, "completions/ holds a stale file");
}

#[test]
fn manual_pages() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    let run = S3stream::new().arg("man").arg(&pages).run();
    run.silent();
    let written: Vec<_> = fs::read_dir(&pages).unwrap().map(Result::unwrap).collect();
    for page in &written {
        let name = page.file_name().into_string().unwrap();
        check(&format!("man/{name}"), fs::read(page.path()).unwrap());
    }
    assert_eq!(count("man"), written.len(), "man/ holds a stale file");
    let main = fs::read(pages.join("s3stream.1")).unwrap();
    assert_eq!(printed(&["man"]), main);
}

/// Where the version is written beside Cargo.toml.
#[test]
fn version_in_the_documents() {
    let version = env!("CARGO_PKG_VERSION");
    for (path, text) in [
        (
            "README.md",
            format!("image: registry.example.org/s3stream:{version} "),
        ),
        ("CHANGELOG.md", format!("\n## {version} ")),
    ] {
        let document = fs::read_to_string(root().join(path)).unwrap();
        assert!(document.contains(&text), "{path} lacks {text:?}");
    }
}

fn count(folder: &str) -> usize {
    fs::read_dir(root().join(folder)).unwrap().count()
}

fn rewriting() -> bool {
    env::var_os("UPDATE_ASSETS").is_some_and(|value| value == "1")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a file of the repository with what it should hold, or rewrites it if asked to.
#[track_caller]
fn check(path: &str, expected: Vec<u8>) {
    let file: &Path = &root().join(path);
    if rewriting() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, expected).unwrap();
        return;
    }
    let found = fs::read(file).unwrap_or_default();
    assert!(
        found == expected,
        "{path} is not what the command line gives now; rewrite it with: {REWRITE}"
    );
}
