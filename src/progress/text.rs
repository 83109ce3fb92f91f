//! How sizes, rates, times and names are put into words.

use std::time::Duration;

use console::measure_text_width;
use indicatif::BinaryBytes;

use super::rate::average;
use super::{Files, Snapshot};

/// `1.25 GiB`.
pub(super) fn size(bytes: u64) -> String {
    BinaryBytes(bytes).to_string()
}

/// `103.4 MiB/s`.
pub(super) fn rate(per_second: f64) -> String {
    let mut value = per_second;
    let mut units = ["B", "KiB", "MiB", "GiB", "TiB"].iter();
    let mut unit = units.next();
    // 1023.95 would be printed as 1024.0.
    while value >= 1023.95
        && let Some(next) = units.next()
    {
        value /= 1024.0;
        unit = Some(next);
    }
    let unit = unit.unwrap_or(&"B");
    let digits = usize::from(*unit != "B");
    format!("{value:.digits$} {unit}/s")
}

/// `12s`, `3m 05s`, `2h 07m`, `4d 03h`.
pub(super) fn time(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    if days > 0 {
        format!("{days}d {:02}h", hours % 24)
    } else if hours > 0 {
        format!("{hours}h {:02}m", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes}m {:02}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

/// `2 retries`.
pub(super) fn count(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Per cent of the whole.
pub(super) fn percent(part: u64, whole: u64) -> usize {
    share(part, whole, 100)
}

/// How many of `steps` the part is of the whole; of nothing, it is all.
pub(super) fn share(part: u64, whole: u64, steps: usize) -> usize {
    let done = u128::from(part.min(whole)) * steps as u128;
    done.checked_div(u128::from(whole))
        .map_or(steps, |done| usize::try_from(done).unwrap_or(steps))
}

/// The name with control characters made visible: a key may hold any.
pub(super) fn printable(name: &str) -> String {
    name.chars()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let plain = (!c.is_control()).then_some(c);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// The name in `width` columns, its middle left out where it does not fit.
pub(super) fn shorten(name: &str, width: usize) -> String {
    const GAP: &str = "...";
    if measure_text_width(name) <= width {
        return name.to_owned();
    }
    let Some(room) = width.checked_sub(GAP.len()) else {
        return String::new();
    };
    let take = |chars: &mut dyn Iterator<Item = char>, columns: usize| {
        let mut used = 0;
        chars
            .take_while(|c| {
                used += measure_text_width(c.encode_utf8(&mut [0; 4]));
                used <= columns
            })
            .collect::<Vec<_>>()
    };
    // The end of a key tells more than its start.
    let head = take(&mut name.chars(), room / 2);
    let tail = take(&mut name.chars().rev(), room - room / 2);
    let tail = tail.into_iter().rev();
    head.into_iter().chain(GAP.chars()).chain(tail).collect()
}

/// How many of the files known so far are done.
pub(super) fn files(files: &Files) -> String {
    let more = if files.all_found { "" } else { "+" };
    let failed = match files.failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    format!("{}/{}{more} files{failed}", files.done(), files.found)
}

/// The line that says what was done, once it is.
pub(super) fn summary(name: &str, end: &Snapshot) -> String {
    let time = if end.elapsed < Duration::from_secs(60) {
        format!("{:.1}s", end.elapsed.as_secs_f64())
    } else {
        time(end.elapsed)
    };
    let what = end.files.as_ref().map_or_else(
        || count(end.parts_stored, "part", "parts"),
        |files| {
            let Files {
                uploaded,
                skipped,
                failed,
                ..
            } = files;
            format!("{uploaded} uploaded, {skipped} skipped, {failed} failed")
        },
    );
    let mut line = format!(
        "{name}: {} in {time} ({}), {what}",
        size(end.stored),
        rate(average(end)),
    );
    if end.retries > 0 {
        line.push_str(", ");
        line.push_str(&count(end.retries, "retry", "retries"));
    }
    line
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::PartSnapshot;
    use super::*;

    /// A run in its twelfth second.
    pub(in crate::progress) fn snapshot() -> Snapshot {
        let part = |number, sent, retries| PartSnapshot {
            number,
            name: None,
            size: 10 << 20,
            sent,
            retries,
            elapsed: Duration::from_secs(2),
        };
        Snapshot {
            elapsed: Duration::from_secs(12),
            total: Some(4 << 30),
            sent: 5 << 28,
            stored: 1 << 30,
            parts_stored: 103,
            retries: 2,
            files: None,
            in_flight: vec![part(7, 5 << 20, 0), part(12, 0, 2)],
        }
    }

    #[test]
    fn rates_take_one_digit_and_the_fitting_unit() {
        assert_eq!(rate(0.0), "0 B/s");
        assert_eq!(rate(1023.0), "1023 B/s");
        assert_eq!(rate(1024.0), "1.0 KiB/s");
        assert_eq!(rate(103.44 * 1024.0 * 1024.0), "103.4 MiB/s");
        assert_eq!(rate(1024.0 * 1024.0 - 1.0), "1.0 MiB/s");
    }

    #[test]
    fn times_are_short() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (185, "3m 05s"),
            (7620, "2h 07m"),
            (356_400, "4d 03h"),
        ] {
            assert_eq!(time(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn per_cent_never_leaves_its_range() {
        assert_eq!(percent(5, 16), 31);
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(7, 5), 100);
        assert_eq!(percent(u64::MAX - 1, u64::MAX), 99);
    }

    #[test]
    fn names_are_shortened_in_the_middle() {
        assert_eq!(shorten("s3://b/k", 8), "s3://b/k");
        assert_eq!(shorten("s3://bucket/backup.sql", 13), "s3://...p.sql");
        assert_eq!(shorten("s3://bucket/backup.sql", 2), "");
        // Each of these takes two columns.
        assert_eq!(shorten("数据库备份文件", 9), "数...件");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\x1b[2Jé\n"), "a\\u{1b}[2Jé\\n");
    }

    #[test]
    fn the_summary_tells_what_was_stored() {
        let mut end = snapshot();
        end.elapsed = Duration::from_millis(12_300);
        assert_eq!(
            summary("s3://b/k", &end),
            "s3://b/k: 1.00 GiB in 12.3s (83.3 MiB/s), 103 parts, 2 retries"
        );
        (end.retries, end.parts_stored) = (0, 1);
        end.elapsed = Duration::from_secs(600);
        assert_eq!(
            summary("s3://b/k", &end),
            "s3://b/k: 1.00 GiB in 10m 00s (1.7 MiB/s), 1 part"
        );
    }
}
