//! How the stream is split and sent, and how long to try.

use super::{Algorithm, MIB};
use std::num::NonZeroU32;
use std::time::Duration;
use strum::{Display, EnumString, VariantNames};

/// Whether the bytes of a part are covered by the request's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Display, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum PayloadSigning {
    /// Signed where the SHA-256 is at hand anyway or the endpoint is plain http, else unsigned.
    #[default]
    Auto,
    /// Always signed.
    Always,
    /// Never signed.
    Never,
}

/// Bytes for which each part of a file has memory of its own: what is no larger is held as a whole, and of what
/// is, no more at a time, unless there is memory to spare.
pub(crate) const HELD_OF_A_FILE: u64 = MIB;

/// Bytes that a request takes beside what it sends, its connection included: 56 KiB were seen.
pub(crate) const BESIDE_THE_BYTES: u64 = 64 << 10;
/// Bytes that the smallest file in flight takes.
pub(crate) const LEAST_OF_A_FILE: u64 = (64 << 10) + BESIDE_THE_BYTES;

/// How the stream is split and sent.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// Size of a part in bytes, before it has to grow; 5 MiB to 5 GiB.
    pub part_size: u64,
    /// Parts in flight at most; at least 1.
    pub workers: usize,
    /// Parts in flight to begin with, where it is to be found out how many help; `None`: always
    /// `workers`.
    pub begin_with: Option<usize>,
    /// Parts read ahead of the workers, the one being filled included.
    pub buffer: usize,
    /// Most bytes to hold in part buffers; `None` leaves it to the plan of
    /// the parts.
    pub max_memory: Option<u64>,
    /// Most bytes that may be held where `max_memory` says nothing: a share of what the memory cgroup
    /// leaves.
    pub memory_share: Option<u64>,
    /// Most parts in one upload; 1 to 10,000.
    pub max_parts: u32,
    /// Never grow the part size.
    pub equal_parts: bool,
    /// Hint of the size of the stream in bytes.
    pub expected_size: Option<u64>,
    /// Checksum sent with every part and compared with what the store answers.
    pub checksum_algorithm: Algorithm,
    /// Whether the payload is signed.
    pub payload_signing: PayloadSigning,
    /// Most bytes a second over all connections.
    pub limit_rate: Option<NonZeroU32>,
}

impl Transfer {
    /// The largest part that may be held, by what the memory allows. By default there is room for
    /// two: one being filled, one being sent.
    pub fn largest_held(&self) -> Option<u64> {
        let by_default = self
            .memory_share
            .map(|share| (share / 2).max(self.part_size));
        self.max_memory.or(by_default)
    }

    /// Has at most `most` parts in flight.
    pub fn keep_to(&mut self, most: usize) {
        self.workers = self.workers.min(most);
    }
}

/// How long to try.
#[derive(Debug, Clone)]
pub(crate) struct RetryPolicy {
    /// Retries of one request after its first attempt.
    pub retries: u32,
    /// Upper bound of the first delay; doubles with every retry.
    pub retry_delay: Duration,
    /// Upper bound of any delay.
    pub retry_max_delay: Duration,
    /// Time for a connection to be made, TLS included.
    pub connect_timeout: Duration,
    /// Time without a byte moved after which a connection counts as dead.
    pub stall_timeout: Duration,
    /// How long an outage is sat out, counted from the store's last answer to any request of the run;
    /// zero: not at all.
    pub retry_for: Duration,
    /// Time for which the producer of a stream may be silent.
    pub idle_timeout: Option<Duration>,
    /// Time for the whole run.
    pub timeout: Option<Duration>,
}

/// As the command line has it by default, with 4 workers.
impl Default for Transfer {
    fn default() -> Self {
        Self {
            part_size: 10 * MIB,
            workers: 4,
            begin_with: None,
            buffer: 1,
            max_memory: None,
            memory_share: None,
            max_parts: 10_000,
            equal_parts: false,
            expected_size: None,
            checksum_algorithm: Algorithm::Sha256,
            payload_signing: PayloadSigning::Auto,
            limit_rate: None,
        }
    }
}

/// The defaults of the command line, but for one part more that is read ahead, for tests to vary.
#[cfg(test)]
pub(crate) fn test_transfer() -> Transfer {
    Transfer {
        buffer: 2,
        ..Transfer::default()
    }
}
