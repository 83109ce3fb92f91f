//! The pool of part buffers. A buffer is taken *before* bytes are read into it and comes back when
//! the last slice of its part is dropped: the memory of a run is bounded by this pool, not by luck.

mod aligned_buffer;
mod part_buffer;
mod spare;

pub(crate) use aligned_buffer::AlignedBuffer;
pub(crate) use part_buffer::{Buffer, Reservation};

use crate::concurrency::Concurrency;
use crate::config::{BESIDE_THE_BYTES, GIB, MIB, Transfer};
use crate::error::{Error, Result};
use bytesize::ByteSize;
use spare::Spare;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Bytes of a file that are read at a time: few enough to be in the processor's cache yet when they are
/// hashed or sent.
pub(crate) const BLOCK: usize = 256 << 10;
/// Memory is accounted in units of this many bytes, so that 32 bits count any budget.
const UNIT: usize = 64 << 10;
/// Where `--max-memory` says nothing, parts that have grown share this much, but never fewer than
/// two parts are held: one being filled, one being sent.
const DEFAULT_BUDGET: u64 = GIB;

/// A bounded set of part buffers, shared by all who fill them.
#[derive(Debug, Clone)]
pub struct BufferPool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// How many parts may be held.
    concurrency: Concurrency,
    /// One permit for each unit of memory.
    memory: Arc<Semaphore>,
    /// Those among them that may go to what could be read again.
    spare: Arc<Spare>,
    /// The most units that one buffer is charged for.
    most_charged: u32,
    /// Whether there was no buffer yet.
    is_fresh: AtomicBool,
    free: Mutex<Vec<AlignedBuffer>>,
}

impl BufferPool {
    /// A pool of (workers + buffer) parts within the memory that `transfer` allows.
    pub fn new(transfer: &Transfer, concurrency: &Concurrency) -> Self {
        let parts = (transfer.workers + transfer.buffer).max(1);
        let wanted = transfer.part_size.saturating_mul(parts as u64);
        let (budget, most_charged) = match transfer.max_memory {
            Some(limit) => (limit / UNIT as u64, limit / UNIT as u64),
            None => {
                let usual = wanted.max(DEFAULT_BUDGET) / UNIT as u64 + parts as u64;
                let share = transfer.memory_share.unwrap_or(u64::MAX);
                let budget = usual.min(share / UNIT as u64);
                let two_fit = share / 2 >= transfer.part_size;
                (budget, if two_fit { budget / 2 } else { budget })
            }
        };
        let budget = usize::try_from(budget)
            .unwrap_or(usize::MAX)
            .clamp(1, Semaphore::MAX_PERMITS);
        Self {
            shared: Arc::new(Shared {
                concurrency: concurrency.clone(),
                memory: Arc::new(Semaphore::new(budget)),
                spare: Arc::new(Spare::new()),
                most_charged: u32::try_from(most_charged).unwrap_or(u32::MAX).max(1),
                is_fresh: AtomicBool::new(true),
                free: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Parts that may be in flight, to be awaited when their number changes.
    pub fn watch_in_flight(&self) -> watch::Receiver<usize> {
        self.shared.concurrency.watch()
    }

    /// Waits until it fits, then gives a buffer for `size` bytes.
    ///
    /// # Errors
    /// When the system has no such memory to give.
    pub async fn take(&self, size: u64) -> Result<Buffer> {
        let mut reservation = self.reserve(size).await?;
        let size = usize::try_from(size).map_err(|_| no_memory(size))?;
        Ok(Buffer {
            data: self.shared.recycled_or_new(size, &mut reservation.memory)?,
            filled: 0,
            size,
            reservation,
        })
    }

    /// Waits until a part fits of which `size` bytes are held at a time, in blocks.
    ///
    /// # Errors
    /// When the run is over.
    pub async fn reserve(&self, size: u64) -> Result<Reservation> {
        let size = usize::try_from(size).map_err(|_| no_memory(size))?;
        let stopped = || Error::failed("the upload was stopped");
        let part = self.shared.concurrency.part().await.ok_or_else(stopped)?;
        let memory = Arc::clone(&self.shared.memory);
        let memory = memory.acquire_many_owned(self.shared.cost(size)).await;
        let memory = memory.map_err(|_| stopped())?;
        Ok(Reservation {
            shared: Arc::clone(&self.shared),
            _part: part,
            memory,
            _spare: None,
        })
    }
}

impl Shared {
    fn free(&self) -> MutexGuard<'_, Vec<AlignedBuffer>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Units that a buffer of `size` bytes is charged for.
    fn charge(&self, size: usize) -> u32 {
        let units = u32::try_from(size.div_ceil(UNIT)).unwrap_or(u32::MAX);
        units.clamp(1, self.most_charged)
    }

    /// Units that a part costs of which `size` bytes are held: of small ones there are so many that what each
    /// takes beside its bytes counts as well.
    fn cost(&self, size: usize) -> u32 {
        let size = size as u64;
        let beside = if size < MIB { BESIDE_THE_BYTES } else { 0 };
        self.charge(usize::try_from(size + beside).unwrap_or(usize::MAX))
    }

    /// The data of a buffer of `size` bytes, for which `memory` was taken already. What lies free
    /// counts as well as what is held, by its true size, since sources of all sizes share it.
    fn recycled_or_new(
        &self,
        size: usize,
        memory: &mut OwnedSemaphorePermit,
    ) -> Result<AlignedBuffer> {
        {
            let mut free = self.free();
            if let Some(at) = smallest(&free, size)
                && self.pays_for(free[at].capacity(), size, memory)
            {
                return Ok(free.swap_remove(at));
            }
            // Parts have grown: the old buffers would only add to the budget. Blocks are taken again.
            free.retain(|data| data.capacity() >= size || data.capacity() == BLOCK);
            self.trim(&mut free);
        }
        let data = AlignedBuffer::with_capacity(size.next_multiple_of(UNIT))?;
        // A short stream ends within the first buffer; where there is a second, the first was filled.
        let is_first = self.is_fresh.swap(false, Ordering::Relaxed);
        data.prefer_huge_pages(if is_first { BLOCK } else { 0 });
        Ok(data)
    }

    /// Keeps of what lies free no more than there is memory for.
    fn trim(&self, free: &mut Vec<AlignedBuffer>) {
        let charge = |data: &AlignedBuffer| self.charge(data.capacity()) as usize;
        let mut kept: usize = free.iter().map(charge).sum();
        while kept > self.memory.available_permits() {
            kept -= charge(&free.swap_remove(0));
        }
    }

    /// Takes what a buffer of `capacity` bytes costs more than one of `size` bytes, unless the
    /// parts that may still come would then not find room for as much as this one.
    fn pays_for(&self, capacity: usize, size: usize, memory: &mut OwnedSemaphorePermit) -> bool {
        let (price, paid) = (self.cost(capacity), self.cost(size));
        if price <= paid {
            return true;
        }
        let others = self.concurrency.free_parts() * paid as usize;
        if self.memory.available_permits() < others + (price - paid) as usize {
            return false;
        }
        let more = Arc::clone(&self.memory).try_acquire_many_owned(price - paid);
        more.map(|more| memory.merge(more)).is_ok()
    }
}

/// Which of `free` is the smallest that holds `size` bytes; of those the last that was used, which is
/// most likely to be in the cache yet.
fn smallest(free: &[AlignedBuffer], size: usize) -> Option<usize> {
    (0..free.len())
        .rev()
        .filter(|&at| free[at].capacity() >= size)
        .min_by_key(|&at| free[at].capacity())
}

fn no_memory(size: u64) -> Error {
    Error::failed(format!("no memory for a part of {}", ByteSize(size)))
        .hint("use a smaller --part-size, fewer --workers, or --max-memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{MIB, test_transfer};
    use proptest::prelude::*;
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
        pool_of(&Transfer {
            workers,
            buffer,
            max_memory,
            ..test_transfer()
        })
    }

    fn pool_of(transfer: &Transfer) -> BufferPool {
        BufferPool::new(transfer, &Concurrency::new(transfer))
    }

    /// All that are given at once, of this size.
    fn take_all(pool: &BufferPool, size: u64) -> Vec<Buffer> {
        std::iter::from_fn(|| take(pool, size)).collect()
    }

    #[test]
    fn a_share_of_little_memory_leaves_room_for_fewer_parts_down_to_one() {
        for (share, parts) in [
            (10, 1),
            (15, 1),
            (19, 1),
            (20, 2),
            (45, 4),
            (60, 6),
            (900, 6),
        ] {
            let transfer = Transfer {
                memory_share: Some(share * MIB),
                ..test_transfer()
            };
            let pool = pool_of(&transfer);
            assert_eq!(take_all(&pool, 10 * MIB).len(), parts, "{share} MiB");
            let largest = transfer.largest_held().unwrap();
            let grown = take_all(&pool, largest);
            assert!(!grown.is_empty() && grown.len() as u64 * largest <= share * MIB);
        }
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
        buffer.unfilled()[..3].copy_from_slice(b"abc");
        buffer.advance(3);
        let bytes = buffer.freeze();
        let address = bytes.as_ptr();
        let slice = bytes.slice(1..2);
        drop(bytes);
        assert!(take(&pool, 10 * MIB).is_none());
        assert_eq!(&slice[..], b"b");
        drop(slice);
        let mut again = take(&pool, 10 * MIB).unwrap();
        assert_eq!(again.unfilled().as_ptr(), address);
        assert!(again.filled().is_empty());
    }

    /// What a small part takes beside its bytes is more than the two differ by.
    #[test]
    fn a_small_part_takes_the_buffer_of_one_that_is_a_little_larger() {
        let pool = pool(1, 0, None);
        let mut larger = take(&pool, MIB).unwrap();
        let address = larger.unfilled().as_ptr();
        drop(larger);
        let mut small = take(&pool, MIB - 1).unwrap();
        assert_eq!(small.unfilled().as_ptr(), address);
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

    /// Fails when more than `limit` is held and lies free together.
    fn assert_within(limit: u64, pool: &BufferPool, held: &[Buffer]) {
        let free = pool.shared.free.lock().unwrap();
        let held = held.iter().map(|it| it.data.capacity());
        let all: usize = held.chain(free.iter().map(AlignedBuffer::capacity)).sum();
        assert!(all as u64 <= limit, "{all} bytes");
    }

    #[test]
    fn small_files_after_large_ones_use_their_buffers_and_leave_room() {
        let limit = 40 * MIB;
        let pool = pool(8, 0, Some(limit));
        let large = || take(&pool, 10 * MIB);
        let all_large = |held: &mut Vec<Buffer>| {
            held.clear();
            held.extend(std::iter::from_fn(large));
            assert_eq!(held.len(), 4);
        };
        let mut held = Vec::new();
        all_large(&mut held);
        held.clear();
        held.extend(take(&pool, 1000));
        assert!(held[0].data.capacity() as u64 >= 10 * MIB);
        let others: Vec<_> = std::iter::from_fn(large).collect();
        assert_eq!(others.len(), 3);
        drop(others);
        held.extend((0..7).map(|_| take(&pool, 1000).unwrap()));
        assert_within(limit, &pool, &held);
        assert!(large().is_none());
        all_large(&mut held);
        assert_within(limit, &pool, &held);
        held.clear();
        held.extend((0..8).map(|_| take(&pool, 5 * MIB).unwrap()));
        assert_within(limit, &pool, &held);
    }

    proptest! {
        #[test]
        fn buffers_of_all_sizes_share_the_memory(
            steps in prop::collection::vec((0..=10 * MIB, any::<prop::sample::Index>()), 1..200),
        ) {
            let limit = 40 * MIB;
            let pool = pool(8, 0, Some(limit));
            let mut held = Vec::new();
            for (size, given_back) in steps {
                held.extend(take(&pool, size));
                assert_within(limit, &pool, &held);
                if held.len() > 4 {
                    held.swap_remove(given_back.index(held.len()));
                }
            }
            drop(held);
            let all: Vec<_> = (0..8).map_while(|_| take(&pool, 5 * MIB)).collect();
            prop_assert_eq!(all.len(), 8);
        }
    }

    #[test]
    fn the_unfilled_rest_never_exceeds_the_size_asked_for() {
        let pool = pool(1, 0, None);
        let size = 5 * MIB + 7;
        drop(take(&pool, 10 * MIB));
        let mut buffer = take(&pool, size).unwrap();
        let mut sum = 0;
        while buffer.remaining() > 0 {
            let n = buffer.unfilled().len();
            buffer.advance(n);
            sum += n as u64;
        }
        assert_eq!(sum, size);
        assert!(buffer.unfilled().is_empty());
    }
}
