//! The checksum of a file's bytes that the journal keeps, with what it takes to compute it again.

use super::unchanged;
use crate::checksum::{Algorithm, Checksum, WholeChecksum};
use crate::error::Result;
use crate::source::SourceFile;
use crate::store::KeptChecksum;
use serde::{Deserialize, Serialize};

/// The checksum of a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    algorithm: String,
    /// As S3 shows that of an object of these parts.
    value: String,
    /// Size of all parts but the last.
    part_size: u64,
}

impl Content {
    /// That of all parts that were read of a file, each with its size.
    pub(super) fn of(parts: &[(u64, Checksum)]) -> Option<Self> {
        let (part_size, first) = parts.first()?;
        let algorithm = first.algorithm;
        let mut whole = WholeChecksum::new(algorithm);
        for (size, checksum) in parts {
            whole.push(checksum, *size);
        }
        let value = match (parts, algorithm) {
            ([(_, only)], _) => only.shown(),
            (_, Algorithm::Md5) => whole.finish_etag()?,
            _ => whole.finish()?.value,
        };
        Some(Self {
            algorithm: algorithm.name().to_owned(),
            value,
            part_size: *part_size,
        })
    }

    /// Whether these are the bytes of `file`, up to its end.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) fn is_that_of(&self, file: &SourceFile) -> Result<bool> {
        let Ok(algorithm) = self.algorithm.parse::<Algorithm>() else {
            return Ok(false);
        };
        let kept = KeptChecksum::new(algorithm, &self.value);
        let part_size = match kept.parts {
            Some(_) => self.part_size.max(1),
            None => file.size(),
        };
        unchanged::holds(file, part_size, &kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Hashing;
    use std::io::Write as _;

    fn file(bytes: &[u8]) -> SourceFile {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        SourceFile::new(file, "name".into()).unwrap()
    }

    #[test]
    fn the_same_bytes_are_known_whatever_was_computed_over_their_parts() {
        for algorithm in Algorithm::all() {
            if algorithm == Algorithm::None {
                continue;
            }
            let hashing = Hashing {
                algorithm,
                payload_sha256: false,
            };
            let part = |bytes: &[u8]| (bytes.len() as u64, hashing.digest(bytes).checksum.unwrap());
            for parts in [&["123", "456", "7"][..], &["1234567"], &[""]] {
                let read: Vec<_> = parts.iter().map(|it| part(it.as_bytes())).collect();
                let content = Content::of(&read).unwrap();
                let line = serde_json::to_string(&content).unwrap();
                let content: Content = serde_json::from_str(&line).unwrap();
                let is_that_of = |bytes: &[u8]| content.is_that_of(&file(bytes)).unwrap();
                let bytes = parts.concat();
                assert!(is_that_of(bytes.as_bytes()), "{line}");
                assert!(!is_that_of(b"1234568"), "{line}");
                assert!(!is_that_of(format!("{bytes}8").as_bytes()), "{line}");
            }
        }
        assert_eq!(Content::of(&[]), None);
    }
}
