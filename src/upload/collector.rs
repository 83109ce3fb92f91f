//! Gathers the parts that the store has, and lets nothing be committed that is not whole.

use crate::error::{Error, Result};
use crate::part::CompletedPart;
use std::collections::BTreeMap;

/// The completed parts of one upload, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Collector {
    parts: BTreeMap<u32, CompletedPart>,
}

impl Collector {
    pub(super) fn add(&mut self, part: CompletedPart) -> Result<()> {
        match self.parts.insert(part.number, part) {
            None => Ok(()),
            Some(twice) => Err(incomplete(&format!(
                "part {} was stored twice",
                twice.number
            ))),
        }
    }

    /// The parts, if they are 1 to n without a gap and make exactly `size` bytes.
    pub(super) fn finish(self, size: u64) -> Result<Vec<CompletedPart>> {
        for (expected, &number) in (1..).zip(self.parts.keys()) {
            if number != expected {
                return Err(incomplete(&format!("part {expected} is missing")));
            }
        }
        let stored: u64 = self.parts.values().map(|part| part.size).sum();
        if stored != size {
            return Err(incomplete(&format!(
                "{size} bytes were read and {stored} stored"
            )));
        }
        if self.parts.is_empty() {
            return Err(incomplete("there are no parts"));
        }
        Ok(self.parts.into_values().collect())
    }
}

fn incomplete(why: &str) -> Error {
    Error::failed("the parts do not make up the source")
        .because(why)
        .hint("this is a fault of s3stream: please report it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(parts: &[(u32, u64)]) -> Result<Collector> {
        let mut collector = Collector::default();
        for &(number, size) in parts {
            let etag = String::new();
            collector.add(CompletedPart {
                number,
                size,
                etag,
                checksum: None,
                verified: true,
            })?;
        }
        Ok(collector)
    }

    #[test]
    fn parts_come_in_any_order_and_leave_in_theirs() {
        let parts = collect(&[(2, 5), (3, 1), (1, 5)])
            .unwrap()
            .finish(11)
            .unwrap();
        let numbers: Vec<_> = parts.iter().map(|part| part.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
    }

    #[test]
    fn a_gap_a_double_or_a_wrong_size_is_never_committed() {
        assert!(collect(&[(1, 5), (3, 5)]).unwrap().finish(10).is_err());
        assert!(collect(&[(2, 5)]).unwrap().finish(5).is_err());
        assert!(collect(&[(1, 5), (1, 5)]).is_err());
        assert!(collect(&[(1, 5), (2, 4)]).unwrap().finish(10).is_err());
        assert!(collect(&[]).unwrap().finish(0).is_err());
    }
}
