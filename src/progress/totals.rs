//! What a run did in all, as monitoring is told it.

use super::files_progress::FileCounts;
use std::array::from_fn;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use strum::{Display, EnumCount, VariantArray};

/// Why a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum RetryReason {
    /// The store asks for fewer requests, or may.
    Throttled,
    /// The store, or a gateway, failed.
    ServerError,
    /// No connection came about, or it broke.
    Connection,
    /// Nothing moved, or no answer came, for too long.
    Timeout,
    /// With other credentials, for another region, or by the store's clock.
    Refreshed,
    /// What the store has or says is not what was sent or asked.
    Other,
}

/// Counts requests that are sent again, by why.
#[derive(Debug, Default)]
pub(super) struct RetryCounts([AtomicU32; RetryReason::COUNT]);

impl RetryCounts {
    pub(super) fn add(&self, reason: RetryReason) {
        self.0[reason as usize].fetch_add(1, Relaxed);
    }

    /// All of them.
    pub(super) fn sum(&self) -> u32 {
        self.by_reason().iter().sum()
    }

    pub(super) fn by_reason(&self) -> [u32; RetryReason::COUNT] {
        from_fn(|at| self.0[at].load(Relaxed))
    }
}

/// What a run did in all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    /// Bytes of the parts that the store took.
    pub bytes: u64,
    /// Those parts.
    pub parts: u64,
    /// Requests that were sent again, in the order of the reasons.
    pub retries: [u32; RetryReason::COUNT],
    /// Numbers of files, in a run over many.
    pub files: Option<FileCounts>,
}
