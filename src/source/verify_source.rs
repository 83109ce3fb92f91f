//! Whether a file still is what was read of it: nothing is committed otherwise.
//!
//! Size and time of change (mtime) show most writes, but whoever writes may put that time back, as
//! `touch -r` and rsync do. The time of change of the inode (ctime) can't be put back; but chmod, a
//! link (`cp -al`) and a rename move it too. So where nothing else is another, the content decides:
//! what was read before is read and hashed once more. Otherwise all of this costs one fstat.

use super::read_ranges::ReadRange;
use super::source_file::{SourceFile, ctime};
use crate::buffer::AlignedBuffer;
use crate::checksum::{Algorithm, Hashing};
use crate::error::Result;
use std::ops::Range;

/// Times that the content is compared while the ctime moves on.
const ROUNDS: u32 = 5;

impl SourceFile {
    /// Checks that the file still is what was read of it. This may read it all again.
    ///
    /// # Errors
    /// When it is another, or can't be read.
    pub(crate) fn verify(&self) -> Result<()> {
        self.verify_range(0..u64::MAX)
    }

    /// The same of what begins in `range` alone.
    pub(super) fn verify_range(&self, range: Range<u64>) -> Result<()> {
        for _ in 0..ROUNDS {
            let now = self.check_attributes()?;
            let stale = self.ranges.read_at_another_ctime(now, &range);
            if stale.is_empty() {
                return Ok(());
            }
            let mut block = AlignedBuffer::block()?;
            for read in stale {
                self.compare(&read, &mut block)?;
                self.note(read.offset, read.size, read.digests, now);
            }
        }
        Err(self.changed("its attributes changed again and again"))
    }

    /// Whether the file is as it was when it was opened, its attributes included.
    pub(crate) fn is_as_opened(&self) -> bool {
        self.check_attributes()
            .is_ok_and(|ctime| ctime == self.opened_at())
    }

    /// Whether all that was read of `range` is known to be there still, without reading it again.
    ///
    /// # Errors
    /// When size or time of change (mtime) is another.
    pub(super) fn is_range_verified(&self, range: &Range<u64>) -> Result<bool> {
        let now = self.check_attributes()?;
        Ok(self.ranges.read_at_another_ctime(now, range).is_empty())
    }

    /// The same of all that was read.
    ///
    /// # Errors
    /// When size or time of change (mtime) is another.
    pub(crate) fn is_verified(&self) -> Result<bool> {
        self.is_range_verified(&(0..u64::MAX))
    }

    /// The ctime, if size and time of change (mtime) still are those of the file that was opened.
    ///
    /// # Errors
    /// When one of them is another.
    pub(super) fn check_attributes(&self) -> Result<i64> {
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
            payload_sha256: read.digests.payload_sha256.is_some(),
        };
        let now = self.digest_at(read.offset, read.size, hashing, block)?;
        if now == read.digests {
            Ok(())
        } else {
            Err(self.changed("other bytes were written to it, and its time of change put back"))
        }
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
            payload_sha256: true,
        },
        Hashing {
            algorithm: Algorithm::Crc32,
            payload_sha256: true,
        },
        Hashing {
            algorithm: Algorithm::None,
            payload_sha256: false,
        },
    ];

    /// A file of twelve bytes, of which the first five and the last four were read.
    fn half_read(hashing: Hashing) -> (File, SourceFile) {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, b"0123456789ab").unwrap();
        let source = SourceFile::new(file.try_clone().unwrap(), "name".into()).unwrap();
        for (offset, size) in [(0, 5), (8, 4)] {
            let digests = source.digest_at(offset, size, hashing.comparable(), &mut [0; 8]);
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
    fn attributes_may_change_and_are_compared_once() {
        for hashing in HASHINGS {
            let (file, source) = half_read(hashing);
            assert!(source.is_verified().unwrap());
            let mode = |mode| file.set_permissions(Permissions::from_mode(mode)).unwrap();
            until_seen(&file, |_| [0o600, 0o640].into_iter().for_each(mode));
            assert!(!source.is_verified().unwrap());
            source.verify_range(8..12).unwrap();
            assert!(source.is_range_verified(&(8..12)).unwrap());
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
                payload_sha256: false,
            };
            let best_of =
                |bytes: &[u8]| (bytes.len() as u64, alone.digest(bytes).checksum.unwrap());
            assert_eq!(source.checksums(), [best_of(b"01234"), best_of(b"89ab")]);
        }
    }
}
