//! Makes packaging/link-order: the functions that runs of s3stream call, which build.rs has lie together.
//!
//!     cargo run --example link_order
//!
//! Needs valgrind, which tells what was called. Worth doing after an update of the compiler or of a large
//! crate: names that are no longer found cost memory, and nothing else.

use anyhow::{Context as _, Result, ensure};
use s3_server::{ACCESS_KEY, REGION, SECRET_KEY, Server};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const BUCKET: &str = "demo";
const LIST: &str = "packaging/link-order";
const HEAD: &str = "\
# Functions that runs of s3stream call, as patterns of their symbols, in the order in which they are to lie.
# Made by: cargo run --example link_order
";

/// One run of s3stream that is looked at.
struct Run {
    what: &'static str,
    is_tls: bool,
    /// Bytes on standard input.
    input: usize,
    arguments: Vec<String>,
}

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::set_current_dir(root)?;
    let folder = PathBuf::from("target/link-order");
    let program = build(&folder)?;

    let bytes = vec![7; 24 << 20];
    let large = folder.join("large");
    fs::write(&large, &bytes)?;
    let files = folder.join("files");
    fs::create_dir_all(&files)?;
    for number in 0..20 {
        fs::write(files.join(number.to_string()), &bytes[..number << 10])?;
    }

    let mut called = BTreeSet::new();
    let mut list = HEAD.to_owned();
    for run in runs(&large, &files) {
        let found = functions(&program, &run, &bytes[..run.input], &folder)?;
        writeln!(list, "# {}", run.what)?;
        for name in found.difference(&called) {
            writeln!(list, "{name}")?;
        }
        called.extend(found);
    }
    fs::write(LIST, list)?;
    println!("{} functions are in {LIST}", called.len());
    Ok(())
}

/// The program as it is released, but with its symbols, and in no order: valgrind has no names for what
/// does not lie in .text.
fn build(folder: &Path) -> Result<PathBuf> {
    fs::write(LIST, HEAD)?;
    // Of another profile, symbols would have other hashes.
    let status = Command::new(env!("CARGO"))
        .args(["rustc", "--locked", "--release", "--bin", "s3stream"])
        .args(["--", "-C", "strip=none"])
        .env("CARGO_TARGET_DIR", folder)
        .status()?;
    ensure!(status.success(), "cargo rustc: {status}");
    Ok(folder.join("release/s3stream"))
}

/// What every run needs comes first, then what only some do.
fn runs(large: &Path, files: &Path) -> [Run; 4] {
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    [
        Run {
            what: "a small object from a pipe",
            is_tls: false,
            input: 1 << 10,
            arguments: words(&[
                "put",
                "--part-size",
                "10MiB",
                "--workers",
                "4",
                "demo/small",
            ]),
        },
        Run {
            what: "a stream in parts, over TLS",
            is_tls: true,
            input: 24 << 20,
            arguments: words(&["put", "--part-size", "5MiB", "demo/stream"]),
        },
        Run {
            what: "a file in parts, by its CRC, over TLS",
            is_tls: true,
            input: 0,
            arguments: words(&[
                "put",
                "--part-size",
                "5MiB",
                "--checksum-algorithm",
                "CRC64NVME",
                "--payload-signing",
                "never",
                "demo/file",
                &large.to_string_lossy(),
            ]),
        },
        Run {
            what: "many small files",
            is_tls: false,
            input: 0,
            arguments: words(&["put-many", "-r", "demo/files/", &files.to_string_lossy()]),
        },
    ]
}

/// The functions of the program that the run calls, by the patterns of their symbols.
fn functions(program: &Path, run: &Run, input: &[u8], folder: &Path) -> Result<BTreeSet<String>> {
    let server = Server::builder().tls(run.is_tls).start();
    server.create_bucket(BUCKET);
    // A name, so that it is looked up.
    let endpoint = server.endpoint().replace("127.0.0.1", "localhost");
    let calls = folder.join("calls");
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind", "--demangle=no"])
        .arg(format!("--callgrind-out-file={}", calls.display()))
        .arg(program)
        .args(&run.arguments)
        .args(["--endpoint-url", &endpoint])
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", REGION)
        .env("NO_PROXY", "localhost,127.0.0.1")
        .stdin(Stdio::piped());
    if run.is_tls {
        let authority = folder.join("ca.pem");
        fs::write(&authority, server.ca_pem())?;
        command.env("AWS_CA_BUNDLE", authority);
    }
    let mut child = command
        .spawn()
        .context("valgrind can't be run: is it installed?")?;
    // A pipe, as from a dump: what reads files by themselves is another path. Some runs don't read it.
    let _ = child.stdin.take().map(|mut pipe| pipe.write_all(input));
    let status = child.wait()?;
    ensure!(status.success(), "{}: {status}", run.what);
    ensure!(
        !server.keys(BUCKET).is_empty(),
        "{}: nothing is stored",
        run.what
    );
    Ok(read_calls(&fs::read_to_string(calls)?, "/s3stream"))
}

/// Functions of callgrind's output that belong to an object file whose path ends so.
///
/// An object file is `ob=(1) PATH`, a function `fn=(2) NAME`, each later on without its name.
fn read_calls(output: &str, object: &str) -> BTreeSet<String> {
    let mut ours = BTreeSet::new();
    let mut is_ours = false;
    let mut found = BTreeSet::new();
    // A function that was called before it is listed has its name there.
    let mut names = BTreeMap::new();
    for line in output.lines() {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let (id, name) = value.split_once(' ').unwrap_or((value, ""));
        match key {
            "ob" | "cob" => {
                if name.ends_with(object) {
                    ours.insert(id);
                }
                if key == "ob" {
                    is_ours = ours.contains(id);
                }
            }
            "fn" | "cfn" => {
                if !name.is_empty() {
                    names.insert(id, name);
                }
                if key == "fn" && is_ours {
                    found.extend(names.get(id).and_then(|name| pattern(name)));
                }
            }
            _ => {}
        }
    }
    found
}

/// A glob of the function's symbol, without what differs from build to build.
fn pattern(name: &str) -> Option<String> {
    // 'N is the depth of a recursion, .N and .llvm.N a copy.
    let name = name.split('\'').next()?;
    let name = name.split(".llvm.").next()?;
    let name = match name.rsplit_once('.') {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    };
    let is_symbol = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_$.".contains(&byte));
    if !is_symbol {
        return None;
    }
    if name.starts_with('_') {
        return Some(format!("{}*", without_disambiguators(name)));
    }
    Some(name.to_owned())
}

/// Which build of a crate it is stands behind each `Cs`, and ends with an underscore.
fn without_disambiguators(name: &str) -> String {
    let mut pieces = name.split("Cs");
    let mut glob = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        glob.push_str("Cs");
        match piece.split_once('_') {
            Some((build, rest)) if build.len() > 8 => {
                glob.push_str("*_");
                glob.push_str(rest);
            }
            _ => glob.push_str(piece),
        }
    }
    glob
}
