//! How the bytes to compare are read: options and their checks.

use super::transfer_args::{limit_rate, part_size};
use crate::cli::values::size_value;
use crate::cli::values::workers_value::{STREAM, Workers};
use crate::cli::{refuse, within};
use crate::config::{MIB, Transfer, typed_size};
use crate::error::Result;
use clap::ValueHint;

/// The least memory that a run gets by with: the blocks on their way, and a range of the object.
const LEAST_MEMORY: u64 = 16 * MIB;

/// How the bytes to compare are read.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct VerifyTransferArgs {
    /// Part size that the object was uploaded with, as a hint where the store does not tell
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, default_value = "10MiB")]
    #[arg(value_hint = ValueHint::Other)]
    pub part_size: u64,

    /// Requests in flight, of --download or over many objects, 1 to 1024; auto: as many as bring more
    /// throughput
    #[arg(long, value_name = "N|auto", default_value_t = Workers::Auto)]
    #[arg(value_hint = ValueHint::Other)]
    pub workers: Workers,

    /// Most memory to hold in bytes on their way, 16MiB or more [default: 40MiB]
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, value_hint = ValueHint::Other)]
    pub max_memory: Option<u64>,

    /// Most bytes to receive a second, with --download [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = size_value::parse, value_hint = ValueHint::Other)]
    pub limit_rate: Option<u64>,
}

impl VerifyTransferArgs {
    /// Checks the options; `memory_left` is what the memory cgroup leaves.
    pub(in crate::cli) fn config(self, memory_left: Option<u64>) -> Result<Transfer> {
        if let Some(memory) = self.max_memory.filter(|it| *it < LEAST_MEMORY) {
            let why = format!("it must be {} or more", typed_size(LEAST_MEMORY));
            return Err(refuse("--max-memory", typed_size(memory), why));
        }
        let (workers, begin_with) = match self.workers {
            Workers::Fixed(workers) => (within("--workers", workers, 1..=1024)?, None),
            Workers::Auto => (STREAM.most, Some(STREAM.first)),
        };
        Ok(Transfer {
            part_size: part_size(self.part_size)?,
            workers,
            begin_with,
            max_memory: self.max_memory,
            memory_share: memory_left.map(|left| (left / 2).max(LEAST_MEMORY)),
            limit_rate: self.limit_rate.map(limit_rate).transpose()?,
            ..Transfer::default()
        })
    }
}
