//! What `s3stream version -v` tells of the build, and in which order the program's functions lie. No date
//! and no path: the same sources give the same program, also as an archive without git.

use std::env::var;
use std::fmt::Write as _;
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
    link_in_order();
}

/// Has the functions that are called in every run lie together.
///
/// Around a page of the program that is touched, the kernel maps 16 or more. With the functions strewn over
/// the whole program, a run came to hold most of its 9 MiB, 3 to 5 MiB more than so.
fn link_in_order() {
    const LIST: &str = "packaging/link-order";
    println!("cargo:rerun-if-changed={LIST}");
    let is = |name: &str, value: &str| var(name).is_ok_and(|found| found == value);
    // Some linkers (mold, gold) refuse the script: one that was chosen is left alone.
    let is_chosen = var("CARGO_ENCODED_RUSTFLAGS")
        .is_ok_and(|flags| flags.contains("fuse-ld") || flags.contains("ld-path"));
    if !is("PROFILE", "release") || !is("CARGO_CFG_TARGET_OS", "linux") || is_chosen {
        return;
    }
    let Ok(list) = fs::read_to_string(LIST) else {
        return;
    };
    let names = || list.lines().filter(|line| !line.starts_with('#'));
    let mut script = "SECTIONS\n{\n  .text.called :\n  {\n".to_owned();
    for name in names()
        .map(ToOwned::to_owned)
        .chain(names().filter_map(of_any_build))
    {
        writeln!(script, "    *(.text.{name} .text.unlikely.{name})").expect("memory has room");
    }
    script.push_str("  }\n}\nINSERT BEFORE .text;\n");
    let path = Path::new(&var("OUT_DIR").expect("cargo sets it")).join("link-order.ld");
    fs::write(&path, script).expect("cargo gave this folder to write to");
    println!("cargo:rustc-link-arg-bin=s3stream=-T");
    println!("cargo:rustc-link-arg-bin=s3stream={}", path.display());
}

/// The pattern without the symbol's hash, which changes with the compiler and with a crate's version: what
/// of the list is not found as it was then is found by this. It finds all that differ in their types alone,
/// so it comes second.
fn of_any_build(pattern: &str) -> Option<String> {
    let (name, hash) = pattern.rsplit_once("17h")?;
    hash.ends_with("E*").then(|| format!("{name}17h*"))
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
