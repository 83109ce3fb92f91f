//! s3stream: streams data of unknown length to S3, all of it or nothing.
//!
//! # The way of a byte
//!
//! The command line (`cli`) becomes checked settings (`config`), and those a `command`: `put` or
//! `put_many`. A `source` (standard input, a COMMAND, a file) is read through `io::Read` by the splitter in
//! `part` into an aligned block of the pool (`buffer`), as much of it as the plan says, and hashed while it
//! is in the processor's cache (`checksum`). That part goes to the owner of the `upload`, whose workers
//! wait for a permit (`concurrency`) and hand it to the `store`, which signs it and sends it over a
//! connection of `http`. A part of a file is held where memory is to spare; else its source hashes it, and
//! reads it again while it is sent.
//! Another `command`, `verify`, reads a source in the same way, and compares it with what the `store` tells of
//! an object.
//!
//! # The promise
//!
//! Exactly the bytes of the source are committed, or nothing is. `upload` commits once the source has
//! ended and is verified (`source::verify_source`, a producer's exit status), the guards hold
//! (`upload::before_commit`), the parts make up the whole (`upload::collector`), and no signal has come
//! (`signals::interrupt`, `signals::commit_switch`). Afterwards it looks at the object
//! (`upload::verify_object`), and a `receipt` says what is stored. Whatever fails before aborts the upload,
//! and an `error` says what failed, why, and the way out. With `--resume` or a journal it leaves the upload:
//! what is stored of it is recorded (`resume`), and the next run sends only what its source has other.
//!
//! # What uses what
//!
//! `run` -> `cli` -> `config`; `run` -> `metrics`; `run` -> `command` -> `upload` -> `source`, `part`,
//! `resume`, `store`; `command::verify` -> `source`, `part`, `store`; `resume` -> `part`, `checksum`, `store`,
//! `line_file`; `source` -> `part` -> `buffer`, `checksum`; `store` -> `part`, `checksum`, `concurrency`,
//! `http`; `http` -> `config`,
//! `error`. Any room above may use `config`, `error`, `log`, `signals`, `threads`, `descendants`, the counters of
//! `progress`, and `concurrency`.

#[cfg(not(target_os = "linux"))]
compile_error!("s3stream needs Linux: it reads signals from a signalfd, and processes from /proc");

mod run;

mod cli;
mod config;

mod command;

mod buffer;
mod checksum;
mod part;
mod source;

mod concurrency;
mod http;
mod resume;
mod store;
mod upload;

mod metrics;
mod progress;
mod receipt;

mod descendants;
mod error;
mod host;
mod line_file;
mod log;
mod signals;
mod threads;
mod whole_file;

pub use cli::command;
pub use run::run;

/// What the benchmarks measure; nothing to build upon.
pub mod measured {
    pub use crate::buffer::BufferPool;
    pub use crate::checksum::{Checksum, Hasher, Hashing, PairedHash, WholeChecksum};
    pub use crate::concurrency::Concurrency;
    pub use crate::config::{Algorithm, GIB, PayloadSigning, Transfer};
    pub use crate::error::{Error, Result};
    pub use crate::part::plan::Plan;
    pub use crate::part::splitter::{Cut, Splitter};
    pub use crate::source::Input;
}
