//! The settings of `s3stream doctor`.

use super::{Destination, GivenOptions, Output, StoreConfig};
use std::collections::BTreeSet;

/// What follows DESTINATION in the keys of all that is tried, before letters that are made by chance.
pub(crate) const PROBE_ENDING: &str = ".s3stream-doctor-";
/// The number of those letters.
pub(crate) const PROBE_LETTERS: usize = 12;

/// The settings of one `s3stream doctor`.
#[derive(Debug, Clone)]
pub(crate) struct DoctorConfig {
    /// Where uploads are to go; the key may be empty, or a prefix.
    pub destination: Destination,
    /// How the store is reached.
    pub store: StoreConfig,
    /// The options that were given.
    pub given: GivenOptions,
    /// Those of them that variables gave.
    pub by_variable: BTreeSet<String>,
    /// Connections whose throughput is measured beside that of one; `None`: neither is.
    pub speed: Option<usize>,
    /// What is told, and where.
    pub output: Output,
}
