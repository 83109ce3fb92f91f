//! Memory that begins one line of the processor's cache behind a page. The kernel copies into it three times
//! as fast as into what an allocator gives, which lies 16 bytes behind a page: 0.19 s of CPU per GiB
//! against 0.55, of a pipe on an EPYC with Linux 6.18, whose `rep movsb` minds. At the page itself, sending
//! a file took 1.03 times the CPU. Nor does an allocator keep it for later once it is dropped.

use super::{BLOCK, no_memory};
use crate::error::Result;
use memmap2::MmapMut;
use std::ops::{Deref, DerefMut};

/// Where the bytes begin: behind a line of the cache.
const START: usize = 64;

/// A row of bytes that grows within its capacity.
#[derive(Debug, Default)]
pub struct AlignedBuffer {
    /// The bytes, behind `START` others; `None` once they were taken.
    memory: Option<MmapMut>,
    size: usize,
}

impl AlignedBuffer {
    /// No bytes yet, of which `capacity` fit. Those that were never filled take no memory.
    ///
    /// # Errors
    /// When the system has no such memory to give.
    pub fn with_capacity(capacity: usize) -> Result<Self> {
        let memory = MmapMut::map_anon(capacity.saturating_add(START))
            .map_err(|_| no_memory(capacity as u64))?;
        Ok(Self {
            memory: Some(memory),
            size: 0,
        })
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

    /// Bytes that fit.
    pub fn capacity(&self) -> usize {
        self.memory.as_ref().map_or(0, |it| it.len() - START)
    }

    /// Makes it `size` bytes long; new ones are what was there before, at first zeroes.
    pub fn resize(&mut self, size: usize) {
        debug_assert!(size <= self.capacity());
        self.size = size;
    }
}

impl Deref for AlignedBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.memory {
            Some(memory) => &memory[START..START + self.size],
            None => &[],
        }
    }
}

impl DerefMut for AlignedBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.memory {
            Some(memory) => &mut memory[START..START + self.size],
            None => &mut [],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_begins_one_line_behind_a_page() {
        for capacity in [0, 1, 1000, 64 << 10, 256 << 10, 10 << 20] {
            let mut bytes = AlignedBuffer::with_capacity(capacity).unwrap();
            assert!(bytes.capacity() >= capacity);
            assert!(bytes.is_empty());
            bytes.resize(capacity);
            assert_eq!(bytes.len(), capacity);
            assert_eq!(bytes.as_ptr() as usize % 4096, START, "{capacity} bytes");
            bytes.resize(capacity / 2);
            assert_eq!(bytes.len(), capacity / 2);
        }
        for capacity in [isize::MAX.unsigned_abs(), usize::MAX] {
            assert!(AlignedBuffer::with_capacity(capacity).is_err());
        }
    }
}
