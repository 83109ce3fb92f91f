//! Sizes: `10MiB`, `1.5GiB`, `10MB` (decimal), plain bytes.

use bytesize::ByteSize;

/// Above this, a number with a fraction can't be read to the byte.
const EXACT: u64 = 1 << 53;

/// Reads a size in bytes.
pub(in crate::cli) fn parse(text: &str) -> Result<u64, String> {
    const HOW: &str = "write bytes, or a number with a unit: 10MiB, 1.5GiB, 10MB (decimal)";
    let size = text
        .trim()
        .strip_prefix('+')
        .map_or_else(|| text.trim().parse::<ByteSize>(), |_| Err(String::new()))
        .map_err(|_| HOW.to_owned())?
        .as_u64();
    // bytesize saturates where it overflows.
    if size == u64::MAX {
        return Err(format!("too large; {HOW}"));
    }
    if text.contains('.') && size >= EXACT {
        return Err("too large to be read to the byte with a fraction".to_owned());
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{GIB, MIB, typed_size};
    use proptest::prelude::*;

    #[test]
    fn units() {
        for (text, bytes) in [
            ("0", 0),
            ("5242880", 5 * MIB),
            ("10MiB", 10 * MIB),
            ("10 MiB", 10 * MIB),
            ("10mib", 10 * MIB),
            ("10Mi", 10 * MIB),
            ("1.5GiB", 3 * GIB / 2),
            ("10MB", 10_000_000),
            ("10M", 10_000_000),
            ("10K", 10_000),
            ("10k", 10_000),
            ("7B", 7),
            ("48TiB", 48 << 40),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn refused() {
        for text in [
            "",
            " ",
            "MiB",
            "ten",
            "-1",
            "-1MiB",
            "+1",
            "1.5",
            "1.2.3MiB",
            "1e3",
            "0x10",
            "10MiBs",
            "10 Mi B",
            "NaN",
            "inf",
            "1,5MiB",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999999999",
            "16EiB",
            "9.5PiB",
        ] {
            assert!(parse(text).is_err(), "{text:?} gave {:?}", parse(text));
        }
    }

    #[test]
    fn shown_as_it_was_most_likely_typed() {
        assert_eq!(typed_size(5 * MIB), "5MiB");
        assert_eq!(typed_size(5 * GIB), "5GiB");
        assert_eq!(typed_size(5 * MIB + 1), "5242881");
        assert_eq!(typed_size(10_000_000), "10MB");
        assert_eq!(typed_size(3 * GIB / 2), "1.5GiB");
        assert_eq!(typed_size(500 << 10), "500KiB");
        assert_eq!(typed_size(999), "999");
        assert_eq!(typed_size(0), "0");
    }

    proptest! {
        #[test]
        fn shown_sizes_read_back(bytes in 0..u64::MAX) {
            prop_assert_eq!(parse(&typed_size(bytes)), Ok(bytes));
        }

        #[test]
        fn shown_sizes_in_units_read_back(
            half in 1..1_u64 << 22,
            unit in prop::sample::select(vec![1 << 10, 1 << 20, 1 << 30, 1 << 40, 1_000, 1_000_000_u64]),
        ) {
            let bytes = half * (unit / 2);
            prop_assert_eq!(parse(&typed_size(bytes)), Ok(bytes));
        }

        #[test]
        fn whole_mebibytes_are_exact(n in 0..1_u64 << 44) {
            prop_assert_eq!(parse(&format!("{n}MiB")), Ok(n << 20));
        }

        #[test]
        fn garbage_never_panics(text in "\\PC{0,24}") {
            let _ = parse(&text);
        }
    }
}
