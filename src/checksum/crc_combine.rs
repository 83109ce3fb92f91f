//! The CRC of two pieces one after the other, from the CRC of each: arithmetic on polynomials over
//! the numbers 0 and 1, modulo the CRC's own, with the highest power in the lowest bit.
//!
//! `crc_fast::checksum_combine` does the same, but takes 5 s for 10,000 parts, against 0.04 s, just before
//! the commit.

/// A CRC that reads bits from the lowest on, begins with all ones and ends by turning them over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crc {
    /// Bits.
    width: u32,
    /// The polynomial without its highest power.
    polynomial: u64,
}

/// CRC-64/NVME.
pub(super) const CRC64_NVME: Crc = Crc {
    width: 64,
    polynomial: 0x9a6c_9329_ac4b_c9b5,
};
/// CRC-32/ISCSI, which S3 calls CRC32C.
pub(super) const CRC32_ISCSI: Crc = Crc {
    width: 32,
    polynomial: 0x82f6_3b78,
};
/// CRC-32/ISO-HDLC, which S3 calls CRC32.
pub(super) const CRC32_ISO_HDLC: Crc = Crc {
    width: 32,
    polynomial: 0xedb8_8320,
};

impl Crc {
    /// The CRC of a piece with `first`, followed by one of `size` bytes with `second`.
    pub(super) fn combine(self, first: u64, second: u64, size: u64) -> u64 {
        self.product(first, self.power_of_x8(size)) ^ second
    }

    /// x to the power of 8 n.
    fn power_of_x8(self, mut n: u64) -> u64 {
        let mut power = 1 << (self.width - 1);
        let mut square = power >> 8;
        while n > 0 {
            if n & 1 == 1 {
                power = self.product(power, square);
            }
            square = self.product(square, square);
            n >>= 1;
        }
        power
    }

    fn product(self, a: u64, mut b: u64) -> u64 {
        let mut product = 0;
        for bit in (0..self.width).rev() {
            if a >> bit & 1 == 1 {
                product ^= b;
            }
            b = (b >> 1) ^ if b & 1 == 1 { self.polynomial } else { 0 };
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crc_fast::{CrcAlgorithm, checksum, checksum_combine};
    use proptest::prelude::*;

    const ALL: [(Crc, CrcAlgorithm); 3] = [
        (CRC64_NVME, CrcAlgorithm::Crc64Nvme),
        (CRC32_ISCSI, CrcAlgorithm::Crc32Iscsi),
        (CRC32_ISO_HDLC, CrcAlgorithm::Crc32IsoHdlc),
    ];

    proptest! {
        #[test]
        fn two_pieces_have_the_crc_of_their_bytes(
            bytes in prop::collection::vec(any::<u8>(), 0..2000),
            at in any::<prop::sample::Index>(),
        ) {
            let (first, second) = bytes.split_at(at.index(bytes.len() + 1));
            for (crc, algorithm) in ALL {
                let crc_of = |bytes| checksum(algorithm, bytes);
                let combined = crc.combine(crc_of(first), crc_of(second), second.len() as u64);
                prop_assert_eq!(combined, crc_of(&bytes));
            }
        }

        #[test]
        fn pieces_may_be_of_any_size(
            first in any::<u32>(),
            second in any::<u32>(),
            size in 0..5_u64 << 40,
        ) {
            let (first, second) = (u64::from(first), u64::from(second));
            for (crc, algorithm) in ALL {
                let expected = checksum_combine(algorithm, first, second, size);
                prop_assert_eq!(crc.combine(first, second, size), expected);
            }
        }
    }
}
