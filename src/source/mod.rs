//! Where the bytes come from: standard input, a named file, or a command.

mod command;
pub(crate) mod command_stderr;
mod file_range;
mod file_reader;
mod page_cache;
mod paired_range;
mod program;
mod range_reader;
mod read_ranges;
mod silence;
mod source_file;
pub(crate) mod stdin;
mod verify_source;

pub(crate) use command::{CommandLine, Producer};
pub(crate) use file_range::FileRange;
pub(crate) use file_reader::FileReader;
pub(crate) use page_cache::Local;
pub(crate) use paired_range::PairedRange;
pub(crate) use silence::{Heard, Silence};
pub(crate) use source_file::{SourceFile, ctime};

use crate::config::SourceSpec;
use crate::error::{Error, Result};
use crate::part::Part;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::stat::{SFlag, fstat};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

/// Size that a pipe is asked to have: with the usual 64 KiB, every 16th of it, reader and writer
/// take turns and spend their time switching.
const PIPE_SIZE: i32 = 1 << 20;

/// A source that was checked, ready to be read.
#[derive(Debug)]
pub(crate) enum Source {
    /// Bytes in order, until their end.
    Stream(Stream),
    /// A command that will print such a stream.
    Command(CommandLine),
    /// A regular file, read by position from many threads.
    File(SourceFile),
    /// A small regular file, which is here as its only part.
    Read(SourceFile, Part),
}

impl Source {
    /// Size in bytes, where it is known in advance.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::Stream(_) | Self::Command(_) => None,
            Self::File(file) | Self::Read(file, _) => Some(file.size()),
        }
    }
}

/// A source that can only be read from front to back.
#[derive(Debug)]
pub(crate) struct Stream {
    /// What is read.
    pub input: Input,
    /// The command that prints it, if there is one.
    pub producer: Option<Producer>,
    /// Whether an empty stream is as good as any: a named file says so by being there.
    pub may_be_empty: bool,
}

/// What a stream is read from.
#[derive(Debug)]
pub enum Input {
    /// An open descriptor.
    Open(File),
    /// A named FIFO, which blocks in `open` until somebody writes to it.
    Fifo(PathBuf),
}

impl Input {
    /// Opens what is not open yet; for a FIFO, waits for its writer.
    ///
    /// # Errors
    /// When the FIFO can't be opened.
    pub fn open(self) -> io::Result<File> {
        let file = match self {
            Self::Open(file) => file,
            Self::Fifo(path) => File::open(path)?,
        };
        widen_pipe(&file);
        Ok(file)
    }
}

/// Checks and opens what the command line named; starts no command yet.
///
/// # Errors
/// When there is nothing to read: the message names what, and why.
pub(crate) fn open(spec: &SourceSpec) -> Result<Source> {
    match spec {
        SourceSpec::Stdin => stdin::open(),
        SourceSpec::File(path) => open_path(path),
        SourceSpec::Command(words) => CommandLine::find(words).map(Source::Command),
    }
}

fn open_path(path: &Path) -> Result<Source> {
    let unusable = |why: &dyn std::fmt::Display| {
        Error::usage(format!("can't read {}", path.display())).because(why.to_string())
    };
    let stream = |input| Stream {
        input,
        producer: None,
        may_be_empty: false,
    };
    let kind = std::fs::metadata(path)
        .map_err(|error| unusable(&error))?
        .file_type();
    if kind.is_dir() {
        return Err(unusable(&"it is a directory")
            .hint("archive it into the stream: tar -c DIRECTORY | s3stream put …"));
    }
    if std::os::unix::fs::FileTypeExt::is_fifo(&kind) {
        return Ok(Source::Stream(stream(Input::Fifo(path.to_owned()))));
    }
    let file = File::open(path).map_err(|error| unusable(&error))?;
    if !kind.is_file() {
        return Ok(Source::Stream(stream(Input::Open(file))));
    }
    let file = SourceFile::new(file, path.to_owned()).map_err(|error| unusable(&error))?;
    if file.size() > 0 {
        return Ok(Source::File(file));
    }
    // The files of /proc say that they are empty and are not: only a read can say.
    let input = Input::Open(file.into_inner());
    Ok(Source::Stream(Stream {
        may_be_empty: true,
        ..stream(input)
    }))
}

/// Opens a file that was found in a folder or named by a list, without waiting should it be a FIFO by
/// now.
///
/// # Errors
/// When it can't be opened, or is no regular file.
pub(crate) fn open_found(path: PathBuf) -> io::Result<Source> {
    let file = SourceFile::open(path.clone())?;
    if file.size() > 0 || file.ends_at_its_size()? {
        return Ok(Source::File(file));
    }
    // It may have grown just now; else it is one of /proc or of some FUSE, which have no size.
    let file = SourceFile::new(file.into_inner(), path)?;
    if file.size() > 0 {
        return Ok(Source::File(file));
    }
    Ok(Source::Stream(Stream {
        input: Input::Open(file.into_inner()),
        producer: None,
        may_be_empty: true,
    }))
}

/// A source without a byte.
///
/// # Errors
/// When there is no /dev/null.
pub(crate) fn nothing() -> io::Result<Source> {
    Ok(Source::Stream(Stream {
        input: Input::Open(File::open("/dev/null")?),
        producer: None,
        may_be_empty: true,
    }))
}

/// The type bits of an open descriptor.
fn file_type(fd: impl AsFd) -> nix::Result<SFlag> {
    fstat(fd).map(|stat| SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()))
}

fn widen_pipe(file: &File) {
    if file_type(file).is_ok_and(|kind| kind == SFlag::S_IFIFO) {
        // Refused past /proc/sys/fs/pipe-user-pages-soft: the pipe works as it is, only slower.
        let _ = fcntl(file, FcntlArg::F_SETPIPE_SZ(PIPE_SIZE));
    }
}
