//! What is measured: the cases, and the command lines of the clients.

use crate::AS_FLOOR;
use crate::noise::noise;
use crate::sink::{Line, Stored};
use anyhow::Result;
use bytesize::{GIB, KIB, MIB};
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// One upload to be measured.
pub(crate) struct Case {
    /// What the filter looks at.
    pub(crate) name: &'static str,
    /// What is sent.
    pub(crate) load: Load,
    /// Options that the program is given; the floor has none.
    pub(crate) options: &'static [&'static str],
    /// The way to the store.
    pub(crate) line: Line,
}

/// What is sent, sizes in bytes.
#[derive(Clone, Copy)]
pub(crate) enum Load {
    /// A stream through standard input.
    Stdin(u64),
    /// One file.
    File(u64),
    /// A folder of `count` files of one size.
    Files { count: u64, size: u64 },
}

/// Who sends it.
#[derive(Clone, Copy)]
pub(crate) enum Client {
    /// The program.
    Program,
    /// The floor.
    Floor,
}

/// All cases; tiny ones are still more than one part, and several files.
pub(crate) fn all(tiny: bool) -> [Case; 9] {
    let (large, count) = if tiny { (12 * MIB, 20) } else { (GIB, 2_000) };
    let case = |name, load, options| Case {
        name,
        load,
        options,
        line: Line::default(),
    };
    let slow = |case: Case, delay, rate| Case {
        line: Line {
            delay: Duration::from_millis(delay),
            rate,
        },
        ..case
    };
    let slow_line = if tiny { large } else { 256 * MIB };
    let crc = &["--checksum-algorithm=CRC64NVME", "--payload-signing=never"];
    let many_crc = &[
        "--checksum-algorithm=CRC64NVME",
        "--payload-signing=never",
        "--workers=64",
    ];
    let size = 16 * KIB;
    [
        case("stdin", Load::Stdin(large), &[]),
        case("stdin-crc64nvme", Load::Stdin(large), crc),
        case("file", Load::File(large), &[]),
        case("many", Load::Files { count, size }, &["--workers=64"]),
        case("many-crc64nvme", Load::Files { count, size }, many_crc),
        case(
            "many-empty",
            Load::Files { count, size: 0 },
            &["--workers=64"],
        ),
        case("small", Load::Stdin(KIB), &[]),
        // The floor has four connections: how much faster the program is tells what others bring.
        slow(
            case("slow-line", Load::Stdin(slow_line), &[]),
            50,
            Some(25e6),
        ),
        slow(
            case("slow-store", Load::Files { count, size }, &[]),
            30,
            None,
        ),
    ]
}

impl Case {
    /// Bytes that go through standard input.
    pub(crate) fn fed(&self) -> u64 {
        match self.load {
            Load::Stdin(size) => size,
            Load::File(_) | Load::Files { .. } => 0,
        }
    }

    /// What the sink must have got.
    pub(crate) fn sent(&self) -> Stored {
        let (objects, bytes) = match self.load {
            Load::Stdin(size) | Load::File(size) => (1, size),
            Load::Files { count, size } => (count, count * size),
        };
        Stored { objects, bytes }
    }
}

/// Where the data lies and where it goes.
pub(crate) struct Site {
    folder: TempDir,
    sink: SocketAddr,
}

impl Site {
    /// An empty folder, of which nothing is left when this is dropped.
    pub(crate) fn new(sink: SocketAddr) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        Ok(Self { folder, sink })
    }

    fn data(&self, case: &Case) -> PathBuf {
        self.folder.path().join(case.name)
    }

    /// Writes the files that a case needs.
    pub(crate) fn prepare(&self, case: &Case) -> io::Result<()> {
        let path = self.data(case);
        match case.load {
            Load::Stdin(_) => Ok(()),
            Load::File(size) => noise(File::create(path)?, size),
            Load::Files { count, size } => {
                fs::create_dir(&path)?;
                (0..count)
                    .try_for_each(|n| noise(File::create(path.join(format!("{n:04}")))?, size))
            }
        }
    }

    /// The command line with which a client does its work.
    pub(crate) fn command(&self, case: &Case, client: Client) -> Vec<OsString> {
        match client {
            Client::Program => self.program(case),
            Client::Floor => self.floor(case),
        }
    }

    /// Without retries: a request that fails is a mistake here, and is to be seen.
    fn program(&self, case: &Case) -> Vec<OsString> {
        let verb: &[&str] = match case.load {
            Load::Stdin(_) | Load::File(_) => &["put"],
            Load::Files { .. } => &["put-many", "--recursive"],
        };
        let endpoint = format!("--endpoint-url=http://{}", self.sink);
        let mut words: Vec<OsString> = vec![env!("CARGO_BIN_EXE_s3stream").into()];
        words.extend(verb.iter().map(Into::into));
        words.extend([endpoint.into(), "--retries=0".into()]);
        words.extend(case.options.iter().map(Into::into));
        match case.load {
            Load::Stdin(_) => words.push("bucket/key".into()),
            Load::File(_) => words.extend(["bucket/key".into(), self.data(case).into()]),
            Load::Files { .. } => words.extend(["bucket/".into(), self.data(case).into()]),
        }
        words
    }

    fn floor(&self, case: &Case) -> Vec<OsString> {
        let address = self.sink.to_string();
        let mut words = vec![crate::meter::myself(), AS_FLOOR.into(), address.into()];
        match case.load {
            Load::Stdin(_) => {}
            Load::File(_) | Load::Files { .. } => words.push(self.data(case).into()),
        }
        words
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Program => "s3stream",
            Self::Floor => "floor",
        })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<15}  ", self.name)?;
        match self.load {
            Load::Stdin(size) => write!(f, "{} from a pipe", Size(size)),
            Load::File(size) => write!(f, "{} from a file", Size(size)),
            Load::Files { count, size } => write!(f, "{count} files of {}", Size(size)),
        }
    }
}

/// A whole number of the largest unit that divides it.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"), (1, "bytes")];
        let fits = |&(unit, _): &(u64, &str)| self.0 >= unit && self.0.is_multiple_of(unit);
        let (unit, name) = units.into_iter().find(fits).unwrap_or((1, "bytes"));
        write!(f, "{} {name}", self.0 / unit)
    }
}
