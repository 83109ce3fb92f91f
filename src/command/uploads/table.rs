//! Uploads as a table for people.

use super::find::{FoundUpload, Parts};
use crate::log::printable;
use crate::progress::{size, time};
use console::measure_text_width;
use std::io::{self, Write};
use std::time::Duration;

const COLUMNS: usize = 6;
const HEADINGS: [&str; COLUMNS] = ["AGE", "PARTS", "SIZE", "KEY", "UPLOAD ID", "INITIATOR"];
/// Numbers, which stand at the right of their columns.
const NUMBERS: usize = 3;

/// Writes the table; nothing where there are no uploads.
///
/// # Errors
/// When nobody reads it any more.
pub(super) fn write(uploads: &[FoundUpload], mut out: impl Write) -> io::Result<()> {
    if uploads.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = std::iter::once(HEADINGS.map(ToOwned::to_owned))
        .chain(uploads.iter().map(row))
        .collect();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| measure_text_width(&row[column]));
        cells.max().unwrap_or_default()
    });
    rows.iter().try_for_each(|row| {
        let cells: Vec<_> = row.iter().zip(widths).enumerate().map(padded).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())
    })
}

fn row(found: &FoundUpload) -> [String; COLUMNS] {
    let unknown = || "-".to_owned();
    let upload = &found.upload;
    let (parts, bytes) = match found.parts {
        Parts::Known(count) => (count.parts.to_string(), size(count.bytes)),
        Parts::NoUpload | Parts::Unknown(_) => (unknown(), unknown()),
    };
    [
        upload.age.map_or_else(unknown, age),
        parts,
        bytes,
        printable(&upload.key),
        printable(&upload.id),
        upload.initiator.as_deref().map_or_else(unknown, printable),
    ]
}

/// `3d 4h`.
fn age(age: Duration) -> String {
    time(age).replace(" 0", " ")
}

fn padded((column, (cell, width)): (usize, (&String, usize))) -> String {
    let blanks = " ".repeat(width - measure_text_width(cell));
    match column < NUMBERS {
        true => format!("{blanks}{cell}"),
        false => format!("{cell}{blanks}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{PartCount, PendingUpload};

    fn found(key: &str, age: Option<u64>, parts: Parts) -> FoundUpload {
        FoundUpload {
            upload: PendingUpload {
                age: age.map(Duration::from_secs),
                ..PendingUpload::named(key, "id-1")
            },
            parts,
        }
    }

    #[test]
    fn columns_stand_under_each_other_whatever_keys_hold() {
        let count = PartCount {
            parts: 12,
            bytes: 5 << 28,
        };
        let uploads = [
            found("数据", Some(3 * 86_400 + 4 * 3600), Parts::Known(count)),
            found("a\nb", None, Parts::NoUpload),
        ];
        let mut out = Vec::new();
        write(&uploads, &mut out).unwrap();
        let expected = "  AGE  PARTS      SIZE  KEY   UPLOAD ID  INITIATOR
3d 4h     12  1.25 GiB  数据  id-1       -
    -      -         -  a\\nb  id-1       -
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let mut nothing = Vec::new();
        write(&[], &mut nothing).unwrap();
        assert!(nothing.is_empty());
    }

    #[test]
    fn ages_are_short() {
        for (seconds, text) in [(7, "7s"), (65, "1m 5s"), (3600, "1h 0m"), (90_000, "1d 1h")] {
            assert_eq!(age(Duration::from_secs(seconds)), text);
        }
    }
}
