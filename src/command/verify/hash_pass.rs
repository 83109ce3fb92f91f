//! All that is computed in one pass over the bytes, each on a thread of its own: as fast as the slowest.

use super::comparison::Comparison;
use super::part_hasher::PartHasher;
use crate::checksum::Checksum;
use crate::error::{Error, Result};
use crate::threads::start_thread;
use bytes::Bytes;
use std::thread::Builder;
use tokio::sync::{mpsc, oneshot};

/// Pieces that a thread may be behind.
const BEHIND: usize = 2;

/// The pass, which is under way.
#[derive(Debug)]
pub(super) struct HashPass(Vec<(mpsc::Sender<Bytes>, oneshot::Receiver<Vec<Checksum>>)>);

impl HashPass {
    /// Starts it. Parts of up to `most_kept` bytes are hashed in pairs, where that pays.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(super) fn start(comparisons: &[Comparison], most_kept: u64) -> Result<Self> {
        let start = |comparison: &Comparison| {
            let (sender, mut pieces) = mpsc::channel(BEHIND);
            let layout = comparison.layout.clone();
            let mut hasher = PartHasher::new(comparison.algorithm, layout, most_kept);
            let (result, hashed) = oneshot::channel();
            start_thread(Builder::new().name("hasher".to_owned()), move || {
                while let Some(piece) = pieces.blocking_recv() {
                    hasher.push(piece);
                }
                let _ = result.send(hasher.finish());
            })?;
            Ok((sender, hashed))
        };
        comparisons
            .iter()
            .map(start)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Takes the next bytes.
    pub(super) async fn push(&self, bytes: Bytes) {
        for (sender, _) in &self.0 {
            // One that has failed says so at the end.
            let _ = sender.send(bytes.clone()).await;
        }
    }

    /// The checksums of the parts, of each comparison.
    ///
    /// # Errors
    /// When a thread failed.
    pub(super) async fn finish(self) -> Result<Vec<Vec<Checksum>>> {
        let mut all = Vec::new();
        for (sender, hashed) in self.0 {
            drop(sender);
            let checksums = hashed.await;
            all.push(checksums.map_err(|error| Error::failed("hashing failed").caused_by(error))?);
        }
        Ok(all)
    }
}
