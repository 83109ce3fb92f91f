//! What all tests are made of: the binary and its end, the store, files, and judgements.

mod binary;
mod broken_off;
mod homes;
mod judgements;
mod outcome;
mod parrot;
mod processes;
mod relay;
mod results;
mod running;
mod stores;
mod terminals;
mod trees;
mod waiting;

pub(crate) use binary::S3stream;
pub(crate) use broken_off::*;
pub(crate) use homes::*;
pub(crate) use judgements::*;
pub(crate) use outcome::Outcome;
pub(crate) use parrot::Parrot;
pub(crate) use processes::*;
pub(crate) use relay::*;
pub(crate) use results::*;
pub(crate) use running::{Running, heed_signals};
pub(crate) use stores::*;
pub(crate) use terminals::*;
pub(crate) use trees::*;
pub(crate) use waiting::*;

/// One MiB.
pub(crate) const MIB: usize = 1 << 20;
/// The smallest part that S3 takes, so that tests with several parts stay small.
pub(crate) const PART: usize = 5 * MIB;
/// The bucket of the tests.
pub(crate) const BUCKET: &str = "bucket";
