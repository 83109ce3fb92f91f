//! Sizes as the command line takes them.

/// Units, as the command line spells them; of two that say the same as shortly, the first is taken.
const UNITS: [(&str, u64); 8] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];

/// Above this, a number with a fraction can't be read back to the byte.
const EXACT: u64 = 1 << 53;

/// A size in bytes, in the unit with the shortest number that an option reads back to the same size: most
/// likely the one that was typed.
pub(crate) fn typed_size(bytes: u64) -> String {
    let forms = UNITS
        .iter()
        .filter_map(|(name, unit)| Some((in_unit(bytes, *unit)?, *name)));
    forms
        .chain([(bytes.to_string(), "")])
        .min_by_key(|(number, _)| number.len())
        .map(|(number, name)| number + name)
        .unwrap_or_default()
}

/// The same in a sentence, where a bare number needs to say what it counts.
pub(crate) fn size_in_words(bytes: u64) -> String {
    let text = typed_size(bytes);
    match text.ends_with(|last: char| last.is_ascii_digit()) {
        true => text + " bytes",
        false => text,
    }
}

/// The number of `unit`s, where it is whole or ends in .5.
fn in_unit(bytes: u64, unit: u64) -> Option<String> {
    if bytes < unit {
        return None;
    }
    let whole = bytes / unit;
    match bytes % unit {
        0 => Some(whole.to_string()),
        rest if rest * 2 == unit && bytes < EXACT => Some(format!("{whole}.5")),
        _ => None,
    }
}
