//! SHA-256, two at a time on one thread. The SHA instructions of a processor can't be kept busy by one
//! message, whose every round waits for the one before; those of a second message fill the gaps.
//!
//! The sha2 crate keeps its running state to itself, so it is kept here; the crate compresses the blocks
//! of a message that is alone.

mod compress;

use compress::{Block, State};
use sha2::block_api::compress256;

/// FIPS 180-4, section 5.3.3.
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// Where the length of the message is in its last block.
const LENGTH_AT: usize = 56;

/// A running SHA-256: that of the bytes so far.
#[derive(Debug)]
pub struct Sha256 {
    state: State,
    /// Bytes so far.
    length: u64,
    /// Begins with those bytes that make no whole block yet.
    rest: Block,
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sha256 {
    /// Whether two messages take less time at once than one after the other, on this processor.
    pub fn pairs_gain() -> bool {
        compress::pairs_gain()
    }

    /// Of no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: INITIAL,
            length: 0,
            rest: [0; 64],
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let (blocks, rest) = self.complete(bytes).as_chunks();
        compress256(&mut self.state, blocks);
        self.keep(blocks, rest);
    }

    /// Takes the next bytes of two messages, at once as far as both go.
    pub fn update_pair([one, two]: [&mut Self; 2], bytes: [&[u8]; 2]) {
        let (blocks_one, rest_one) = one.complete(bytes[0]).as_chunks();
        let (blocks_two, rest_two) = two.complete(bytes[1]).as_chunks();
        let common = blocks_one.len().min(blocks_two.len());
        let (both_one, more_one) = blocks_one.split_at(common);
        let (both_two, more_two) = blocks_two.split_at(common);
        compress::compress_pair([&mut one.state, &mut two.state], [both_one, both_two]);
        compress256(&mut one.state, more_one);
        compress256(&mut two.state, more_two);
        one.keep(blocks_one, rest_one);
        two.keep(blocks_two, rest_two);
    }

    /// The digest.
    pub fn finish(mut self) -> [u8; 32] {
        let bits = self.length * 8;
        let held = self.held();
        self.rest[held] = 0x80;
        self.rest[held + 1..].fill(0);
        if held >= LENGTH_AT {
            compress256(&mut self.state, &[self.rest]);
            self.rest.fill(0);
        }
        self.rest[LENGTH_AT..].copy_from_slice(&bits.to_be_bytes());
        compress256(&mut self.state, &[self.rest]);
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_be_bytes();
        }
        digest
    }

    /// Bytes that make no whole block yet.
    fn held(&self) -> usize {
        (self.length % 64) as usize
    }

    /// Makes a whole block of what is held, if `bytes` are enough for that; gives those behind it.
    fn complete<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let held = self.held();
        if held == 0 {
            return bytes;
        }
        let (bytes, after) = bytes.split_at(bytes.len().min(64 - held));
        self.rest[held..held + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len() as u64;
        if self.held() == 0 {
            compress256(&mut self.state, &[self.rest]);
        }
        after
    }

    /// Counts `blocks`, which were compressed, and holds the bytes after them.
    fn keep(&mut self, blocks: &[Block], rest: &[u8]) {
        if !rest.is_empty() {
            self.rest[..rest.len()].copy_from_slice(rest);
        }
        self.length += (blocks.len() * 64 + rest.len()) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::Digest as _;

    fn reference(bytes: &[u8]) -> [u8; 32] {
        sha2::Sha256::digest(bytes).into()
    }

    /// Lengths around a block, and around the end of a block that the length is put into.
    #[test]
    fn every_length_is_padded_as_it_must_be() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=200 {
            let mut hash = Sha256::new();
            hash.update(&bytes[..length]);
            assert_eq!(hash.finish(), reference(&bytes[..length]), "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn two_messages_in_pieces_have_their_own_digests(
            one in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..10),
            two in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..10),
        ) {
            let mut hashes = [Sha256::new(), Sha256::new()];
            for at in 0..one.len().max(two.len()) {
                let piece = |all: &Vec<Vec<u8>>| all.get(at).cloned().unwrap_or_default();
                let pieces = [piece(&one), piece(&two)];
                Sha256::update_pair(hashes.each_mut(), pieces.each_ref().map(Vec::as_slice));
            }
            let digests = hashes.map(Sha256::finish);
            prop_assert_eq!(digests, [reference(&one.concat()), reference(&two.concat())]);
        }
    }
}
