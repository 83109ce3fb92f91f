//! The validated settings of a run: everything that a flag or the environment can say, checked and
//! in the units that the rest of the program works with.

mod aws_files;
mod aws_profile;
mod ca_bundle;
mod checksum_algorithm;
mod connection;
mod destination;
mod doctor_config;
pub(crate) mod endpoint;
mod filters;
mod limits;
pub(crate) mod memory_cgroup;
mod object;
mod output;
mod put_many_config;
mod secret;
mod shell_word;
mod size;
mod transfer;
mod uploads_config;
mod verify_config;

pub(crate) use aws_files::AwsFiles;
pub(crate) use aws_profile::AwsProfile;
pub(crate) use ca_bundle::CaBundle;
pub use checksum_algorithm::Algorithm;
pub(crate) use connection::{AddressingStyle, Connection, NamedBy, ProfileInUse, TransferDefaults};
pub(crate) use destination::Destination;
pub(crate) use doctor_config::{DoctorConfig, PROBE_ENDING, PROBE_LETTERS};
pub(crate) use filters::{Decision, Filter, Filters};
pub(crate) use limits::{LONGEST_KEY, MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE};
pub(crate) use object::{ContentType, Encryption, Guards, LockMode, MTIME, ObjectOptions, TOKEN};
pub(crate) use output::{
    GivenOptions, MetricsLabels, MetricsTarget, Output, OutputFormat, ProgressStyle, ReceiptTarget,
};
pub(crate) use put_many_config::{FilesFrom, PutManyConfig, Selection, Shard, SkipRules};
pub(crate) use secret::{CustomerKey, Secret};
pub(crate) use shell_word::{quoted, shell_word};
pub(crate) use size::{size_in_words, typed_size};
#[cfg(test)]
pub(crate) use transfer::test_transfer;
pub(crate) use transfer::{BESIDE_THE_BYTES, HELD_OF_A_FILE, LEAST_OF_A_FILE, RetryPolicy};
pub use transfer::{PayloadSigning, Transfer};
pub(crate) use uploads_config::{ToAbort, UploadsConfig, UploadsTask};
pub(crate) use verify_config::{ManyToVerify, VerifyConfig, VerifyTask};

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// One MiB in bytes.
pub(crate) const MIB: u64 = 1 << 20;
/// One GiB in bytes.
pub const GIB: u64 = 1 << 30;

/// Where the bytes come from, as the command line named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceSpec {
    /// Standard input (FILE absent or `-`).
    Stdin,
    /// A named regular file or FIFO.
    File(PathBuf),
    /// A command whose standard output is uploaded: program and arguments, never empty.
    Command(Vec<OsString>),
}

impl SourceSpec {
    /// The file, where it is one that has a name.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Stdin | Self::Command(_) => None,
        }
    }
}

/// As messages call it.
impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => path.display().fmt(f),
            Self::Command(words) => {
                let program = words.first().map(|it| it.to_string_lossy());
                write!(f, "what {} prints", program.unwrap_or_default())
            }
        }
    }
}

/// How a store is reached, and how long to try: all that requests need which carry no bytes of an object.
#[derive(Debug, Clone)]
pub(crate) struct StoreConfig {
    /// How the store is reached.
    pub connection: Connection,
    /// How long to try.
    pub retry_policy: RetryPolicy,
}

/// How objects are uploaded, whatever they are made of.
#[derive(Debug, Clone)]
pub(crate) struct UploadConfig {
    /// How the store is reached.
    pub connection: Connection,
    /// How the stream is split and sent.
    pub transfer: Transfer,
    /// How long to try.
    pub retry_policy: RetryPolicy,
    /// What is stored along with the bytes.
    pub object: ObjectOptions,
    /// What must hold before anything is committed.
    pub guards: Guards,
}

/// The settings of one `s3stream put`.
#[derive(Debug, Clone)]
pub(crate) struct PutConfig {
    /// Where the object goes.
    pub destination: Destination,
    /// Where its bytes come from.
    pub source: SourceSpec,
    /// How they get there.
    pub upload: UploadConfig,
    /// Say what would be uploaded; run no command, read no stream, send nothing that writes.
    pub dry_run: bool,
    /// Where the upload is recorded, to be gone on with.
    pub resume: Option<PathBuf>,
    /// What is told, and where.
    pub output: Output,
}
