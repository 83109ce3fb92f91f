//! Two ranges of a file that are hashed abreast, for whichever is sent first.

use super::range::BLOCK;
use super::{FileRange, SourceFile};
use crate::blocking::blocking;
use crate::buffer::Room;
use crate::checksum::{Digests, Hashing};
use crate::error::Result;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Size in bytes past which a range had better be hashed alone: it is to be in the page cache yet
/// when it is sent.
const MOST: u64 = 128 << 20;

/// One of two ranges that lie side by side.
#[derive(Debug)]
pub struct Twin {
    both: Arc<Twins>,
    which: usize,
}

#[derive(Debug)]
struct Twins {
    file: SourceFile,
    offset: u64,
    sizes: [u64; 2],
    digests: OnceCell<[Digests; 2]>,
}

impl Twin {
    /// The two ranges of `file` from `offset` on; `None` if nothing is gained by hashing them abreast.
    pub fn pair(
        file: &SourceFile,
        offset: u64,
        sizes: [u64; 2],
        hashing: Hashing,
    ) -> Option<[Self; 2]> {
        let fits = |size| size > FileRange::HELD && size <= MOST;
        if !hashing.gains_abreast() || !sizes.into_iter().all(fits) {
            return None;
        }
        let both = Arc::new(Twins {
            file: file.clone(),
            offset,
            sizes,
            digests: OnceCell::new(),
        });
        Some([0, 1].map(|which| Self {
            both: Arc::clone(&both),
            which,
        }))
    }

    /// The digests of this range. `room` is for `FileRange::HELD` bytes.
    ///
    /// # Errors
    /// When either range can't be read.
    pub(super) async fn digests(&self, room: &Arc<Room>, hashing: Hashing) -> Result<Digests> {
        let digests = self.both.digests.get_or_try_init(|| {
            let (both, room) = (Arc::clone(&self.both), Arc::clone(room));
            blocking(move || {
                let ctime = both.file.look()?;
                let mut blocks = [room.block(BLOCK)?, room.block(BLOCK)?];
                let [one, two] = blocks.each_mut().map(|block| &mut **block);
                let digests =
                    both.file
                        .digests_of_both(both.offset, both.sizes, hashing, [one, two]);
                blocks.into_iter().for_each(|block| room.give_back(block));
                let digests = digests?;
                let offsets = [both.offset, both.offset + both.sizes[0]];
                for ((offset, size), digests) in offsets.into_iter().zip(both.sizes).zip(&digests) {
                    both.file.note(offset, size, digests.clone(), ctime);
                }
                Ok(digests)
            })
        });
        Ok(digests.await?[self.which].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::BufferPool;
    use crate::checksum::Algorithm;
    use crate::config::test_transfer;
    use crate::pace::Pace;
    use std::io::Write as _;

    const HASHING: Hashing = Hashing {
        algorithm: Algorithm::Sha256,
        signed_payload: false,
    };

    /// The digests of both ranges of these sizes, behind five bytes of a file that holds `bytes`.
    async fn digests(bytes: &[u8], sizes: [usize; 2]) -> Result<[Digests; 2]> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let both = Arc::new(Twins {
            file: SourceFile::new(file, "name".into()).unwrap(),
            offset: 5,
            sizes: sizes.map(|size| size as u64),
            digests: OnceCell::new(),
        });
        let transfer = test_transfer();
        let pool = BufferPool::new(&transfer, &Pace::new(&transfer));
        let room = Arc::new(pool.reserve(FileRange::HELD).await?);
        let twin = |which| Twin {
            both: Arc::clone(&both),
            which,
        };
        let second = twin(1).digests(&room, HASHING).await?;
        Ok([twin(0).digests(&room, HASHING).await?, second])
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
            assert_eq!(digests, expected.map(|bytes| HASHING.of(bytes)));
        }
    }

    #[tokio::test]
    async fn a_file_that_ends_in_the_second_has_no_digests() {
        let error = digests(&vec![0; 3 << 20], [2 << 20, 2 << 20]).await;
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.contains("it became shorter"), "{error}");
    }
}
