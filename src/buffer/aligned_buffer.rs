//! Memory that begins where a line of the processor's cache does. The kernel copies into it three times
//! as fast as into what an allocator gives, which lies 16 bytes behind a page: 0.19 s of CPU per GiB
//! against 0.55, of a pipe on an EPYC with Linux 6.18, whose `rep movsb` minds.

use super::{BLOCK, no_memory};
use crate::error::Result;
use std::ops::{Deref, DerefMut};

/// Size of a line of the cache, in bytes, and more than any processor's copying minds.
const LINE: usize = 64;

/// A row of bytes that grows within its capacity.
#[derive(Debug, Default)]
pub struct AlignedBuffer {
    /// The bytes, behind `start` others.
    data: Vec<u8>,
    start: usize,
}

impl AlignedBuffer {
    /// No bytes yet, of which `capacity` fit.
    ///
    /// # Errors
    /// When the system has no such memory to give.
    pub fn with_capacity(capacity: usize) -> Result<Self> {
        let mut data = Vec::<u8>::new();
        data.try_reserve_exact(capacity.saturating_add(LINE))
            .map_err(|_| no_memory(capacity as u64))?;
        let start = data.as_ptr().align_offset(LINE).min(LINE);
        data.resize(start, 0);
        Ok(Self { data, start })
    }

    /// One of `BLOCK` bytes, all zeroes.
    ///
    /// # Errors
    /// When the system has no such memory to give.
    pub fn block() -> Result<Self> {
        let mut block = Self::with_capacity(BLOCK)?;
        block.resize(BLOCK);
        Ok(block)
    }

    /// Bytes that fit, wherever the line begins.
    pub fn capacity(&self) -> usize {
        self.data.capacity().saturating_sub(LINE)
    }

    /// Makes it `size` bytes long; new ones are zeroes.
    pub fn resize(&mut self, size: usize) {
        debug_assert!(size <= self.capacity());
        self.data.resize(self.start + size, 0);
    }
}

impl Deref for AlignedBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.data[self.start..]
    }
}

impl DerefMut for AlignedBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.data[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_begins_at_a_line() {
        for capacity in [0, 1, 1000, 64 << 10, 256 << 10, 10 << 20] {
            let mut bytes = AlignedBuffer::with_capacity(capacity).unwrap();
            assert!(bytes.capacity() >= capacity);
            assert!(bytes.is_empty());
            bytes.resize(capacity);
            assert_eq!(bytes.len(), capacity);
            assert_eq!(bytes.as_ptr() as usize % LINE, 0, "{capacity} bytes");
            bytes.resize(capacity / 2);
            assert_eq!(bytes.len(), capacity / 2);
        }
        assert!(AlignedBuffer::with_capacity(usize::MAX).is_err());
    }
}
