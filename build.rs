//! What `s3stream version -v` tells of the build. No date and no path: the same sources give the same
//! program, also as an archive without git.

use std::env::var;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let tell = |name: &str, value: Option<String>, otherwise: &str| {
        let value = value.filter(|value| !value.is_empty());
        println!(
            "cargo:rustc-env={name}={}",
            value.as_deref().unwrap_or(otherwise)
        );
    };
    tell("BUILD_COMMIT", commit(), "unknown");
    tell("BUILD_TARGET", var("TARGET").ok(), "unknown");
    tell("BUILD_FEATURES", var("CARGO_CFG_FEATURE").ok(), "none");
    tell("BUILD_CPU", var("CARGO_CFG_TARGET_FEATURE").ok(), "none");
}

/// The commit that the sources are of, where they tell it; with `-dirty` where they were changed since.
///
/// Only for a release: else every commit would have all be built again.
fn commit() -> Option<String> {
    if var("PROFILE").ok()? != "release" {
        return None;
    }
    let root = var("CARGO_MANIFEST_DIR").ok()?;
    let root = Path::new(&root);
    // An archive that was unpacked inside another project's clone must not take that one's commit.
    if root.join(".git").exists() {
        return of_clone(root);
    }
    of_package(&fs::read_to_string(root.join(".cargo_vcs_info.json")).ok()?)
}

fn of_clone(root: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let found = Command::new("git")
            .current_dir(root)
            .args(arguments)
            .output();
        let found = found.ok().filter(|it| it.status.success())?;
        Some(String::from_utf8(found.stdout).ok()?.trim().to_owned())
    };
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    for path in [log.as_str(), "src", "Cargo.toml", "Cargo.lock"] {
        if root.join(path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    git(&[
        "describe",
        "--always",
        "--dirty",
        "--abbrev=40",
        "--exclude=*",
    ])
}

/// What cargo leaves in a package that it makes.
fn of_package(info: &str) -> Option<String> {
    let (_, rest) = info.split_once("\"sha1\"")?;
    rest.split('"').nth(1).map(ToOwned::to_owned)
}
