//! Progress as plain lines, one an interval, and the last line of a run; sizes, rates and times as
//! the bars show them too.

use super::rates::Speed;
use super::{FileCounts, Snapshot};
use bytesize::ByteSize;
use std::time::Duration;

/// `1.25 GiB`.
pub(crate) fn size(bytes: u64) -> String {
    format!("{:.2}", ByteSize(bytes))
}

/// `103.4 MiB/s`.
pub(crate) fn rate(per_second: f64) -> String {
    // What has no room in 64 bits is as much as they hold.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bytes = per_second as u64;
    format!("{:.1}/s", ByteSize(bytes))
}

/// `12s`, `3m 05s`, `2h 07m`, `4d 03h`.
pub(crate) fn time(span: Duration) -> String {
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

/// Per cent of the whole, 100 only at its end; of nothing, it is all.
pub(super) fn percent(part: u64, whole: u64) -> u128 {
    let hundredfold = u128::from(part.min(whole)) * 100;
    hundredfold.checked_div(u128::from(whole)).unwrap_or(100)
}

/// `2 retries`.
pub(super) fn retries(n: u32) -> String {
    count(n as usize, "retry", "retries")
}

/// `1 part`, `2 parts`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// How many of the files known so far are done.
pub(super) fn files(files: &FileCounts) -> String {
    let more = if files.all_counted { "" } else { "+" };
    let failed = match files.failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    format!("{}/{}{more} files{failed}", files.done(), files.counted)
}

/// The line that says how far it is.
pub(super) fn line(name: &str, now: &Snapshot, speed: &Speed) -> String {
    let sent = size(now.sent);
    let done = now.total.map_or(sent.clone(), |total| {
        let percent = percent(now.sent, total);
        format!("{sent} of {} ({percent}%)", size(total))
    });
    let eta = speed.eta.map(|eta| format!(", ETA {}", time(eta)));
    let (files, in_flight) = match &now.files {
        None => (String::new(), count(now.in_flight.len(), "part", "parts")),
        Some(counts) => (
            files(counts) + ", ",
            count(now.in_flight.len(), "file", "files"),
        ),
    };
    let waits: String = [&now.stage, &now.attempt]
        .into_iter()
        .flatten()
        .map(|why| format!("; {why}"))
        .collect();
    format!(
        "{name}: {files}{done}, {}, {} elapsed{}, {in_flight} in flight, {}{waits}",
        rate(speed.whole),
        time(speed.elapsed),
        eta.unwrap_or_default(),
        retries(now.retries),
    )
}

/// The line that says what was done, once it is.
pub(super) fn summary(name: &str, end: &Snapshot, speed: &Speed) -> String {
    let took = if speed.elapsed < Duration::from_secs(60) {
        format!("{:.1}s", speed.elapsed.as_secs_f64())
    } else {
        time(speed.elapsed)
    };
    let what = match &end.files {
        // Nothing was sent: bytes were compared.
        None if end.parts_stored == 0 => String::new(),
        None => format!(", {}", count(end.parts_stored as usize, "part", "parts")),
        Some(files) => format!(
            ", {} uploaded, {} skipped, {} failed",
            files.uploaded, files.skipped, files.failed
        ),
    };
    let retried = match end.retries {
        0 => String::new(),
        n => format!(", {}", retries(n)),
    };
    let (stored, rate) = (size(end.stored), rate(speed.average(end.stored)));
    format!("{name}: {stored} in {took} ({rate}){what}{retried}")
}

#[cfg(test)]
mod tests {
    use super::super::progress_tests::{snapshot, speed};
    use super::*;

    #[test]
    fn rates_take_one_digit_and_the_fitting_unit() {
        assert_eq!(rate(0.0), "0 B/s");
        assert_eq!(rate(1023.0), "1023 B/s");
        assert_eq!(rate(1024.0), "1.0 KiB/s");
        assert_eq!(rate(103.44 * 1024.0 * 1024.0), "103.4 MiB/s");
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
    fn a_line_tells_all() {
        let (mut now, mut speed) = (snapshot(), speed());
        assert_eq!(
            line("s3://b/k", &now, &speed),
            "s3://b/k: 1.25 GiB of 4.00 GiB (31%), 106.7 MiB/s, 12s elapsed, ETA 26s, \
             2 parts in flight, 2 retries"
        );
        (now.total, speed.eta) = (None, None);
        now.in_flight.pop();
        now.retries = 1;
        assert_eq!(
            line("s3://b/k", &now, &speed),
            "s3://b/k: 1.25 GiB, 106.7 MiB/s, 12s elapsed, 1 part in flight, 1 retry"
        );
        now.files = Some(FileCounts {
            found: 9,
            counted: 9,
            failed: 2,
            ..FileCounts::default()
        });
        now.attempt = Some("the store says SlowDown".to_owned());
        assert_eq!(
            line("s3://b/", &now, &speed),
            "s3://b/: 2/9+ files, 2 failed, 1.25 GiB, 106.7 MiB/s, 12s elapsed, \
             1 file in flight, 1 retry; the store says SlowDown"
        );
    }

    #[test]
    fn the_summary_tells_what_was_stored() {
        let (mut end, mut speed) = (snapshot(), speed());
        speed.elapsed = Duration::from_millis(12_300);
        assert_eq!(
            summary("s3://b/k", &end, &speed),
            "s3://b/k: 1.00 GiB in 12.3s (83.3 MiB/s), 103 parts, 2 retries"
        );
        (end.retries, end.parts_stored) = (0, 1);
        speed.elapsed = Duration::from_secs(600);
        assert_eq!(
            summary("s3://b/k", &end, &speed),
            "s3://b/k: 1.00 GiB in 10m 00s (1.7 MiB/s), 1 part"
        );
    }
}
