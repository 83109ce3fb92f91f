//! Two parts of a file that are hashed at once, for whichever is sent first.

use super::{FileRange, SourceFile};
use crate::buffer::BLOCK;
use crate::checksum::{Digests, Hasher, Hashing, PairedHash};
use crate::error::Result;
use crate::part::Part;
use crate::threads::blocking;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Size in bytes past which a range had better be hashed alone: it is to be in the page cache yet
/// when it is sent.
const MOST: u64 = 128 << 20;

/// One of two ranges that lie side by side.
#[derive(Debug)]
pub(crate) struct PairedRange {
    pair: Arc<Pair>,
    /// 0 or 1.
    which: usize,
}

#[derive(Debug)]
struct Pair {
    file: SourceFile,
    offset: u64,
    sizes: [u64; 2],
    paired_hash: PairedHash,
    digests: OnceCell<[Digests; 2]>,
}

impl PairedRange {
    /// The two ranges of `file` from `offset` on; `None` if nothing is gained by hashing them at once.
    pub(crate) fn new_pair(
        file: &SourceFile,
        offset: u64,
        sizes: [u64; 2],
        hashing: Hashing,
    ) -> Option<[Self; 2]> {
        let fits = |size| size > FileRange::HELD && size <= MOST;
        let paired_hash = PairedHash::new(hashing)?;
        if !sizes.into_iter().all(fits) {
            return None;
        }
        let pair = Arc::new(Pair {
            file: file.clone(),
            offset,
            sizes,
            paired_hash,
            digests: OnceCell::new(),
        });
        Some([0, 1].map(|which| Self {
            pair: Arc::clone(&pair),
            which,
        }))
    }

    /// Reads and hashes both ranges, unless that was done for the other one; gives `range`, which is this
    /// one, as a part, which is read again while it is sent.
    ///
    /// # Errors
    /// When either range can't be read.
    pub(crate) async fn load(self, range: FileRange, number: u32) -> Result<Part> {
        let range = Arc::new(range);
        let digests = self.digests(&range).await?;
        Ok(range.into_part(number, digests))
    }

    async fn digests(&self, range: &Arc<FileRange>) -> Result<Digests> {
        let digests = self.pair.digests.get_or_try_init(|| {
            let (pair, range) = (Arc::clone(&self.pair), Arc::clone(range));
            blocking(move || pair.read(&range))
        });
        Ok(digests.await?[self.which].clone())
    }
}

impl Pair {
    /// Reads and hashes both, within the memory of `range`.
    fn read(&self, range: &FileRange) -> Result<[Digests; 2]> {
        let ctime = self.file.check_attributes()?;
        let memory = &range.reservation;
        let mut blocks = [memory.block(BLOCK)?, memory.block(BLOCK)?];
        let digests = self.digests(range.hashing, blocks.each_mut().map(|block| &mut **block));
        blocks.into_iter().for_each(|block| memory.give_back(block));
        let digests = digests?;
        for ((offset, size), digests) in self.offsets().into_iter().zip(self.sizes).zip(&digests) {
            self.file.note(offset, size, digests.clone(), ctime);
        }
        Ok(digests)
    }

    fn offsets(&self) -> [u64; 2] {
        [self.offset, self.offset + self.sizes[0]]
    }

    /// The digests of both, which are read into `blocks` in turn.
    fn digests(&self, hashing: Hashing, blocks: [&mut [u8]; 2]) -> Result<[Digests; 2]> {
        let mut hashers = [hashing.start(), hashing.start()];
        let offsets = self.offsets();
        let [one, two] = blocks;
        let common = self.sizes[0].min(self.sizes[1]);
        let mut done = 0;
        while done < common {
            let n = usize::try_from(common - done).unwrap_or(usize::MAX);
            let n = n.min(one.len()).min(two.len());
            self.file.fill(&mut one[..n], offsets[0] + done)?;
            self.file.fill(&mut two[..n], offsets[1] + done)?;
            self.paired_hash
                .update(hashers.each_mut(), [&one[..n], &two[..n]]);
            done += n as u64;
        }
        for (which, hasher) in hashers.iter_mut().enumerate() {
            let (offset, left) = (offsets[which] + common, self.sizes[which] - common);
            self.file.digest_on(hasher, offset, left, one)?;
        }
        Ok(hashers.map(Hasher::finish))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::BufferPool;
    use crate::checksum::Algorithm;
    use crate::concurrency::Concurrency;
    use crate::config::test_transfer;
    use std::io::Write as _;

    const HASHING: Hashing = Hashing {
        algorithm: Algorithm::Sha256,
        payload_sha256: false,
    };

    /// The digests of both ranges of these sizes, behind five bytes of a file that holds `bytes`.
    async fn digests(bytes: &[u8], sizes: [usize; 2]) -> Result<[Digests; 2]> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let file = SourceFile::new(file, "name".into()).unwrap();
        let pair = Arc::new(Pair {
            file: file.clone(),
            offset: 5,
            sizes: sizes.map(|size| size as u64),
            paired_hash: PairedHash::anywhere(),
            digests: OnceCell::new(),
        });
        let transfer = test_transfer();
        let pool = BufferPool::new(&transfer, &Concurrency::new(&transfer));
        let reservation = pool.reserve(FileRange::HELD).await?;
        let (offset, size) = (pair.offsets()[1], pair.sizes[1]);
        let range = Arc::new(FileRange::new(file, offset, size, HASHING, reservation));
        let paired = |which| PairedRange {
            pair: Arc::clone(&pair),
            which,
        };
        let second = paired(1).digests(&range).await?;
        Ok([paired(0).digests(&range).await?, second])
    }

    #[tokio::test]
    async fn each_range_has_its_own_digest_whichever_is_the_longer() {
        let mut bytes = vec![0; 5 << 20];
        fastrand::Rng::with_seed(1).fill(&mut bytes);
        for (first, second) in [
            (2 << 20, 2 << 20),
            (1_234_567, 2 << 20),
            (2 << 20, 1_234_567),
        ] {
            let expected = [&bytes[5..5 + first], &bytes[5 + first..5 + first + second]];
            let digests = digests(&bytes, [first, second]).await.unwrap();
            assert_eq!(digests, expected.map(|bytes| HASHING.digest(bytes)));
        }
    }

    #[tokio::test]
    async fn a_file_that_ends_in_the_second_has_no_digests() {
        let error = digests(&vec![0; 3 << 20], [2 << 20, 2 << 20]).await;
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.contains("it became shorter"), "{error}");
    }
}
