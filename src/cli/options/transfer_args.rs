//! How the stream is split and sent: options and their checks.

use crate::cli::environment::switch;
use crate::cli::values::named_value::named;
use crate::cli::values::workers_value::{Auto, FILES, STREAM, Workers};
use crate::cli::values::{memory_share, size_value};
use crate::cli::{refuse, within};
use crate::config::Algorithm;
use crate::config::{
    Connection, MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE, PayloadSigning, Transfer, typed_size,
};
use crate::error::{Error, Result};
use clap::ValueHint;
use std::num::NonZeroU32;

/// How one stream or file is split and sent.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct StreamTransferArgs {
    /// Parts in flight, 1 to 1024; auto: as many as bring more throughput
    ///
    /// auto begins with 4 and tries more while that helps: up to 32, as far as --max-memory holds them,
    /// those read ahead included; without it, the run stays below 256MiB. Where few files may be open
    /// (ulimit -n), fewer are in flight. A store that throttles is asked at the pace at which it serves.
    #[arg(long, value_name = "N|auto", default_value_t = Workers::Auto)]
    #[arg(value_hint = ValueHint::Other)]
    pub workers: Workers,

    /// Most memory to hold in parts; as parts grow, fewer are in flight [default: see below]
    ///
    /// Memory use is the part size times (workers + buffer), and stays below this. The default is no
    /// limit, but 1GiB (or two parts) for parts that have grown. Where a memory cgroup (a container, a
    /// job) limits the run, it is at most half of what that leaves at the start.
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, value_hint = ValueHint::Other)]
    pub max_memory: Option<u64>,

    /// Hint of the stream's size, so that one part size fits
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, value_hint = ValueHint::Other)]
    pub expected_size: Option<u64>,

    /// What put-many has as well.
    #[command(flatten)]
    pub common: TransferArgs,
}

/// How many files are split and sent.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct FilesTransferArgs {
    /// Files and parts in flight, 1 to 1024; auto: as many as bring more throughput
    ///
    /// auto begins with 16 and tries more while that helps: up to 512, as far as --max-memory holds them:
    /// a small file in flight takes 128KiB of it. Where few files may be open (ulimit -n), fewer are in
    /// flight. A store that throttles is asked at the pace at which it serves.
    #[arg(long, value_name = "N|auto", default_value_t = Workers::Auto)]
    #[arg(value_hint = ValueHint::Other)]
    pub workers: Workers,

    /// Most memory to hold in files and parts [default: 112MiB, or two parts]
    ///
    /// Where a memory cgroup (a container, a job) limits the run, the default is at most half of what
    /// that leaves at the start.
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, value_hint = ValueHint::Other)]
    pub max_memory: Option<u64>,

    /// What put has as well.
    #[command(flatten)]
    pub common: TransferArgs,
}

/// How bytes are split and sent, whatever they come from.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct TransferArgs {
    /// Size of a part, 5MiB to 5GiB; grows when the part limit comes into view
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, default_value = "10MiB")]
    #[arg(value_hint = ValueHint::Other)]
    pub part_size: u64,

    /// Parts read ahead of the workers, 0 to 1024
    #[arg(long, value_name = "N", default_value_t = 1, value_hint = ValueHint::Other)]
    pub buffer: usize,

    /// Most parts in one upload, 1 to 10000
    #[arg(long, value_name = "N", default_value_t = MAX_PARTS, value_hint = ValueHint::Other)]
    pub max_parts: u32,

    /// Never grow the part size; for stores that want all parts equal
    #[arg(long, value_parser = switch)]
    pub equal_parts: bool,

    /// Checksum sent with every part and compared with the store's answer [default: SHA256]
    ///
    /// Where AWS_REQUEST_CHECKSUM_CALCULATION or the AWS profile's request_checksum_calculation says
    /// when_required, the default is MD5: no checksum header, and Content-MD5 guards the bytes.
    #[arg(long, value_name = "NAME", value_parser = named::<Algorithm>(), ignore_case = true)]
    pub checksum_algorithm: Option<Algorithm>,

    /// Whether signatures cover the parts; auto: over http, and where it costs nothing [default: auto]
    ///
    /// The default is what payload_signing_enabled of the AWS profile says, where it is there.
    #[arg(long, value_name = "WHEN", value_parser = named::<PayloadSigning>(), ignore_case = true)]
    pub payload_signing: Option<PayloadSigning>,

    /// Most bytes to send a second [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, value_hint = ValueHint::Other)]
    pub limit_rate: Option<u64>,
}

/// What the subcommands have each in its own way.
struct Own {
    workers: Workers,
    max_memory: Option<u64>,
    expected_size: Option<u64>,
    /// The exact size of the source, where one was promised.
    size: Option<u64>,
    auto: Auto,
}

impl StreamTransferArgs {
    /// Checks the options; `size` is the exact size of the source where one was promised,
    /// `memory_left` what the memory cgroup leaves.
    pub(in crate::cli) fn config(
        self,
        connection: &Connection,
        size: Option<u64>,
        memory_left: Option<u64>,
    ) -> Result<Transfer> {
        let own = Own {
            workers: self.workers,
            max_memory: self.max_memory,
            expected_size: self.expected_size,
            size,
            auto: STREAM,
        };
        self.common.config(connection, own, memory_left)
    }
}

impl FilesTransferArgs {
    /// Checks the options; `memory_left` is what the memory cgroup leaves.
    pub(in crate::cli) fn config(
        self,
        connection: &Connection,
        memory_left: Option<u64>,
    ) -> Result<Transfer> {
        let own = Own {
            workers: self.workers,
            max_memory: self.max_memory,
            expected_size: None,
            size: None,
            auto: FILES,
        };
        self.common.config(connection, own, memory_left)
    }
}

impl TransferArgs {
    fn config(
        self,
        connection: &Connection,
        own: Own,
        memory_left: Option<u64>,
    ) -> Result<Transfer> {
        let Own { size, auto, .. } = own;
        if connection.no_sign_request && self.payload_signing == Some(PayloadSigning::Always) {
            return Err(Error::usage(
                "--payload-signing always and --no-sign-request can't be had together",
            )
            .hint("leave one of them out"));
        }
        let part_size = part_size(self.part_size)?;
        let max_parts = within("--max-parts", self.max_parts, 1..=MAX_PARTS)?;
        let buffer = within("--buffer", self.buffer, 0..=1024)?;
        let memory_share = memory_share::share(own.max_memory, memory_left, part_size, auto)?;
        let usual = auto.max_memory.map(|usual| usual.max(2 * part_size));
        let usual = usual.map(|usual| usual.min(memory_share.unwrap_or(u64::MAX)));
        let max_memory = own.max_memory.or(usual);
        let (workers, begin_with) = match own.workers {
            Workers::Fixed(workers) => (within("--workers", workers, 1..=1024)?, None),
            Workers::Auto => {
                let most = auto.most_within(max_memory, part_size);
                (most, Some(auto.first))
            }
        };
        if let (Some(expected), Some(exact)) = (own.expected_size, size)
            && expected != exact
        {
            let why = format!("--size says {}", typed_size(exact));
            return Err(refuse("--expected-size", typed_size(expected), why)
                .hint("leave --expected-size out: --size says it all"));
        }
        let limit_rate = self.limit_rate.map(limit_rate).transpose()?;
        Ok(Transfer {
            part_size,
            workers,
            begin_with,
            buffer,
            max_memory,
            memory_share,
            max_parts,
            equal_parts: self.equal_parts,
            expected_size: size.or(own.expected_size),
            checksum_algorithm: self
                .checksum_algorithm
                .unwrap_or(connection.transfer_defaults.checksum_algorithm),
            payload_signing: self
                .payload_signing
                .unwrap_or(connection.transfer_defaults.payload_signing),
            limit_rate,
        })
    }
}

/// Refuses what no part can have.
pub(super) fn part_size(bytes: u64) -> Result<u64> {
    if (MIN_PART_SIZE..=MAX_PART_SIZE).contains(&bytes) {
        return Ok(bytes);
    }
    let why = "S3 takes parts of 5MiB to 5GiB";
    Err(refuse("--part-size", typed_size(bytes), why)
        .hint("a shorter last part, or a whole stream shorter than that, is fine"))
}

/// The rate as the limiter counts it.
pub(super) fn limit_rate(bytes: u64) -> Result<NonZeroU32> {
    u32::try_from(bytes)
        .ok()
        .and_then(NonZeroU32::new)
        .ok_or_else(|| {
            let why = format!("it must be 1 to {} bytes a second", u32::MAX);
            refuse("--limit-rate", typed_size(bytes), why)
        })
}

#[cfg(test)]
mod transfer_args_tests;
