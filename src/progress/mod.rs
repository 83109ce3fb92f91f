//! Progress: counters of what was moved, and the views that show them on standard error.

mod tally;

pub use tally::{PartGuard, PartSnapshot, PartTally, Snapshot, Tally};
