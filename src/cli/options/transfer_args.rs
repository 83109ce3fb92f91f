//! How the stream is split and sent: options and their checks.

use crate::checksum::Algorithm;
use crate::cli::environment::switch;
use crate::cli::values::named_value::named;
use crate::cli::values::workers_value::{Auto, FILES, STREAM, Workers};
use crate::cli::values::{memory_share, size_value};
use crate::cli::{refuse, within};
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
    /// auto begins with 4 and tries more while that helps, fewer when the store asks for it: up to 32,
    /// as far as --max-memory, or without it 256MiB, holds them. Where few files may be open
    /// (ulimit -n), fewer are in flight.
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
    /// auto begins with 16 and tries more while that helps, fewer when the store asks for it: up to 64,
    /// as far as --max-memory holds them. Where few files may be open (ulimit -n), fewer are in flight.
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
    #[arg(long, value_name = "N", default_value_t = 2, value_hint = ValueHint::Other)]
    pub buffer: usize,

    /// Most parts in one upload, 1 to 10000
    #[arg(long, value_name = "N", default_value_t = MAX_PARTS, value_hint = ValueHint::Other)]
    pub max_parts: u32,

    /// Never grow the part size; for stores that want all parts equal
    #[arg(long, value_parser = switch)]
    pub equal_parts: bool,

    /// Checksum sent with every part and compared with the store's answer
    #[arg(
        long,
        value_name = "NAME",
        value_parser = named::<Algorithm>(),
        ignore_case = true,
        default_value_t
    )]
    pub checksum_algorithm: Algorithm,

    /// Whether signatures cover the parts; auto: over http, and where it costs nothing
    #[arg(long, value_name = "WHEN", value_parser = named::<PayloadSigning>(), default_value_t)]
    pub payload_signing: PayloadSigning,

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
        if connection.no_sign_request && self.payload_signing == PayloadSigning::Always {
            return Err(Error::usage(
                "--payload-signing always and --no-sign-request can't be had together",
            )
            .hint("leave one of them out"));
        }
        let part_size = self.part_size;
        if !(MIN_PART_SIZE..=MAX_PART_SIZE).contains(&part_size) {
            let why = "S3 takes parts of 5MiB to 5GiB";
            return Err(refuse("--part-size", typed_size(part_size), why)
                .hint("a shorter last part, or a whole stream shorter than that, is fine"));
        }
        let max_parts = within("--max-parts", self.max_parts, 1..=MAX_PARTS)?;
        let buffer = within("--buffer", self.buffer, 0..=1024)?;
        let memory_share = memory_share::share(own.max_memory, memory_left, part_size, auto)?;
        let usual = auto.max_memory.map(|usual| usual.max(2 * part_size));
        let usual = usual.map(|usual| usual.min(memory_share.unwrap_or(u64::MAX)));
        let max_memory = own.max_memory.or(usual);
        let (workers, begin_with) = match own.workers {
            Workers::Fixed(workers) => (within("--workers", workers, 1..=1024)?, None),
            Workers::Auto => {
                let most = auto.most_within(max_memory, part_size, buffer);
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
            checksum_algorithm: self.checksum_algorithm,
            payload_signing: self.payload_signing,
            limit_rate,
        })
    }
}

/// The rate as the limiter counts it.
fn limit_rate(bytes: u64) -> Result<NonZeroU32> {
    u32::try_from(bytes)
        .ok()
        .and_then(NonZeroU32::new)
        .ok_or_else(|| {
            let why = format!("it must be 1 to {} bytes a second", u32::MAX);
            refuse("--limit-rate", typed_size(bytes), why)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::put_args::tests::{checked, config, failure};
    use crate::config::{GIB, MIB};

    fn transfer(args: &[&str]) -> Transfer {
        config(&[&["b/k"], args].concat()).upload.transfer
    }

    #[track_caller]
    fn refused(args: &[&str], shows: &str) -> Error {
        failure(&[&["b/k"], args].concat(), shows)
    }

    #[test]
    fn defaults() {
        let found = transfer(&[]);
        assert_eq!(found.part_size, 10 * MIB);
        assert_eq!((found.workers, found.begin_with), (23, Some(4)));
        assert_eq!(found.buffer, 2);
        assert_eq!((found.max_memory, found.max_parts), (None, 10_000));
        assert_eq!((found.equal_parts, found.expected_size), (false, None));
        assert_eq!(found.checksum_algorithm, Algorithm::Sha256);
        assert_eq!(found.payload_signing, PayloadSigning::Auto);
        assert_eq!(found.limit_rate, None);
    }

    #[test]
    fn part_size() {
        assert_eq!(transfer(&["--part-size=5MiB"]).part_size, 5 * MIB);
        assert_eq!(transfer(&["--part-size=5GiB"]).part_size, 5 * GIB);
        for size in ["0", "5242879", "5MB", "5368709121", "6GiB"] {
            refused(&["--part-size", size], "5MiB to 5GiB");
        }
        for size in ["-1", "", "much"] {
            assert!(checked(&["b/k", &format!("--part-size={size}")]).is_err());
        }
    }

    #[test]
    fn workers_and_buffer() {
        assert_eq!(transfer(&["--workers=1"]).workers, 1);
        assert_eq!(transfer(&["--workers=1024"]).workers, 1024);
        assert_eq!(transfer(&["--workers=8"]).begin_with, None);
        let most = |args: &[&str]| {
            let auto = transfer(&[&["--workers=auto"], args].concat());
            assert_eq!(auto.begin_with, Some(4));
            auto.workers
        };
        assert_eq!(most(&["--part-size=5MiB"]), 32);
        assert_eq!(most(&["--part-size=64MiB"]), 4);
        assert_eq!(most(&["--max-memory=100MiB"]), 8);
        assert_eq!(most(&["--max-memory=1GiB"]), 32);
        refused(&["--workers=0"], "1 to 1024");
        refused(&["--workers=1025"], "1 to 1024");
        for workers in ["Auto", "-1", "1.5", "99999999999999999999"] {
            assert!(checked(&["b/k", &format!("--workers={workers}")]).is_err());
        }
        assert_eq!(transfer(&["--buffer=0"]).buffer, 0);
        refused(&["--buffer=1025"], "0 to 1024");
    }

    #[test]
    fn max_parts() {
        assert_eq!(transfer(&["--max-parts=1"]).max_parts, 1);
        refused(&["--max-parts=0"], "1 to 10000");
        refused(&["--max-parts=10001"], "1 to 10000");
    }

    #[test]
    fn max_memory() {
        assert_eq!(transfer(&["--max-memory=10MiB"]).max_memory, Some(10 * MIB));
        let error = refused(&["--max-memory=9MiB"], "--part-size 10MiB");
        assert!(error.hints[0].contains("--max-memory 10MiB"), "{error:?}");
        refused(&["--max-memory=0"], "--max-memory");
    }

    #[test]
    fn expected_size() {
        let most = (u64::from(MAX_PARTS) * MAX_PART_SIZE).to_string();
        let found = transfer(&["--expected-size", &most]);
        assert_eq!(found.expected_size, Some(53_687_091_200_000));
        let over = ((u64::from(MAX_PARTS) * MAX_PART_SIZE) + 1).to_string();
        refused(&["--expected-size", &over], "48.8 TiB");
        refused(&["--size", &over], "--size");
        assert_eq!(transfer(&["--expected-size=0"]).expected_size, Some(0));
        let error = refused(
            &["--max-parts=2", "--expected-size=11GiB"],
            "--expected-size 11GiB",
        );
        assert!(error.hints[0].contains("--max-parts"), "{error:?}");
        assert!(
            transfer(&["--max-parts=2", "--expected-size=10GiB"])
                .expected_size
                .is_some()
        );
    }

    #[test]
    fn equal_parts() {
        let tight = ["--equal-parts", "--max-parts=3"];
        assert!(transfer(&[&tight[..], &["--expected-size=30MiB"]].concat()).equal_parts);
        let error = refused(
            &[&tight[..], &["--expected-size=31457281"]].concat(),
            "3 parts",
        );
        assert_eq!(
            error.hints,
            [
                "use --max-parts 10000, where the store takes as many",
                "use --part-size 11MiB"
            ]
        );
    }

    #[test]
    fn expected_size_within_max_memory() {
        let error = refused(
            &[
                "--max-parts=10",
                "--max-memory=20MiB",
                "--expected-size=1GiB",
            ],
            "--expected-size 1GiB",
        );
        assert!(error.hints[1].contains("103MiB"), "{error:?}");
        assert!(error.hints[1].contains("--max-memory"), "{error:?}");
        transfer(&[
            "--max-parts=10",
            "--max-memory=103MiB",
            "--expected-size=1GiB",
        ]);
    }

    #[test]
    fn size_is_the_best_hint() {
        assert_eq!(transfer(&["--size=7"]).expected_size, Some(7));
        assert_eq!(
            transfer(&["--size=7", "--expected-size=7"]).expected_size,
            Some(7)
        );
        refused(&["--size=7", "--expected-size=8"], "--size says 7");
    }

    #[test]
    fn checksum_algorithms() {
        for algorithm in Algorithm::all() {
            for name in [algorithm.name().to_owned(), algorithm.name().to_lowercase()] {
                let found = transfer(&["--checksum-algorithm", &name]);
                assert_eq!(found.checksum_algorithm, algorithm);
            }
        }
        assert!(checked(&["b/k", "--checksum-algorithm=CRC16"]).is_err());
    }

    #[test]
    fn payload_signing() {
        let found = transfer(&["--payload-signing", "never"]);
        assert_eq!(found.payload_signing, PayloadSigning::Never);
        refused(
            &["--payload-signing=always", "--no-sign-request"],
            "--no-sign-request",
        );
    }

    #[test]
    fn limit_rate() {
        let rate = |text: &str| transfer(&["--limit-rate", text]).limit_rate;
        assert_eq!(rate("2MB"), NonZeroU32::new(2_000_000));
        assert_eq!(rate("4294967295"), NonZeroU32::new(u32::MAX));
        refused(&["--limit-rate=0"], "--limit-rate");
        refused(&["--limit-rate=4GiB"], "--limit-rate");
    }
}
