//! A buffer for one part, and what it takes up of the pool.

use super::spare::SparePermit;
use super::{AlignedBuffer, BLOCK, Shared, smallest};
use crate::error::Result;
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// The most bytes that one read fills in: a full pipe (1 MiB) is emptied by one. With 256 KiB at a time, its
/// writer was woken four times as often, for 5 % more CPU in all.
const MOST_READ: usize = 1 << 20;

/// The right to hold one part, and memory for it.
#[derive(Debug)]
pub struct Reservation {
    pub(super) shared: Arc<Shared>,
    pub(super) _part: OwnedSemaphorePermit,
    pub(super) memory: OwnedSemaphorePermit,
    /// Where it could be read again.
    pub(super) _spare: Option<Box<SparePermit>>,
}

impl Reservation {
    /// `size` bytes of whatever was in them. Whoever asks sees to it that all of these together fit.
    ///
    /// # Errors
    /// When the system has no such memory to give.
    pub fn block(&self, size: usize) -> Result<AlignedBuffer> {
        let recycled = {
            let mut free = self.shared.free();
            // One of a whole part is for the next that is held.
            let fits =
                smallest(&free, size).filter(|&at| free[at].capacity() < 2 * size.max(BLOCK));
            let block = fits.map(|at| free.swap_remove(at));
            if block.is_none() {
                self.shared.trim(&mut free);
            }
            block
        };
        let mut block = match recycled {
            Some(block) => block,
            None => AlignedBuffer::with_capacity(size.max(BLOCK))?,
        };
        block.resize(size);
        Ok(block)
    }

    /// A buffer for all `size` bytes of a part that could be read again, if there is memory to spare, or
    /// will be soon.
    ///
    /// # Errors
    /// When there is none: the reservation as it was.
    pub async fn hold(mut self, size: u64) -> Result<Buffer, Self> {
        let shared = Arc::clone(&self.shared);
        let Ok(size) = usize::try_from(size) else {
            return Err(self);
        };
        let price = shared.cost(size);
        let in_flight = shared.concurrency.allowed();
        let Some(mut spare) = shared.spare.take(price, in_flight).await else {
            return Err(self);
        };
        let paid = self.memory.num_permits();
        let more = price.saturating_sub(u32::try_from(paid).unwrap_or(u32::MAX));
        // Others that are yet to come can do with as much as this one had.
        let others = shared.concurrency.free_parts() * paid;
        if shared.memory.available_permits() < others + more as usize {
            return Err(self);
        }
        let Ok(memory) = Arc::clone(&shared.memory).try_acquire_many_owned(more) else {
            return Err(self);
        };
        self.memory.merge(memory);
        match shared.recycled_or_new(size, &mut self.memory) {
            Ok(data) => {
                spare.hold();
                self._spare = Some(Box::new(spare));
                Ok(Buffer {
                    data,
                    filled: 0,
                    size,
                    reservation: self,
                })
            }
            Err(_) => Err(self),
        }
    }

    /// Keeps a block for the next one who asks.
    pub fn give_back(&self, block: AlignedBuffer) {
        self.shared.free().push(block);
    }
}

/// A buffer for one part, being filled.
#[derive(Debug)]
pub struct Buffer {
    pub(super) data: AlignedBuffer,
    pub(super) filled: usize,
    pub(super) size: usize,
    pub(super) reservation: Reservation,
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

    /// Where the next read goes, empty once the buffer is full.
    pub fn unfilled(&mut self) -> &mut [u8] {
        let end = self.size.min(self.filled + MOST_READ);
        self.data.resize(end);
        &mut self.data[self.filled..end]
    }

    /// Takes all that was filled in for nothing.
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Counts `n` bytes more as filled.
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
        // Before the reservation ends, so that whoever is next finds the buffer.
        self.reservation.give_back(std::mem::take(&mut self.data));
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
    use crate::buffer::BufferPool;
    use crate::buffer::aligned_buffer::tests::{prefers_huge_pages, system_has_huge_pages};
    use crate::concurrency::Concurrency;
    use crate::config::{MIB, Transfer, test_transfer};

    const PART: u64 = 10 * MIB;

    /// Reservations of 1 MiB for as many parts as there may be, of a pool with so much memory.
    async fn reservations(max_memory: Option<u64>) -> Vec<Reservation> {
        let transfer = Transfer {
            max_memory,
            ..test_transfer()
        };
        let pool = BufferPool::new(&transfer, &Concurrency::new(&transfer));
        let mut all = Vec::new();
        for _ in 0..transfer.workers + transfer.buffer {
            all.push(pool.reserve(MIB).await.unwrap());
        }
        all
    }

    /// How many of them can hold a part.
    async fn held(all: Vec<Reservation>) -> usize {
        let mut tried = Vec::new();
        for reservation in all {
            tried.push(reservation.hold(PART).await);
        }
        tried.iter().filter(|it| it.is_ok()).count()
    }

    #[tokio::test]
    async fn four_parts_that_could_be_read_again_are_held_or_as_many_as_there_is_memory_for() {
        assert_eq!(held(reservations(None).await).await, 4);
        for (max_memory, parts) in [(6, 0), (14, 0), (15, 1), (23, 1), (24, 2), (99, 4)] {
            let all = reservations(Some(max_memory * MIB)).await;
            assert_eq!(held(all).await, parts, "{max_memory} MiB");
        }
    }

    /// Four parts that are held, and the reservation of one more, with so many requests in flight.
    async fn four_held_and_one_more(workers: usize) -> (Vec<Buffer>, Reservation) {
        let transfer = Transfer {
            workers,
            ..test_transfer()
        };
        let pool = BufferPool::new(&transfer, &Concurrency::new(&transfer));
        let mut held = Vec::new();
        for _ in 0..4 {
            let reservation = pool.reserve(MIB).await.unwrap();
            held.push(reservation.hold(PART).await.unwrap());
        }
        (held, pool.reserve(MIB).await.unwrap())
    }

    #[tokio::test]
    async fn the_memory_of_a_part_that_is_sent_soon_is_waited_for() {
        for workers in [4, 16] {
            let (mut held, more) = four_held_and_one_more(workers).await;
            let sent = async { drop(held.pop()) };
            let (fifth, ()) = tokio::join!(biased; more.hold(PART), sent);
            assert!(fifth.is_ok(), "{workers} workers");
        }
    }

    #[tokio::test]
    async fn what_is_sent_later_is_not_waited_for() {
        let (_held, more) = four_held_and_one_more(4).await;
        let more = more.hold(PART).await.unwrap_err();
        assert_eq!(more.block(BLOCK).unwrap().len(), BLOCK);
    }

    #[tokio::test]
    async fn a_part_that_is_held_takes_no_room_that_others_need() {
        let transfer = Transfer {
            max_memory: Some(17 * MIB),
            ..test_transfer()
        };
        let pool = BufferPool::new(&transfer, &Concurrency::new(&transfer));
        let first = pool.reserve(MIB).await.unwrap();
        // 16 MiB are left, of which five that are yet to come need 5.
        let first = first.hold(12 * MIB + 1).await.unwrap_err();
        let first = first.hold(12 * MIB).await.unwrap();
        for _ in 0..5 {
            assert!(pool.reserve(MIB).await.unwrap().hold(PART).await.is_err());
        }
        drop(first);
        let again = pool.reserve(MIB).await.unwrap();
        assert!(again.hold(12 * MIB).await.is_ok());
    }

    #[tokio::test]
    async fn buffers_that_lie_free_make_room_for_blocks() {
        let transfer = Transfer {
            max_memory: Some(24 * MIB),
            ..test_transfer()
        };
        let pool = BufferPool::new(&transfer, &Concurrency::new(&transfer));
        let one = pool.reserve(MIB).await.unwrap();
        let other = pool.reserve(MIB).await.unwrap();
        drop([
            one.hold(PART).await.unwrap(),
            other.hold(PART).await.unwrap(),
        ]);
        assert_eq!(pool.shared.free().len(), 2);
        let mut all = Vec::new();
        for _ in 0..6 {
            all.push(pool.reserve(MIB).await.unwrap());
        }
        // 18 MiB are left beside those.
        let _block = all[0].block(BLOCK).unwrap();
        assert_eq!(pool.shared.free().len(), 1);
    }

    #[tokio::test]
    async fn a_block_is_none_of_those_that_hold_parts() {
        let mut all = reservations(None).await;
        drop(all.remove(0).hold(PART).await.unwrap());
        let block = all[0].block(BLOCK).unwrap();
        assert!(block.capacity() < 2 * BLOCK);
        all[0].give_back(block);
        assert_eq!(all[0].shared.free().len(), 2);
    }

    #[tokio::test]
    async fn a_short_stream_takes_no_huge_page() {
        if !system_has_huge_pages() {
            return;
        }
        let transfer = test_transfer();
        let pool = BufferPool::new(&transfer, &Concurrency::new(&transfer));
        let mut first = pool.take(PART).await.unwrap();
        let mut second = pool.take(PART).await.unwrap();
        let begin = [&mut first, &mut second].map(|it| prefers_huge_pages(&it.unfilled()[0]));
        assert_eq!(begin, [false, true]);
        assert!(prefers_huge_pages(&first.unfilled()[BLOCK]));
    }
}
