//! The pool of part buffers. A buffer is taken *before* bytes are read into it and comes back when
//! the last slice of its part is dropped: the memory of a run is bounded by this pool, not by luck.

use crate::config::{GIB, Transfer};
use crate::error::{Error, Result};
use crate::pace::Pace;
use bytes::Bytes;
use bytesize::ByteSize;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory is accounted in units of this many bytes, so that 32 bits count any budget.
const UNIT: usize = 64 << 10;
/// Where `--max-memory` says nothing, parts that have grown share this much, but never fewer than
/// two parts are held: one being filled, one being sent.
const DEFAULT_BUDGET: u64 = GIB;
/// A fresh buffer is zeroed in steps of this size, just ahead of the read that fills it, so that a
/// short stream touches little memory and the zeroes are still in the cache.
const ZERO_STEP: usize = 256 << 10;

/// A bounded set of part buffers, shared by all who fill them.
#[derive(Debug, Clone)]
pub struct BufferPool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// How many parts may be held.
    pace: Pace,
    /// One permit for each unit of memory.
    memory: Arc<Semaphore>,
    /// The most units that one buffer is charged for.
    most_charged: u32,
    free: Mutex<Vec<Vec<u8>>>,
}

impl BufferPool {
    /// A pool of (workers + buffer) parts within the memory that `transfer` allows.
    pub fn new(transfer: &Transfer, pace: &Pace) -> Self {
        let parts = (transfer.workers + transfer.buffer).max(1);
        let wanted = transfer.part_size.saturating_mul(parts as u64);
        let (budget, most_charged) = match transfer.max_memory {
            Some(limit) => (limit / UNIT as u64, limit / UNIT as u64),
            None => {
                let budget = wanted.max(DEFAULT_BUDGET) / UNIT as u64 + parts as u64;
                (budget, budget / 2)
            }
        };
        let budget = usize::try_from(budget)
            .unwrap_or(usize::MAX)
            .clamp(1, Semaphore::MAX_PERMITS);
        Self {
            shared: Arc::new(Shared {
                pace: pace.clone(),
                memory: Arc::new(Semaphore::new(budget)),
                most_charged: u32::try_from(most_charged).unwrap_or(u32::MAX).max(1),
                free: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Waits for room, then gives a buffer for `size` bytes.
    ///
    /// # Errors
    /// When the system has no such memory to give.
    pub async fn take(&self, size: u64) -> Result<Buffer> {
        let size = usize::try_from(size).map_err(|_| no_memory(size))?;
        let units = self.shared.charge(size).max(1);
        let closed = |_| Error::failed("the upload was stopped");
        let part = self.shared.pace.part().await;
        let part = part.ok_or_else(|| Error::failed("the upload was stopped"))?;
        let memory = Arc::clone(&self.shared.memory)
            .acquire_many_owned(units)
            .await;
        let memory = memory.map_err(closed)?;
        Ok(Buffer {
            data: self.shared.recycled_or_new(size)?,
            filled: 0,
            size,
            shared: Arc::clone(&self.shared),
            _permits: [part, memory],
        })
    }
}

impl Shared {
    /// Units that a buffer of `size` bytes is charged for.
    fn charge(&self, size: usize) -> u32 {
        let units = u32::try_from(units(size)).unwrap_or(u32::MAX);
        units.min(self.most_charged)
    }

    /// The data of a buffer whose permits were taken already. What lies free counts as well, and
    /// is used again only where it is no larger than what those permits stand for: files of all
    /// sizes share the memory.
    fn recycled_or_new(&self, size: usize) -> Result<Vec<u8>> {
        {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            let fits = |it: &Vec<u8>| it.capacity() >= size && units(it.capacity()) == units(size);
            if let Some(at) = free.iter().rposition(fits) {
                return Ok(free.swap_remove(at));
            }
            let charge = |it: &Vec<u8>| self.charge(it.capacity()) as usize;
            let mut kept: usize = free.iter().map(charge).sum();
            let (parts, memory) = (self.pace.free_parts(), &self.memory);
            while free.len() > parts || kept > memory.available_permits() {
                kept -= charge(&free.remove(0));
            }
        }
        let mut data = Vec::new();
        data.try_reserve_exact(size.next_multiple_of(UNIT))
            .map_err(|_| no_memory(size as u64))?;
        Ok(data)
    }
}

fn units(size: usize) -> usize {
    size.div_ceil(UNIT)
}

fn no_memory(size: u64) -> Error {
    Error::failed(format!("no memory for a part of {}", ByteSize(size)))
        .hint("use a smaller --part-size, fewer --workers, or --max-memory")
}

/// A buffer for one part, being filled.
#[derive(Debug)]
pub struct Buffer {
    data: Vec<u8>,
    filled: usize,
    size: usize,
    shared: Arc<Shared>,
    _permits: [OwnedSemaphorePermit; 2],
}

impl Buffer {
    /// Bytes that still fit.
    pub fn remaining(&self) -> usize {
        self.size - self.filled
    }

    /// Bytes that were filled in so far.
    pub fn filled(&self) -> &[u8] {
        &self.data[..self.filled]
    }

    /// Room for the next read: at most `ZERO_STEP` bytes, empty once the buffer is full.
    pub fn room(&mut self) -> &mut [u8] {
        let end = self.size.min(self.filled + ZERO_STEP);
        if self.data.len() < end {
            self.data.resize(end, 0);
        }
        &mut self.data[self.filled..end]
    }

    /// Counts `n` bytes of the room as filled.
    pub fn advance(&mut self, n: usize) {
        self.filled += n;
        debug_assert!(self.filled <= self.size);
    }

    /// The bytes as they are now; the buffer returns to its pool with the last reference to them.
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(Filled(self))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // Before the permits go, so that whoever gets them finds the buffer.
        let data = std::mem::take(&mut self.data);
        self.shared
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(data);
    }
}

struct Filled(Buffer);

impl AsRef<[u8]> for Filled {
    fn as_ref(&self) -> &[u8] {
        self.0.filled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{MIB, test_transfer};
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// Polls once: `None` means that it has to wait.
    fn now_or_never<F: Future>(future: F) -> Option<F::Output> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    fn take(pool: &BufferPool, size: u64) -> Option<Buffer> {
        now_or_never(pool.take(size)).map(Result::unwrap)
    }

    fn pool(workers: usize, buffer: usize, max_memory: Option<u64>) -> BufferPool {
        let transfer = Transfer {
            workers,
            buffer,
            max_memory,
            ..test_transfer()
        };
        BufferPool::new(&transfer, &Pace::new(&transfer))
    }

    #[test]
    fn no_more_parts_than_workers_and_buffer() {
        let pool = pool(2, 1, None);
        let held: Vec<_> = (0..3).map(|_| take(&pool, 10 * MIB).unwrap()).collect();
        assert!(take(&pool, 10 * MIB).is_none());
        drop(held);
        assert!(take(&pool, 10 * MIB).is_some());
    }

    #[test]
    fn a_part_is_given_back_with_its_last_slice_and_used_again() {
        let pool = pool(1, 0, None);
        let mut buffer = take(&pool, 10 * MIB).unwrap();
        buffer.room()[..3].copy_from_slice(b"abc");
        buffer.advance(3);
        let bytes = buffer.freeze();
        let address = bytes.as_ptr();
        let slice = bytes.slice(1..2);
        drop(bytes);
        assert!(take(&pool, 10 * MIB).is_none());
        assert_eq!(&slice[..], b"b");
        drop(slice);
        let mut again = take(&pool, 10 * MIB).unwrap();
        assert_eq!(again.room().as_ptr(), address);
        assert!(again.filled().is_empty());
    }

    #[test]
    fn memory_bounds_grown_parts() {
        let pool = pool(4, 2, Some(64 * MIB));
        let six: Vec<_> = (0..6).map(|_| take(&pool, 10 * MIB).unwrap()).collect();
        drop(six);
        let grown = take(&pool, 40 * MIB).unwrap();
        assert!(take(&pool, 40 * MIB).is_none());
        drop(grown);
        assert!(take(&pool, 64 * MIB).is_some());
    }

    #[test]
    fn without_a_limit_two_grown_parts_are_held() {
        let pool = pool(4, 2, None);
        let first = take(&pool, 5 * GIB).unwrap();
        let second = take(&pool, 5 * GIB).unwrap();
        assert!(take(&pool, 5 * GIB).is_none());
        drop((first, second));
    }

    /// Small files after large ones, and large ones after them.
    #[test]
    fn buffers_of_all_sizes_share_the_memory() {
        let limit = 40 * MIB;
        let pool = pool(8, 0, Some(limit));
        let within = |held: &[Buffer]| {
            let free = pool.shared.free.lock().unwrap();
            let held = held.iter().map(|it| it.data.capacity());
            let all: usize = held.chain(free.iter().map(Vec::capacity)).sum();
            assert!(all as u64 <= limit, "{} MiB", all >> 20);
        };
        drop((0..4).map(|_| take(&pool, 10 * MIB)).collect::<Vec<_>>());
        let mut held: Vec<_> = (0..5).map(|_| take(&pool, 1000).unwrap()).collect();
        within(&held);
        while let Some(large) = take(&pool, 10 * MIB) {
            held.push(large);
            within(&held);
        }
        assert_eq!(held.len(), 8);
        held.clear();
        held.extend((0..7).map(|_| take(&pool, 5 * MIB).unwrap()));
        within(&held);
    }

    #[test]
    fn the_room_never_exceeds_the_size_asked_for() {
        let pool = pool(1, 0, None);
        let size = 5 * MIB + 7;
        drop(take(&pool, 5 * MIB + 70));
        let mut buffer = take(&pool, size).unwrap();
        let mut sum = 0;
        while buffer.remaining() > 0 {
            let n = buffer.room().len();
            buffer.advance(n);
            sum += n as u64;
        }
        assert_eq!(sum, size);
        assert!(buffer.room().is_empty());
    }
}
