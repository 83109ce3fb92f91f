//! DESTINATION and what is uploaded there. Other tools name the source first: either order is understood
//! where exactly one is an s3:// URL, and what else looks turned around is refused.

use crate::cli::values::destination_value;
use crate::config::shell_word;
use crate::error::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::iter::once;
use std::path::{Path, PathBuf};

/// Most files that a line to copy names.
const MOST_NAMED: usize = 20;

/// Tells the DESTINATION of `put` from its FILE.
///
/// # Errors
/// A usage error where they are turned around, or where FILE is a folder or several files.
pub(super) fn of_put(
    destination: OsString,
    files: Vec<PathBuf>,
) -> Result<(String, Option<PathBuf>)> {
    let (destination, files) = arrange("put", destination, files)?;
    match &files[..] {
        [_, another, ..] => {
            let what = format!("put takes one FILE, and {another:?} is another");
            let error = takes_put_many(what, &destination, "put-many", &files);
            Err(error.hint("where a COMMAND is meant, write -- before it"))
        }
        [folder] if folder.is_dir() => {
            let what = format!("put takes a FILE, and {folder:?} is a folder");
            let error = takes_put_many(what, &destination, "put-many -r", &files);
            Err(error.hint("or archive it into the stream: tar -c FOLDER | s3stream put …"))
        }
        _ => Ok((destination, files.into_iter().next())),
    }
}

/// Tells the DESTINATION of `verify` from its FILE.
///
/// # Errors
/// A usage error where they are turned around, or where FILE is a folder or several files.
pub(super) fn of_verify(
    destination: OsString,
    files: Vec<PathBuf>,
) -> Result<(String, Option<PathBuf>)> {
    let (destination, files) = arrange("verify", destination, files)?;
    match &files[..] {
        [_, another, ..] => Err(Error::usage(format!(
            "verify takes one FILE, and {another:?} is another"
        ))
        .hint("use --recursive for many files, each of which has its object")),
        [folder] if folder.is_dir() => Err(Error::usage(format!(
            "verify takes a FILE, and {folder:?} is a folder"
        ))
        .hint("use --recursive to verify what is in it")),
        _ => Ok((destination, files.into_iter().next())),
    }
}

/// Tells the DESTINATION of `verify --recursive` from its PATHs.
///
/// # Errors
/// A usage error where they are turned around.
pub(super) fn of_verify_many(
    destination: OsString,
    paths: Vec<PathBuf>,
) -> Result<(String, Vec<PathBuf>)> {
    arrange("verify -r", destination, paths)
}

/// Tells the DESTINATION of `put-many` from its PATHs.
///
/// # Errors
/// A usage error where they are turned around.
pub(super) fn of_put_many(
    destination: OsString,
    paths: Vec<PathBuf>,
) -> Result<(String, Vec<PathBuf>)> {
    arrange("put-many", destination, paths)
}

fn arrange(
    subcommand: &str,
    destination: OsString,
    paths: Vec<PathBuf>,
) -> Result<(String, Vec<PathBuf>)> {
    let paths = paths.into_iter().map(OsString::from);
    let mut operands: Vec<_> = once(destination).chain(paths).collect();
    let urls: Vec<_> = (0..operands.len())
        .filter(|at| is_url(&operands[*at]))
        .collect();
    let at = match urls[..] {
        [at] => at,
        [] => {
            check_order(subcommand, &operands)?;
            0
        }
        // Neither is shown: it may hold a key.
        [..] => {
            return Err(Error::usage("more than one operand is an s3:// URL")
                .because("what is uploaded must be here")
                .hint("to copy from S3 to S3, use aws s3 cp"));
        }
    };
    let destination = operands.remove(at).into_string();
    let destination = destination.map_err(|_| Error::usage("DESTINATION is not valid UTF-8"))?;
    Ok((
        destination,
        operands.into_iter().map(PathBuf::from).collect(),
    ))
}

fn is_url(operand: &OsStr) -> bool {
    let start = operand.as_encoded_bytes().get(.."s3://".len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"s3://"))
}

/// Refuses a first operand that is here where the last is not, or that can't be a DESTINATION, or that
/// is a file and names no key. A folder named like the bucket, or its copy of the object, is fine.
fn check_order(subcommand: &str, operands: &[OsString]) -> Result<()> {
    let [first, .., last] = operands else {
        return Ok(());
    };
    let Some(kind) = what_is_here(first) else {
        return Ok(());
    };
    let swapped = what_is_here(last).is_none() && is_destination(last);
    let names_no_key = kind != "a folder" && !first.as_encoded_bytes().contains(&b'/');
    if !swapped && !names_no_key && is_destination(first) {
        return Ok(());
    }
    let (destination, local) = match (swapped, subcommand) {
        (true, _) => (last.to_string_lossy(), &operands[..operands.len() - 1]),
        (false, "put" | "verify") => ("BUCKET/KEY".into(), operands),
        (false, _) => ("BUCKET/PREFIX/".into(), operands),
    };
    let error = Error::usage("DESTINATION comes first")
        .because(format!("{first:?} is {kind}"))
        .hint(ready_line(subcommand, &destination, local));
    Err(match first != "-" && is_destination(first) {
        true => error.hint(format!(
            "where it is the DESTINATION, write {}",
            shell_word(&format!("s3://{}", first.to_string_lossy()))
        )),
        false => error,
    })
}

/// What an operand is here, if anything.
fn what_is_here(operand: &OsStr) -> Option<&'static str> {
    if operand == "-" {
        return Some("standard input");
    }
    let is_dir = fs::metadata(operand).is_ok_and(|found| found.is_dir());
    let is_here = is_dir || fs::symlink_metadata(operand).is_ok();
    is_here.then_some(if is_dir { "a folder" } else { "a file" })
}

/// Whether `operand` can be the DESTINATION of a file.
fn is_destination(operand: &OsStr) -> bool {
    let read = |text| destination_value::parse(text, Some(Path::new("file")));
    operand.to_str().is_some_and(|text| read(text).is_ok())
}

/// The error for what `put` does not take, with the line that does it.
fn takes_put_many(what: String, destination: &str, subcommand: &str, files: &[PathBuf]) -> Error {
    // Of a DESTINATION that can't be one nothing is shown here: it may hold a password.
    if let Err(error) = destination_value::parse(destination, Some(Path::new("file"))) {
        return error;
    }
    let bucket_alone = !destination.trim_start_matches("s3://").contains('/');
    let slash = match bucket_alone || destination.ends_with('/') {
        true => "",
        false => "/",
    };
    let prefix = format!("{destination}{slash}");
    Error::usage(what).hint(ready_line(subcommand, &prefix, files))
}

/// A line to copy.
fn ready_line(subcommand: &str, destination: &str, local: &[impl AsRef<OsStr>]) -> String {
    let named = local.iter().take(MOST_NAMED);
    let words = once(shell_word(destination))
        .chain(named.map(|path| shell_word(&path.as_ref().to_string_lossy())))
        .chain((local.len() > MOST_NAMED).then(|| "…".to_owned()));
    let words: Vec<_> = words.collect();
    format!("use s3stream {subcommand} {}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(operands: &[&str]) -> Result<(String, Option<PathBuf>)> {
        let files = operands[1..].iter().map(PathBuf::from).collect();
        of_put(operands[0].into(), files)
    }

    #[track_caller]
    fn gives(operands: &[&str], destination: &str, file: Option<&str>) {
        let expected = (destination.to_owned(), file.map(PathBuf::from));
        assert_eq!(put(operands).unwrap(), expected, "{operands:?}");
    }

    #[track_caller]
    fn refused(operands: &[&str], text: &str, hint: &str) {
        let error = put(operands).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(format!("{error:#}").contains(text), "{error:#}");
        assert_eq!(error.hints.first().map(String::as_str), Some(hint));
    }

    #[test]
    fn either_order_where_one_is_a_url() {
        gives(&["s3://b/k"], "s3://b/k", None);
        gives(&["s3://b/k", "f"], "s3://b/k", Some("f"));
        gives(&["f", "s3://b/k"], "s3://b/k", Some("f"));
        gives(&["-", "s3://b/k"], "s3://b/k", Some("-"));
        // Those of the package's own folder are here.
        gives(&["Cargo.toml", "s3://b/k"], "s3://b/k", Some("Cargo.toml"));
        gives(&["b/k", "f"], "b/k", Some("f"));
        gives(
            &["src/lib.rs", "src/lib.rs"],
            "src/lib.rs",
            Some("src/lib.rs"),
        );
        gives(&["src", "Cargo.toml"], "src", Some("Cargo.toml"));
        let paths = vec!["a".into(), "s3://b/p/".into()];
        let (destination, paths) = of_put_many("-x".into(), paths).unwrap();
        assert_eq!(
            (&*destination, paths),
            ("s3://b/p/", vec!["-x".into(), "a".into()])
        );
    }

    #[test]
    fn what_is_turned_around_is_refused() {
        const FIRST: &str = "DESTINATION comes first";
        for (operands, hint) in [
            (["Cargo.toml", "b/k"], "use s3stream put b/k Cargo.toml"),
            (["./Cargo.toml", "b/k"], "use s3stream put b/k ./Cargo.toml"),
            (["-", "b/k"], "use s3stream put b/k -"),
            (["src", "b/a k"], "use s3stream put 'b/a k' src"),
            (
                ["./src", "src/lib.rs"],
                "use s3stream put BUCKET/KEY ./src src/lib.rs",
            ),
            (
                ["Cargo.toml", "src/lib.rs"],
                "use s3stream put BUCKET/KEY Cargo.toml src/lib.rs",
            ),
        ] {
            refused(&operands, FIRST, hint);
        }
        let error = put(&["s3://a/hunter2", "s3://b/k"]).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn what_put_many_takes() {
        let line = "use s3stream put-many s3://b/k/ f 'g h'";
        refused(&["s3://b/k", "f", "g h"], "takes one FILE", line);
        refused(&["f", "g h", "s3://b/k/"], "takes one FILE", line);
        refused(
            &["b", "f", "g"],
            "takes one FILE",
            "use s3stream put-many b f g",
        );
        refused(
            &["s3://b/k", "src"],
            "a folder",
            "use s3stream put-many -r s3://b/k/ src",
        );
        let error = put(&["https://user:hunter2@host/k", "f", "g"]).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        let many = of_put("b".into(), vec!["f".into(); 300]).unwrap_err();
        assert!(many.hints[0].ends_with("f f …"), "{many:?}");
    }
}
