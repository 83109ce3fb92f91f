//! Plain progress: one line an interval.

use super::Snapshot;
use super::rate::Rates;
use super::text;

/// The line that says how far it is.
pub(super) fn line(name: &str, now: &Snapshot, rates: &Rates) -> String {
    let done = match now.total {
        Some(total) => format!(
            "{} of {} ({}%)",
            text::size(now.sent),
            text::size(total),
            text::percent(now.sent, total)
        ),
        None => text::size(now.sent),
    };
    let rate = text::rate(rates.whole());
    let elapsed = text::time(now.elapsed);
    let eta = rates
        .eta(now)
        .map(|eta| format!(", ETA {}", text::time(eta)))
        .unwrap_or_default();
    let in_flight = u32::try_from(now.in_flight.len()).unwrap_or(u32::MAX);
    let (one, many) = if now.files.is_some() {
        ("file", "files")
    } else {
        ("part", "parts")
    };
    let in_flight = text::count(in_flight, one, many);
    let files = now
        .files
        .as_ref()
        .map(text::files)
        .map_or_else(String::new, |it| format!("{it}, "));
    let retries = text::count(now.retries, "retry", "retries");
    format!(
        "{name}: {files}{done}, {rate}, {elapsed} elapsed{eta}, {in_flight} in flight, {retries}"
    )
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::snapshot;
    use super::*;

    #[test]
    fn a_line_tells_all() {
        let (mut now, mut rates) = (snapshot(), Rates::default());
        rates.push(&now);
        assert_eq!(
            line("s3://b/k", &now, &rates),
            "s3://b/k: 1.25 GiB of 4.00 GiB (31%), 106.7 MiB/s, 12s elapsed, ETA 26s, \
             2 parts in flight, 2 retries"
        );
        now.total = None;
        now.in_flight.pop();
        now.retries = 1;
        assert_eq!(
            line("s3://b/k", &now, &rates),
            "s3://b/k: 1.25 GiB, 106.7 MiB/s, 12s elapsed, 1 part in flight, 1 retry"
        );
    }
}
