//! Standard input, checked before it is read: several ways in which it can be no input at all look
//! like an empty stream.

use super::{Input, Source, SourceFile, Stream, file_type};
use crate::error::{Error, Result};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{SFlag, fstat};
use std::fs::File;
use std::io::IsTerminal as _;
use std::os::fd::AsFd as _;

/// Whether standard input was closed before the program began.
pub(crate) fn is_closed() -> bool {
    check() == Err(CLOSED)
}

/// The kind of file that standard input is.
///
/// # Errors
/// Says why it can't be read.
pub(crate) fn check() -> Result<SFlag, &'static str> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err("it is a terminal");
    }
    let fd = stdin.as_fd();
    let kind = file_type(fd).map_err(|error| error.desc())?;
    let flags = fcntl(fd, FcntlArg::F_GETFL).map_err(|error| error.desc())?;
    let access = OFlag::from_bits_truncate(flags) & OFlag::O_ACCMODE;
    if kind == SFlag::S_IFDIR {
        return Err("it is a directory");
    }
    if access == OFlag::O_WRONLY {
        return Err("it is open for writing only");
    }
    if access == OFlag::O_RDWR && is_dev_null(fd) {
        return Err(CLOSED);
    }
    Ok(kind)
}

/// Rust's runtime puts /dev/null, read-write, where descriptor 0 was closed: library/std/src/sys/pal/
/// unix/mod.rs, `sanitize_standard_fds`. A shell's `</dev/null` is read-only.
const CLOSED: &str = "it is closed";

pub(super) fn open() -> Result<Source> {
    let unusable = |why: &str| {
        Error::usage("can't read standard input")
            .because(why)
            .hint("pipe the data in (PRODUCER | s3stream put …), or name a FILE or -- COMMAND")
    };
    let kind = check().map_err(unusable)?;
    let stdin = std::io::stdin();
    let fd = stdin.as_fd();
    let open = || fd.try_clone_to_owned().map(File::from);
    if kind == SFlag::S_IFREG {
        let file = open().and_then(SourceFile::on_stdin);
        let file = file.map_err(|error| unusable(&error.to_string()))?;
        // An empty one is refused like any empty stream; and the files of /proc only say they are.
        if file.size() > 0 {
            return Ok(Source::File(file));
        }
    }
    Ok(Source::Stream(Stream {
        input: Input::Open(open().map_err(|error| unusable(&error.to_string()))?),
        producer: None,
        may_be_empty: false,
    }))
}

fn is_dev_null(fd: std::os::fd::BorrowedFd<'_>) -> bool {
    let null = std::fs::metadata("/dev/null").map(|it| std::os::unix::fs::MetadataExt::rdev(&it));
    let same = |rdev| matches!(&null, Ok(null) if *null == rdev);
    fstat(fd).is_ok_and(|stat| {
        stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFCHR.bits() && same(stat.st_rdev)
    })
}
