//! What the bytes are compared with: the best that is known of an object, and so what is computed in the
//! one pass over them.

use crate::checksum::{Algorithm, Checksum, Hashing};
use crate::config::Transfer;
use crate::part::layout::{Layout, usual_layouts};
use crate::store::{KeptChecksum, KeptPart, ObjectFacts};
use std::fmt;

/// Something to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    /// What is computed.
    pub(super) algorithm: Algorithm,
    /// Over which parts.
    pub(super) layout: Layout,
    /// What it has to come to.
    expected: Expected,
    /// Whether other bytes are proved by another value; not where the parts are a guess.
    pub(super) is_conclusive: bool,
}

/// What has to come out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// The checksum of each part.
    Each(Vec<String>),
    /// That of the only one, which is the whole.
    Whole(String),
    /// That of all the parts' checksums, with `-N`.
    Composite(String),
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// What had to.
    Equal,
    /// Something else.
    Other(Option<OtherParts>),
}

/// The parts that are others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OtherParts {
    /// Number of the first of them, from 1 on.
    pub(super) first: usize,
    /// Where that begins.
    pub(super) offset: u64,
    /// Its size in bytes.
    pub(super) size: u64,
    /// How many there are.
    pub(super) count: usize,
}

impl Comparison {
    /// Compares it with the checksums of the parts.
    pub(super) fn judge(&self, parts: &[Checksum]) -> Verdict {
        let is_equal = match &self.expected {
            Expected::Each(_) => {
                let values: Vec<_> = parts.iter().map(Checksum::base64).collect();
                return self.judge_values(&values);
            }
            Expected::Whole(expected) => {
                matches!(parts, [only] if only.shown() == *expected)
            }
            Expected::Composite(expected) => composite(self.algorithm, parts) == *expected,
        };
        match is_equal {
            true => Verdict::Equal,
            false => Verdict::Other(None),
        }
    }

    /// Compares the checksums of parts, in base64, with those that they have to have.
    pub(super) fn judge_values(&self, values: &[String]) -> Verdict {
        let Expected::Each(expected) = &self.expected else {
            return Verdict::Other(None);
        };
        let is_other = |at: &usize| values.get(*at) != Some(&expected[*at]);
        let mut others = (0..expected.len()).filter(is_other);
        let Some(first) = others.next() else {
            return Verdict::Equal;
        };
        Verdict::Other(Some(OtherParts {
            first: first + 1,
            offset: self.layout.offset(first),
            size: self.layout.sizes()[first],
            count: 1 + others.count(),
        }))
    }
}

/// What is compared, as in "SHA256 of 41 parts of 10MiB".
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.algorithm {
            Algorithm::Md5 => write!(f, "ETag, MD5 of {}", self.layout),
            algorithm => write!(f, "{algorithm} of {}", self.layout),
        }
    }
}

/// The hash of the parts' hashes, and their number.
fn composite(algorithm: Algorithm, parts: &[Checksum]) -> String {
    let raw: Vec<u8> = parts.iter().flat_map(|it| it.raw.iter().copied()).collect();
    let hashing = Hashing {
        algorithm,
        payload_sha256: false,
    };
    let checksum = hashing.digest(&raw).checksum;
    let shown = checksum.as_ref().map(Checksum::shown).unwrap_or_default();
    format!("{shown}-{}", parts.len())
}

/// What to compare with, by what is known of an object: one thing that is conclusive, or all that may turn
/// out to be equal; nothing where nothing is known. `transfer` is what this run would upload by.
pub(super) fn comparisons(facts: &ObjectFacts, transfer: &Transfer) -> Vec<Comparison> {
    let known = facts.parts.as_deref();
    if let Some(each) = known.and_then(of_each_part) {
        return vec![each];
    }
    let layout = known.map(|parts| Layout::of(parts.iter().map(|it| it.size)));
    let of = |kept: &KeptChecksum| of_checksum(facts, kept, layout.as_ref(), transfer);
    let mut all: Vec<_> = facts.checksums.iter().flat_map(of).collect();
    all.extend(facts.md5().iter().flat_map(of));
    let best = all.iter().position(|it| it.is_conclusive);
    match best {
        Some(best) => vec![all.swap_remove(best)],
        None => all,
    }
}

/// The checksum of each part, where those are known of all.
pub(super) fn of_each_part(parts: &[KeptPart]) -> Option<Comparison> {
    let (algorithm, _) = parts.first()?.checksum.as_ref()?;
    let value = |part: &KeptPart| match &part.checksum {
        Some((its_algorithm, value)) if its_algorithm == algorithm => Some(value.clone()),
        _ => None,
    };
    let values: Option<Vec<_>> = parts.iter().map(value).collect();
    Some(Comparison {
        algorithm: *algorithm,
        layout: Layout::of(parts.iter().map(|it| it.size)),
        expected: Expected::Each(values?),
        is_conclusive: true,
    })
}

fn of_checksum(
    facts: &ObjectFacts,
    kept: &KeptChecksum,
    layout: Option<&Layout>,
    transfer: &Transfer,
) -> Vec<Comparison> {
    let with = |layout, expected, is_conclusive| Comparison {
        algorithm: kept.algorithm,
        layout,
        expected,
        is_conclusive,
    };
    let value = kept.value.clone();
    let Some(parts) = kept.parts else {
        let is_certain = facts.types_are_known
            || facts.part_count().is_none()
            || kept.algorithm == Algorithm::Crc64Nvme;
        let whole = Layout::whole(facts.size);
        return vec![with(whole, Expected::Whole(value), is_certain)];
    };
    let composite = |layout, is_known| with(layout, Expected::Composite(value.clone()), is_known);
    match layout {
        Some(layout) if layout.count() == parts as usize => vec![composite(layout.clone(), true)],
        _ if facts.size == 0 => Vec::new(),
        _ => {
            let tried = usual_layouts(facts.size, parts, transfer);
            let is_known = parts == 1;
            tried
                .into_iter()
                .map(|it| composite(it, is_known))
                .collect()
        }
    }
}

#[cfg(test)]
mod comparison_tests;
