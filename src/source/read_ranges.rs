//! What was read of a file: which ranges, with which digests, and since when the file has held them.

use crate::checksum::{Algorithm, Checksum, Digests};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The ranges of a file that were read so far.
#[derive(Debug, Default)]
pub(super) struct ReadRanges(Mutex<Vec<ReadRange>>);

#[derive(Debug, Clone)]
pub(super) struct ReadRange {
    pub(super) offset: u64,
    /// Bytes.
    pub(super) size: u64,
    pub(super) digests: Digests,
    /// The ctime from which on the file has held these bytes.
    pub(super) ctime: i64,
}

impl ReadRanges {
    /// Puts in a range, in place of what was known of the same range.
    pub(super) fn insert(&self, range: ReadRange) {
        let mut ranges = self.lock();
        ranges.retain(|it| (it.offset, it.size) != (range.offset, range.size));
        ranges.push(range);
    }

    /// Those that begin in `bounds` and of which it is not known that the file held them at `ctime`.
    pub(super) fn read_at_another_ctime(&self, ctime: i64, bounds: &Range<u64>) -> Vec<ReadRange> {
        let ranges = self.lock();
        let others = ranges
            .iter()
            .filter(|it| it.ctime != ctime && bounds.contains(&it.offset));
        others.cloned().collect()
    }

    /// The ctime from which on the file has held all of them.
    pub(super) fn oldest_ctime(&self) -> Option<i64> {
        self.lock().iter().map(|it| it.ctime).min()
    }

    /// Size and best checksum of each, in their order in the file.
    pub(super) fn checksums(&self) -> Vec<(u64, Checksum)> {
        let mut ranges = self.lock().clone();
        ranges.sort_by_key(|it| it.offset);
        let best = |read: ReadRange| {
            let sha256 = read.digests.payload_sha256.map(|raw| Checksum {
                algorithm: Algorithm::Sha256,
                raw: raw.to_vec(),
            });
            Some((read.size, sha256.or(read.digests.checksum)?))
        };
        ranges.into_iter().filter_map(best).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ReadRange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
