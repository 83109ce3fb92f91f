//! The compression of two messages, interleaved where the processor has SHA instructions.

use sha2::block_api::compress256;

/// The running value of one message, as FIPS 180-4 names it: a to h.
pub(super) type State = [u32; 8];
/// What is compressed in one step.
pub(super) type Block = [u8; 64];

/// Whether two messages take less time at once than one after the other.
pub(super) fn pairs_gain() -> bool {
    #[cfg(target_arch = "x86_64")]
    return sha_ni::is_supported();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Compresses the blocks of two messages, as many of each, into their states.
pub(super) fn compress_pair(states: [&mut State; 2], blocks: [&[Block]; 2]) {
    debug_assert_eq!(blocks[0].len(), blocks[1].len());
    #[cfg(target_arch = "x86_64")]
    if sha_ni::is_supported() {
        // SAFETY: the processor has the instructions that the function is compiled to.
        #[allow(unsafe_code)]
        unsafe {
            sha_ni::compress_pair(states, blocks);
        }
        return;
    }
    portable(states, blocks);
}

fn portable(states: [&mut State; 2], blocks: [&[Block]; 2]) {
    for (state, blocks) in states.into_iter().zip(blocks) {
        compress256(state, blocks);
    }
}

#[cfg(target_arch = "x86_64")]
mod sha_ni {
    use super::{Block, State};
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32, _mm_set_epi64x,
        _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
        _mm_shuffle_epi32,
    };

    /// The round constants of FIPS 180-4, section 4.2.2, four to a step.
    #[rustfmt::skip]
    const K: [[u32; 4]; 16] = [
        [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
        [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
        [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
        [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
        [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
        [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
        [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
        [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
        [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
        [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
        [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
        [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
        [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
        [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
        [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
        [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
    ];

    /// Whether the processor has the instructions.
    pub(super) fn is_supported() -> bool {
        // SSSE3 comes with SSE4.1.
        std::arch::is_x86_feature_detected!("sha") && std::arch::is_x86_feature_detected!("sse4.1")
    }

    /// One message: its state in the order that the instructions want, and four times four words of
    /// its schedule.
    #[derive(Clone, Copy)]
    struct Lane {
        abef: __m128i,
        cdgh: __m128i,
        words: [__m128i; 4],
    }

    #[target_feature(enable = "sha,sse4.1")]
    pub(super) fn compress_pair(states: [&mut State; 2], blocks: [&[Block]; 2]) {
        let [first, second] = states;
        let (mut one, mut two) = (Lane::new(first), Lane::new(second));
        // Of a length that the compiler does not know, so that the loop stays one: unrolled, all of one
        // block would be ordered before all of the other, too far apart for the processor.
        let k = std::hint::black_box(K.as_slice());
        for (block_one, block_two) in blocks[0].iter().zip(blocks[1]) {
            let before = (one, two);
            one.load(block_one);
            two.load(block_two);
            for &k in k {
                one.four_rounds(k);
                two.four_rounds(k);
            }
            one.add(before.0);
            two.add(before.1);
        }
        *first = one.state();
        *second = two.state();
    }

    impl Lane {
        #[inline]
        #[target_feature(enable = "sha,sse4.1")]
        fn new(state: &State) -> Self {
            let [a, b, c, d, e, f, g, h] = state.map(u32::cast_signed);
            Self {
                abef: _mm_set_epi32(a, b, e, f),
                cdgh: _mm_set_epi32(c, d, g, h),
                words: [_mm_set_epi64x(0, 0); 4],
            }
        }

        /// Takes the words of a block, which are big-endian.
        #[inline]
        #[target_feature(enable = "sha,sse4.1")]
        fn load(&mut self, block: &Block) {
            let big_endian = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
            let (halves, _) = block.as_chunks::<8>();
            for (words, half) in self.words.iter_mut().zip(halves.as_chunks::<2>().0) {
                let [low, high] = half.map(i64::from_le_bytes);
                *words = _mm_shuffle_epi8(_mm_set_epi64x(high, low), big_endian);
            }
        }

        #[inline]
        #[target_feature(enable = "sha,sse4.1")]
        fn four_rounds(&mut self, k: [u32; 4]) {
            let [k0, k1, k2, k3] = k.map(u32::cast_signed);
            let [now, next, after, last] = self.words;
            let sum = _mm_add_epi32(now, _mm_set_epi32(k3, k2, k1, k0));
            self.cdgh = _mm_sha256rnds2_epu32(self.cdgh, self.abef, sum);
            let upper = _mm_shuffle_epi32::<0b1110>(sum);
            self.abef = _mm_sha256rnds2_epu32(self.abef, self.cdgh, upper);
            // Those after the 64th word are nobody's: the last four times, this is idle work.
            let sum = _mm_add_epi32(
                _mm_sha256msg1_epu32(now, next),
                _mm_alignr_epi8::<4>(last, after),
            );
            self.words = [next, after, last, _mm_sha256msg2_epu32(sum, last)];
        }

        #[inline]
        #[target_feature(enable = "sha,sse4.1")]
        fn add(&mut self, before: Self) {
            self.abef = _mm_add_epi32(self.abef, before.abef);
            self.cdgh = _mm_add_epi32(self.cdgh, before.cdgh);
        }

        #[inline]
        #[target_feature(enable = "sha,sse4.1")]
        fn state(self) -> State {
            let state = [
                _mm_extract_epi32::<3>(self.abef),
                _mm_extract_epi32::<2>(self.abef),
                _mm_extract_epi32::<3>(self.cdgh),
                _mm_extract_epi32::<2>(self.cdgh),
                _mm_extract_epi32::<1>(self.abef),
                _mm_extract_epi32::<0>(self.abef),
                _mm_extract_epi32::<1>(self.cdgh),
                _mm_extract_epi32::<0>(self.cdgh),
            ];
            state.map(i32::cast_unsigned)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With SHA instructions and without, two messages come out as the sha2 crate makes each of them.
    #[test]
    fn a_pair_is_compressed_as_the_crate_compresses_each() {
        let mut random = fastrand::Rng::with_seed(1);
        for count in [0, 1, 2, 17] {
            let states: [State; 2] =
                std::array::from_fn(|_| std::array::from_fn(|_| random.u32(..)));
            let blocks: [Vec<Block>; 2] = std::array::from_fn(|_| {
                let block = || std::array::from_fn(|_| random.u8(..));
                std::iter::repeat_with(block).take(count).collect()
            });
            let mut expected = states;
            for (state, blocks) in expected.iter_mut().zip(&blocks) {
                compress256(state, blocks);
            }
            for compress in [compress_pair, portable] {
                let mut states = states;
                compress(states.each_mut(), blocks.each_ref().map(Vec::as_slice));
                assert_eq!(states, expected, "{count} blocks");
            }
        }
    }
}
