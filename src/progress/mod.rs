//! Progress: counters of what was moved, and the views that show them on standard error.

mod bar;
mod crowd;
mod json;
mod lines;
mod plain;
mod rate;
mod screen;
mod tally;
mod text;
mod view;

pub use crowd::{Crowd, FileGuard, Files};
pub use screen::Stderr;
pub use tally::{PartGuard, PartSnapshot, PartTally, Snapshot, Tally};
pub use view::{End, Progress};
