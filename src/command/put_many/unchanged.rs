//! Is the object already what the file is? By size and by the checksum that the store keeps.

use crate::buffer::AlignedBuffer;
use crate::checksum::{Algorithm, Checksum, Hashing, Scope, WholeChecksum};
use crate::error::{Error, Result};
use crate::part::layout::usual_part_sizes;
use crate::source::SourceFile;
use crate::store::{Head, KeptChecksum};

/// Part sizes that are tried at most.
const TRIES: usize = 4;

/// Whether the object that `head` describes holds all bytes of `file`. Where the store keeps
/// nothing that local bytes can be compared with, it does not. `usual` is the part size that this
/// run would take, for stores that do not tell that of the object.
///
/// # Errors
/// When the file can't be read.
pub(super) fn is_unchanged(file: &SourceFile, head: &Head, usual: u64) -> Result<bool> {
    let Some(kept) = head
        .kept
        .as_ref()
        .filter(|_| head.size == Some(file.size()))
    else {
        return Ok(false);
    };
    let part_size = match kept.parts {
        None => Some(file.size()),
        // Of parts that grew, the first tells nothing of the others.
        Some(parts) => [head.part_size, Some(usual)]
            .into_iter()
            .flatten()
            .find(|&size| size > 0 && file.size().div_ceil(size) == u64::from(parts)),
    };
    match part_size {
        Some(part_size) => holds(file, part_size, kept),
        None => Ok(false),
    }
}

/// Whether `kept`, an MD5 or one of MD5s, is that of all bytes of `file`, sent in one part or in parts
/// of one size that is in use.
///
/// # Errors
/// When the file can't be read.
pub(super) fn has_md5(file: &SourceFile, kept: &KeptChecksum, usual: u64) -> Result<bool> {
    for part_size in part_sizes(file.size(), kept.parts, usual) {
        if holds(file, part_size, kept)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The part sizes that make so many parts of a file, most likely first; the file is read once for each.
fn part_sizes(size: u64, parts: Option<u32>, usual: u64) -> Vec<u64> {
    let Some(parts) = parts else {
        return vec![size];
    };
    let mut fitting = usual_part_sizes(size, parts, usual);
    fitting.truncate(TRIES);
    fitting
}

/// Whether `kept` is the checksum of all bytes of `file`, up to its end, whatever size it claims to
/// have.
///
/// # Errors
/// When the file can't be read.
pub(super) fn holds(file: &SourceFile, part_size: u64, kept: &KeptChecksum) -> Result<bool> {
    if local(file, part_size, kept)? != kept.value {
        return Ok(false);
    }
    let ends = file.ends_at_its_size();
    let ends = ends.map_err(|error| Error::failed("can't read it").caused_by(error))?;
    Ok(ends && file.is_as_opened())
}

fn local(file: &SourceFile, part_size: u64, kept: &KeptChecksum) -> Result<String> {
    let size = file.size();
    let hashing = Hashing {
        algorithm: kept.algorithm,
        payload_sha256: false,
    };
    let mut whole = WholeChecksum::new(kept.algorithm);
    let mut only = None;
    let mut block = AlignedBuffer::block()?;
    let mut offset = 0;
    loop {
        let length = part_size.min(size - offset);
        let part = file.digest_at(offset, length, hashing, &mut block)?;
        let Some(checksum) = part.checksum else { break };
        whole.push(&checksum, length);
        only = Some(checksum);
        offset += length;
        if offset >= size {
            break;
        }
    }
    Ok(shown(kept, whole, only))
}

/// As the store shows it.
fn shown(kept: &KeptChecksum, whole: WholeChecksum, only: Option<Checksum>) -> String {
    let value = match (kept.parts, kept.algorithm) {
        (None, _) => only.as_ref().map(Checksum::shown),
        (Some(_), Algorithm::Md5) => whole.finish_etag(),
        (Some(_), _) => whole
            .finish()
            .filter(|it| it.scope == Scope::Composite)
            .map(|it| it.value),
    };
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write as _;

    /// Whether a file with these bytes is what the store keeps of an object.
    fn unchanged(
        bytes: &str,
        (algorithm, value, parts): (Algorithm, &str, Option<u32>),
        (first_part, usual): (Option<u64>, u64),
    ) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let size = bytes.len() as u64;
        let kept = Some(KeptChecksum {
            algorithm,
            value: value.to_owned(),
            parts,
        });
        let head = Head {
            size: Some(size),
            kept,
            part_size: first_part,
            ..Head::default()
        };
        let file = SourceFile::new(File::open(&path).unwrap(), path).unwrap();
        is_unchanged(&file, &head, usual).unwrap()
    }

    /// What stores keep of the bytes 123456789, whole or as 1234, 5678 and 9.
    const KEPT: [(Algorithm, &str, Option<u32>); 6] = [
        (
            Algorithm::Sha256,
            "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
            None,
        ),
        (
            Algorithm::Sha256,
            "RWtJBRAdYQ9Y6rETLya5JMkap8fADJo5biSsdBWQ50E=-3",
            Some(3),
        ),
        (Algorithm::Sha1, "dTcKdjYm1TzQORJOtCI1ajTa40w=-3", Some(3)),
        (Algorithm::Crc32, "y/Q5Jg==", None),
        (Algorithm::Md5, "25f9e794323b453885f5181f1b624d0b", None),
        (
            Algorithm::Md5,
            "393e928fcf5925fcbd3a06aaf20b2d38-3",
            Some(3),
        ),
    ];

    #[test]
    fn the_same_bytes_are_known_by_whatever_the_store_keeps() {
        for kept in KEPT {
            assert!(unchanged("123456789", kept, (Some(4), 5)), "{kept:?}");
            assert!(unchanged("123456789", kept, (None, 4)), "{kept:?}");
            assert!(!unchanged("123456780", kept, (Some(4), 4)), "{kept:?}");
        }
        let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert!(unchanged("", (Algorithm::Sha256, empty, None), (None, 4)));
    }

    #[test]
    fn few_part_sizes_are_tried() {
        const MIB: u64 = 1 << 20;
        assert_eq!(part_sizes(9, None, 5 * MIB), [9]);
        assert_eq!(part_sizes(100 * MIB, Some(10), 7 * MIB), [10 * MIB]);
        assert_eq!(part_sizes(9, Some(1), 10 * MIB).len(), TRIES);
    }

    #[test]
    fn an_etag_of_parts_is_known_by_a_part_size_that_fits() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"123456789").unwrap();
        let file = SourceFile::new(file, "name".into()).unwrap();
        let etag = |value: &str| KeptChecksum::of_etag(value).unwrap();
        assert!(has_md5(&file, &etag(KEPT[4].1), 4).unwrap());
        assert!(has_md5(&file, &etag(KEPT[5].1), 4).unwrap());
        assert!(!has_md5(&file, &etag(KEPT[5].1), 3).unwrap());
        assert!(!has_md5(&file, &etag(KEPT[5].1), 9).unwrap());
    }

    #[test]
    fn a_file_that_grew_since_it_was_opened_is_another() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"123456789").unwrap();
        let source = SourceFile::new(file.try_clone().unwrap(), "name".into()).unwrap();
        let (algorithm, value, _) = KEPT[0];
        let kept = KeptChecksum::new(algorithm, value);
        assert!(holds(&source, 9, &kept).unwrap());
        file.write_all(b"0").unwrap();
        assert!(!holds(&source, 9, &kept).unwrap());
    }

    #[test]
    fn of_parts_of_unknown_sizes_nothing_can_be_said() {
        // As many parts, of other sizes: 123, 456, 789.
        assert!(!unchanged("123456789", KEPT[1], (None, 3)));
        // No part size makes three parts of it.
        assert!(!unchanged("123456789", KEPT[1], (Some(9), 2)));
        assert!(!unchanged("123456789", KEPT[1], (Some(0), 0)));
    }
}
