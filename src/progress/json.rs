//! Progress for programs: one JSON object a line.

use std::time::Duration;

use serde::Serialize;

use super::Snapshot;
use super::rate::{Rates, average};

/// Times in seconds, sizes in bytes, rates in bytes a second.
#[derive(Serialize)]
struct Object<'a> {
    event: &'a str,
    uri: &'a str,
    elapsed: f64,
    sent: u64,
    stored: u64,
    total: Option<u64>,
    rate: f64,
    eta: Option<f64>,
    parts_stored: u32,
    retries: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<FileNumbers>,
    in_flight: Vec<Part<'a>>,
}

/// Numbers of files.
#[derive(Serialize)]
struct FileNumbers {
    found: u64,
    all_found: bool,
    uploaded: u64,
    skipped: u64,
    failed: u64,
}

#[derive(Serialize)]
struct Part<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    size: u64,
    sent: u64,
    retries: u32,
    rate: f64,
}

/// The object of one interval; absent values are null.
pub(super) fn progress(uri: &str, now: &Snapshot, rates: &Rates) -> String {
    object(uri, "progress", now, rates, rates.whole(), rates.eta(now))
}

/// The last object, with `event` as `done` or `failed`; its rate is that of the whole run.
pub(super) fn end(uri: &str, event: &str, now: &Snapshot, rates: &Rates) -> String {
    object(uri, event, now, rates, average(now), None)
}

fn object(
    uri: &str,
    event: &str,
    now: &Snapshot,
    rates: &Rates,
    rate: f64,
    eta: Option<Duration>,
) -> String {
    let in_flight = now.in_flight.iter().map(|part| Part {
        part: part.name.is_none().then_some(part.number),
        file: part.name.as_deref(),
        size: part.size,
        sent: part.sent,
        retries: part.retries,
        rate: thousandths(rates.part(part.number)),
    });
    let object = Object {
        event,
        uri,
        elapsed: thousandths(now.elapsed.as_secs_f64()),
        sent: now.sent,
        stored: now.stored,
        total: now.total,
        rate: thousandths(rate),
        eta: eta.map(|eta| thousandths(eta.as_secs_f64())),
        parts_stored: now.parts_stored,
        retries: now.retries,
        files: now.files.map(|files| FileNumbers {
            found: files.found,
            all_found: files.all_found,
            uploaded: files.uploaded,
            skipped: files.skipped,
            failed: files.failed,
        }),
        in_flight: in_flight.collect(),
    };
    // Strings and numbers alone: it cannot fail.
    serde_json::to_string(&object).unwrap_or_default()
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_str, json};

    use super::super::text::tests::snapshot;
    use super::*;

    #[test]
    fn an_object_tells_all() {
        let (now, mut rates) = (snapshot(), Rates::default());
        rates.push(&now);
        let line = progress("s3://b/a \"k\"\n", &now, &rates);
        assert!(!line.contains('\n'));
        let got: Value = from_str(&line).unwrap();
        let expected = json!({
            "event": "progress", "uri": "s3://b/a \"k\"\n", "elapsed": 12.0,
            "sent": 5_u64 << 28, "stored": 1 << 30, "total": 4_u64 << 30,
            "rate": 111_848_106.667, "eta": 26.4, "parts_stored": 103, "retries": 2,
            "in_flight": [
                {"part": 7, "size": 10 << 20, "sent": 5 << 20, "retries": 0, "rate": 2_621_440.0},
                {"part": 12, "size": 10 << 20, "sent": 0, "retries": 2, "rate": 0.0},
            ],
        });
        assert_eq!(got, expected);
    }

    #[test]
    fn what_is_not_known_is_null() {
        let (mut now, rates) = (snapshot(), Rates::default());
        now.total = None;
        let got: Value = from_str(&progress("s3://b/k", &now, &rates)).unwrap();
        assert_eq!((&got["total"], &got["eta"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn the_last_object_says_how_it_ended() {
        let now = snapshot();
        let line = end("s3://b/k", "failed", &now, &Rates::default());
        let got: Value = from_str(&line).unwrap();
        assert_eq!(got["event"], "failed");
        assert_eq!(got["rate"], 89_478_485.333);
        assert_eq!(got["eta"], Value::Null);
    }
}
