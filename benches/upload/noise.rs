//! Bytes that nothing can compress.

use bytesize::MIB;
use std::io::{self, Write};

/// Writes `size` bytes that look random: the same MiB over and over, since nobody here compresses.
pub(crate) fn noise(mut out: impl Write, size: u64) -> io::Result<()> {
    let mut block = vec![0; usize::try_from(size.min(MIB)).unwrap_or(usize::MAX)];
    fastrand::Rng::with_seed(1).fill(&mut block);
    let mut left = size;
    while left > 0 {
        let n = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        out.write_all(&block[..n])?;
        left -= n as u64;
    }
    Ok(())
}
