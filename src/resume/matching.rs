//! Which parts of a source are stored already: those that have the SHA-256 of the recorded ones, up to the
//! first that differs.

use super::resume_line::PartRecord;
use crate::part::{CompletedPart, Part};
use crate::store::UploadedParts;
use std::collections::BTreeMap;

/// Compares the parts of a source, from the first on, with those that were recorded.
#[derive(Debug)]
pub(crate) struct Matching {
    recorded: BTreeMap<u32, PartRecord>,
    /// Those that the store has; `None`: all, made into an object.
    listed: Option<UploadedParts>,
    differs: bool,
}

impl Matching {
    pub(super) fn new(recorded: BTreeMap<u32, PartRecord>, listed: Option<UploadedParts>) -> Self {
        Self {
            recorded,
            listed,
            differs: false,
        }
    }

    /// Whether part `number` may be stored: it is not behind all that were recorded, nor behind one that
    /// differs.
    pub(crate) fn may_have(&self, number: u32) -> bool {
        let last = self.recorded.last_key_value();
        !self.differs && last.is_some_and(|(last, _)| number <= *last)
    }

    /// Whether a part is known to be other than the recorded one.
    pub(crate) fn is_other(&self, part: &Part) -> bool {
        let recorded = self.recorded.get(&part.number);
        recorded.is_some_and(|it| !it.is_of(part))
    }

    /// Whether a part was other than the recorded one.
    pub(crate) fn differs(&self) -> bool {
        self.differs
    }

    /// The next part, if the store has it.
    pub(crate) fn stored(&mut self, part: &Part) -> Option<CompletedPart> {
        let recorded = self.recorded.get(&part.number)?;
        if !recorded.is_of(part) {
            self.differs = true;
            return None;
        }
        let is_listed = |it: &UploadedParts| it.has(part.number, recorded.size, &recorded.etag);
        if !self.listed.as_ref().is_none_or(is_listed) {
            return None;
        }
        Some(CompletedPart {
            number: part.number,
            size: recorded.size,
            etag: recorded.etag.clone(),
            checksum: part.digests.checksum.clone(),
            verified: recorded.verified,
        })
    }
}

impl PartRecord {
    fn is_of(&self, part: &Part) -> bool {
        let sha256 = part.digests.sha256().map(hex::encode);
        part.size() == self.size && sha256.as_ref() == Some(&self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::{Algorithm, Hashing};
    use crate::part::Payload;

    fn part(number: u32, bytes: &'static [u8]) -> Part {
        let hashing = Hashing {
            algorithm: Algorithm::Crc32,
            payload_sha256: true,
        };
        Part {
            number,
            payload: Payload::Held(bytes.into()),
            digests: hashing.digest(bytes),
        }
    }

    fn matching(parts: &[(u32, &'static [u8])]) -> Matching {
        let record = |&(number, bytes): &(u32, &'static [u8])| {
            let sha256 = hex::encode(part(number, bytes).digests.sha256().unwrap());
            let record = PartRecord {
                number,
                size: bytes.len() as u64,
                sha256,
                etag: format!("\"{number}\""),
                verified: true,
            };
            (number, record)
        };
        Matching::new(parts.iter().map(record).collect(), None)
    }

    #[test]
    fn after_the_first_that_differs_nothing_is_stored() {
        let mut matching = matching(&[(1, b"one"), (2, b"two"), (3, b"six")]);
        let stored = matching.stored(&part(1, b"one")).unwrap();
        assert_eq!((stored.number, stored.etag.as_str()), (1, "\"1\""));
        assert!(stored.checksum.is_some());
        assert!(matching.stored(&part(2, b"TWO")).is_none());
        assert!(matching.differs() && !matching.may_have(3));
    }

    #[test]
    fn a_part_that_is_shorter_differs() {
        let mut matching = matching(&[(1, b"one")]);
        assert!(matching.stored(&part(1, b"on")).is_none());
        assert!(matching.differs());
    }

    #[test]
    fn what_was_not_recorded_is_a_gap_and_no_difference() {
        let mut matching = matching(&[(1, b"one"), (3, b"six")]);
        assert!(matching.may_have(2) && matching.stored(&part(2, b"two")).is_none());
        assert!(!matching.differs() && matching.stored(&part(3, b"six")).is_some());
        assert!(!matching.may_have(4));
    }
}
