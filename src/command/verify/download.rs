//! The bytes of the object, fetched in ranges side by side and given in their order.

use super::blocks::Reading;
use crate::buffer::Reservation;
use crate::config::{Destination, MIB};
use crate::error::{Error, Kind, Result};
use crate::store::{ObjectFacts, Store};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Bytes that one request asks for.
pub(super) const RANGE: u64 = 4 * MIB;

/// A range that has come, and what it takes up of the memory.
type Fetched = (Vec<Bytes>, Reservation);

/// An object that is being fetched.
#[derive(Debug)]
pub(super) struct Download {
    store: Arc<Store>,
    destination: Destination,
    facts: Arc<ObjectFacts>,
    reading: Reading,
    /// Ranges that are asked for at a time, or wait to be read.
    ahead: usize,
    /// Where the next range begins.
    next: u64,
    under_way: VecDeque<JoinHandle<Result<Fetched>>>,
    /// What is left of the range that is being read.
    pieces: VecDeque<Bytes>,
    held: Option<Reservation>,
}

impl Download {
    /// A download of the object that `facts` tell of, `ahead` ranges at a time.
    pub(super) fn new(
        store: &Arc<Store>,
        destination: &Destination,
        facts: &ObjectFacts,
        reading: &Reading,
        ahead: usize,
    ) -> Self {
        Self {
            store: Arc::clone(store),
            destination: destination.clone(),
            facts: Arc::new(facts.clone()),
            reading: reading.clone(),
            ahead,
            next: 0,
            under_way: VecDeque::new(),
            pieces: VecDeque::new(),
            held: None,
        }
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// When they can't be had, or the object is another by now.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        while self.pieces.is_empty() {
            self.held = None;
            self.go_ahead().await?;
            let Some(range) = self.under_way.pop_front() else {
                return Ok(None);
            };
            let fetched = range.await;
            let fetched = fetched.map_err(|it| Error::failed("a worker failed").caused_by(it))?;
            let (pieces, reservation) = fetched?;
            self.pieces = pieces.into();
            self.held = Some(reservation);
        }
        Ok(self.pieces.pop_front())
    }

    /// Starts the ranges that may be under way. Memory is taken in the order of the bytes: what is needed
    /// next always has its own.
    async fn go_ahead(&mut self) -> Result<()> {
        while self.under_way.len() < self.ahead && self.next < self.facts.size {
            let range = self.next..self.facts.size.min(self.next + RANGE);
            self.next = range.end;
            let number = u32::try_from(range.start / RANGE + 1).unwrap_or(u32::MAX);
            let size = range.end - range.start;
            let reservation = self.reading.pool.reserve(size).await?;
            let progress = self.reading.progress.part(number, size);
            let (store, destination) = (Arc::clone(&self.store), self.destination.clone());
            let facts = Arc::clone(&self.facts);
            self.under_way.push_back(tokio::spawn(async move {
                let got = store
                    .get_range(&destination, &facts, range, &progress)
                    .await;
                let pieces = got.map_err(|failure| changed(failure.into_error(&destination)))?;
                progress.stored();
                Ok((pieces, reservation))
            }));
        }
        Ok(())
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.under_way.iter().for_each(JoinHandle::abort);
    }
}

/// A condition that does not hold means another object under the same key.
fn changed(mut error: Error) -> Error {
    if error.kind == Kind::Exists {
        error.kind = Kind::Failed;
        error.hints.clear();
        return error.because("the object was replaced while it was read");
    }
    error
}
