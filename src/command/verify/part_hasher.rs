//! The checksums of the parts of a layout, over bytes that come in pieces of any size. Where it pays to
//! hash two parts at once, the pieces of one wait for those of the next.

use crate::checksum::{Algorithm, Checksum, Hasher, Hashing, PairedHash};
use crate::part::layout::Layout;
use bytes::Bytes;
use std::collections::VecDeque;

/// The running state.
pub(super) struct PartHasher {
    hashing: Hashing,
    layout: Layout,
    paired_hash: Option<PairedHash>,
    /// Of the part that is being filled.
    hasher: Hasher,
    /// Bytes that it still takes.
    left: u64,
    /// The part before, whose pieces were kept to be hashed along with those of this one.
    waiting: Option<Waiting>,
    /// The pieces of this part, where they are kept.
    kept: VecDeque<Bytes>,
    done: Vec<Checksum>,
    begun: usize,
}

/// A part that is here and not wholly hashed.
struct Waiting {
    hasher: Hasher,
    pieces: VecDeque<Bytes>,
}

impl PartHasher {
    /// Starts with the first part. Parts of up to `most_kept` bytes are hashed in pairs.
    pub(super) fn new(algorithm: Algorithm, layout: Layout, most_kept: u64) -> Self {
        let hashing = Hashing {
            algorithm,
            payload_sha256: false,
        };
        let largest = layout.largest_followed();
        let pays = (1..=most_kept).contains(&largest);
        Self {
            hashing,
            paired_hash: PairedHash::new(hashing).filter(|_| pays),
            hasher: hashing.start(),
            left: layout.sizes().first().copied().unwrap_or_default(),
            waiting: None,
            kept: VecDeque::new(),
            done: Vec::new(),
            begun: 1,
            layout,
        }
    }

    /// Takes the next bytes; none that are behind the last part.
    pub(super) fn push(&mut self, mut bytes: Bytes) {
        while !bytes.is_empty() {
            if self.left == 0 && !self.begin() {
                return;
            }
            let n = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
            let piece = bytes.split_to(n);
            self.left -= n as u64;
            self.take(piece);
            if self.left == 0 {
                self.end();
            }
        }
    }

    /// The checksums of all parts.
    pub(super) fn finish(mut self) -> Vec<Checksum> {
        self.flush_waiting();
        if self.layout.sizes() == [0] {
            self.done.extend(self.hashing.digest(&[]).checksum);
        }
        self.done
    }

    /// Begins the next part; false behind the last.
    fn begin(&mut self) -> bool {
        let Some(&size) = self.layout.sizes().get(self.begun) else {
            return false;
        };
        self.begun += 1;
        self.left = size;
        true
    }

    fn take(&mut self, mut piece: Bytes) {
        let Some(paired_hash) = self.paired_hash else {
            return self.hasher.update(&piece);
        };
        let Some(waiting) = &mut self.waiting else {
            return self.kept.push_back(piece);
        };
        while let Some(other) = waiting.pieces.front_mut() {
            let n = other.len().min(piece.len());
            let pair = [other.split_to(n), piece.split_to(n)];
            let hashers = [&mut waiting.hasher, &mut self.hasher];
            paired_hash.update(hashers, [&pair[0], &pair[1]]);
            if other.is_empty() {
                waiting.pieces.pop_front();
            }
            if piece.is_empty() {
                return;
            }
        }
        self.hasher.update(&piece);
    }

    /// A part is whole.
    fn end(&mut self) {
        let hasher = std::mem::replace(&mut self.hasher, self.hashing.start());
        if self.paired_hash.is_some() && self.waiting.is_none() {
            let pieces = std::mem::take(&mut self.kept);
            self.waiting = Some(Waiting { hasher, pieces });
            return;
        }
        self.flush_waiting();
        self.done.extend(hasher.finish().checksum);
    }

    /// Ends the part that waits, with what of it is not hashed yet.
    fn flush_waiting(&mut self) {
        if let Some(Waiting { mut hasher, pieces }) = self.waiting.take() {
            pieces.iter().for_each(|piece| hasher.update(piece));
            self.done.extend(hasher.finish().checksum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The checksums, computed with each piece of `step` bytes.
    fn hashed(bytes: &[u8], sizes: &[u64], step: usize, pairs: bool) -> Vec<Checksum> {
        let layout = Layout::of(sizes.iter().copied());
        let mut hasher = PartHasher::new(Algorithm::Sha256, layout, u64::MAX);
        hasher.paired_hash = pairs.then(PairedHash::anywhere);
        for piece in bytes.chunks(step) {
            hasher.push(Bytes::copy_from_slice(piece));
        }
        hasher.finish()
    }

    proptest! {
        #[test]
        fn each_part_has_its_checksum_whatever_the_pieces(
            sizes in prop::collection::vec(1..300_u64, 1..9), step in 1..400_usize, pairs: bool,
        ) {
            let size: u64 = sizes.iter().sum();
            let bytes: Vec<u8> = (0..size).map(|n| n.to_le_bytes()[0]).collect();
            let hashing = Hashing { algorithm: Algorithm::Sha256, payload_sha256: false };
            let mut rest = &bytes[..];
            let expected: Vec<_> = sizes.iter().map(|&size| {
                let (part, behind) = rest.split_at(usize::try_from(size).unwrap());
                rest = behind;
                hashing.digest(part).checksum.unwrap()
            }).collect();
            prop_assert_eq!(hashed(&bytes, &sizes, step, pairs), expected);
        }
    }

    #[test]
    fn an_empty_object_has_the_checksum_of_no_bytes() {
        for pairs in [false, true] {
            let checksums = hashed(b"", &[0], 1, pairs);
            assert_eq!(checksums.len(), 1);
            assert!(checksums[0].hex().starts_with("e3b0c44298fc1c14"));
        }
    }
}
