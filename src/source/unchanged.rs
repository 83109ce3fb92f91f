//! Whether a file still is what was read of it: nothing is committed otherwise.
//!
//! Size and time of change (mtime) tell of most writes, but whoever writes may put that time back, as
//! `touch -r` and rsync do. The time of change of the inode (ctime) can't be put back; but chmod, a
//! link (`cp -al`) and a rename move it too. So where nothing else is another, the content decides:
//! what was read before is read and hashed once more. Otherwise all of this costs one fstat.

use super::SourceFile;
use super::range::BLOCK;
use crate::buffer::Aligned;
use crate::checksum::{Algorithm, Checksum, Digests, Hashing};
use crate::error::{Error, Result};
use std::fs::Metadata;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Times that the content is compared while the ctime moves on.
const ROUNDS: u32 = 5;

/// The ranges of a file that were read so far.
#[derive(Debug, Default)]
pub(super) struct ReadRanges(Mutex<Vec<ReadRange>>);

#[derive(Debug, Clone)]
struct ReadRange {
    offset: u64,
    size: u64,
    digests: Digests,
    /// The ctime from which on the file has held these bytes.
    ctime: i64,
}

impl ReadRanges {
    fn lock(&self) -> MutexGuard<'_, Vec<ReadRange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nanoseconds since 1970 of the last change of the inode.
pub fn ctime(metadata: &Metadata) -> i64 {
    let seconds = metadata.ctime().saturating_mul(1_000_000_000);
    seconds.saturating_add(metadata.ctime_nsec())
}

/// What is computed to compare a range with itself later. Without a checksum and a signature, a CRC
/// that costs little.
pub(super) fn comparable(hashing: Hashing) -> Hashing {
    let algorithm = match hashing.is_nothing() {
        true => Algorithm::Crc64Nvme,
        false => hashing.algorithm,
    };
    Hashing {
        algorithm,
        ..hashing
    }
}

impl SourceFile {
    /// Takes note of what was read of a range, anew if that was read before, while the ctime was no
    /// older than `ctime`.
    pub(super) fn note(&self, offset: u64, size: u64, digests: Digests, ctime: i64) {
        let mut ranges = self.read.lock();
        ranges.retain(|it| (it.offset, it.size) != (offset, size));
        ranges.push(ReadRange {
            offset,
            size,
            digests,
            ctime,
        });
    }

    /// Checks that the file still is what was read of it. This may read it all again.
    ///
    /// # Errors
    /// When it is another, or can't be read.
    pub fn verify(&self) -> Result<()> {
        self.verify_range(0..u64::MAX)
    }

    /// The same of what begins in `range` alone.
    pub(super) fn verify_range(&self, range: Range<u64>) -> Result<()> {
        for _ in 0..ROUNDS {
            let (now, stale) = self.stale(&range)?;
            if stale.is_empty() {
                return Ok(());
            }
            let mut block = Aligned::with_capacity(BLOCK)?;
            block.resize(BLOCK);
            for read in stale {
                self.compare(&read, &mut block)?;
                self.note(read.offset, read.size, read.digests, now);
            }
        }
        Err(self.changed("its attributes changed again and again"))
    }

    /// Whether the file is as it was when it was opened, its attributes included.
    pub fn is_as_opened(&self) -> bool {
        self.look().is_ok_and(|ctime| ctime == self.opened_at())
    }

    /// Whether all that was read of `range` stands, as far as that can be told without reading.
    ///
    /// # Errors
    /// When size or time of change (mtime) is another.
    pub(super) fn stands_at_once(&self, range: Range<u64>) -> Result<bool> {
        Ok(self.stale(&range)?.1.is_empty())
    }

    /// Whether all that was read stands, as far as that can be told without reading.
    ///
    /// # Errors
    /// When size or time of change (mtime) is another.
    pub fn is_verified(&self) -> Result<bool> {
        self.stands_at_once(0..u64::MAX)
    }

    /// The ctime, and what was read of `range` at another.
    fn stale(&self, range: &Range<u64>) -> Result<(i64, Vec<ReadRange>)> {
        let now = self.look()?;
        let read = self.read.lock();
        let stale = read
            .iter()
            .filter(|it| it.ctime != now && range.contains(&it.offset));
        Ok((now, stale.cloned().collect()))
    }

    /// The ctime, if size and time of change (mtime) still are those of the file that was opened.
    ///
    /// # Errors
    /// When one of them is another.
    pub(super) fn look(&self) -> Result<i64> {
        let now = self
            .metadata()
            .map_err(|it| self.changed(&it.to_string()))?;
        let (had, has) = (self.end(), now.len());
        if has != had {
            return Err(self.changed(&format!("it had {had} bytes and has {has}")));
        }
        match now.modified() {
            Ok(modified) if modified == self.modified() => Ok(ctime(&now)),
            Ok(_) => Err(self.changed("its time of change is another")),
            Err(error) => Err(self.changed(&error.to_string())),
        }
    }

    fn compare(&self, read: &ReadRange, block: &mut [u8]) -> Result<()> {
        let hashing = Hashing {
            algorithm: (read.digests.checksum.as_ref()).map_or(Algorithm::None, |it| it.algorithm),
            signed_payload: read.digests.payload_sha256.is_some(),
        };
        let now = self.digest_at(read.offset, read.size, hashing, block)?;
        if now == read.digests {
            Ok(())
        } else {
            Err(self.changed("other bytes were written to it, and its time of change put back"))
        }
    }

    /// The ctime since which the file has held what was read of it.
    pub fn ctime(&self) -> i64 {
        let ctimes = self.read.lock();
        let ctimes = ctimes.iter().map(|it| it.ctime);
        ctimes.min().unwrap_or(self.opened_at())
    }

    /// Size and best checksum of each range that was read, in their order.
    pub fn checksums(&self) -> Vec<(u64, Checksum)> {
        let mut ranges = self.read.lock().clone();
        ranges.sort_by_key(|it| it.offset);
        let best = |read: ReadRange| {
            let sha256 = read.digests.payload_sha256.map(|raw| Checksum {
                algorithm: Algorithm::Sha256,
                raw: raw.to_vec(),
            });
            Some((read.size, sha256.or(read.digests.checksum)?))
        };
        ranges.into_iter().filter_map(best).collect()
    }

    pub(super) fn changed(&self, why: &str) -> Error {
        Error::failed(format!("{} changed while it was read", self.name()))
            .because(why)
            .hint("upload a snapshot of it, or a file that nothing writes to")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, Permissions};
    use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
    use std::time::Duration;

    const HASHINGS: [Hashing; 3] = [
        Hashing {
            algorithm: Algorithm::Sha256,
            signed_payload: true,
        },
        Hashing {
            algorithm: Algorithm::Crc32,
            signed_payload: true,
        },
        Hashing {
            algorithm: Algorithm::None,
            signed_payload: false,
        },
    ];

    /// A file of twelve bytes, of which the first five and the last four were read.
    fn half_read(hashing: Hashing) -> (File, SourceFile) {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, b"0123456789ab").unwrap();
        let source = SourceFile::new(file.try_clone().unwrap(), "name".into()).unwrap();
        for (offset, size) in [(0, 5), (8, 4)] {
            let digests = source.digest_at(offset, size, comparable(hashing), &mut [0; 8]);
            source.note(offset, size, digests.unwrap(), source.opened_at());
        }
        (file, source)
    }

    /// Does something until the ctime shows it: on some kernels, that goes by the tick of the clock.
    fn until_seen(file: &File, act: impl Fn(&File)) {
        let seen = || ctime(&file.metadata().unwrap());
        let before = seen();
        while seen() == before {
            act(file);
        }
    }

    fn put_back(file: &File, bytes: &[u8], offset: u64) {
        let modified = file.metadata().unwrap().modified().unwrap();
        until_seen(file, |file| {
            file.write_all_at(bytes, offset).unwrap();
            file.set_modified(modified).unwrap();
        });
    }

    #[test]
    fn attributes_may_change_and_are_looked_at_once() {
        for hashing in HASHINGS {
            let (file, source) = half_read(hashing);
            assert!(source.is_verified().unwrap());
            let mode = |mode| file.set_permissions(Permissions::from_mode(mode)).unwrap();
            until_seen(&file, |_| [0o600, 0o640].into_iter().for_each(mode));
            assert!(!source.is_verified().unwrap());
            source.verify_range(8..12).unwrap();
            assert!(source.stands_at_once(8..12).unwrap());
            assert!(!source.is_verified().unwrap());
            source.verify().unwrap();
            assert!(source.is_verified().unwrap());
            assert_eq!(source.ctime(), ctime(&file.metadata().unwrap()));
        }
    }

    #[test]
    fn what_was_read_must_be_there_though_the_time_was_put_back() {
        for hashing in HASHINGS {
            let (file, source) = half_read(hashing);
            put_back(&file, b"x", 6);
            source.verify().unwrap();
            put_back(&file, b"a", 4);
            source.verify_range(8..12).unwrap();
            let error = format!("{:#}", source.verify().unwrap_err());
            assert!(
                error.contains("name changed while it was read"),
                "{error:#}"
            );
            put_back(&file, b"4", 4);
            source.verify().unwrap();
        }
    }

    #[test]
    fn another_size_or_time_is_another_file() {
        let (file, source) = half_read(HASHINGS[0]);
        let modified = source.modified() + Duration::from_secs(1);
        file.set_modified(modified).unwrap();
        let error = format!("{:#}", source.verify().unwrap_err());
        assert!(error.contains("its time of change is another"), "{error:#}");
        file.set_len(13).unwrap();
        let error = format!("{:#}", source.is_verified().unwrap_err());
        assert!(error.contains("it had 12 bytes and has 13"), "{error:#}");
    }

    #[test]
    fn the_tail_that_a_guard_saw_must_be_there_too() {
        let (file, source) = half_read(HASHINGS[0]);
        assert_eq!(source.tail(5).unwrap(), b"789ab");
        put_back(&file, b"x", 7);
        assert!(source.verify().is_err());
    }

    #[test]
    fn the_best_checksums_come_in_the_order_of_the_file() {
        for (hashing, best) in
            HASHINGS
                .into_iter()
                .zip([Algorithm::Sha256, Algorithm::Sha256, Algorithm::Crc64Nvme])
        {
            let (_, source) = half_read(hashing);
            let alone = Hashing {
                algorithm: best,
                signed_payload: false,
            };
            let of = |bytes: &[u8]| (bytes.len() as u64, alone.of(bytes).checksum.unwrap());
            assert_eq!(source.checksums(), [of(b"01234"), of(b"89ab")]);
        }
    }
}
