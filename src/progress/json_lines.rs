//! Progress for programs: lines that are one JSON object each.

use super::rates::Speed;
use super::{FileCounts, Snapshot};
use serde::Serialize;

/// The event of all lines but the last.
pub(super) const PROGRESS: &str = "progress";

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
    stage: Option<&'a str>,
    attempt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<FileCounts>,
    in_flight: Vec<Part<'a>>,
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
    waits: bool,
    rate: f64,
}

/// The line of one interval, or the last with `done` or `failed` as its event: its rate is that of the
/// whole run. Absent values are null.
pub(super) fn line(uri: &str, event: &str, now: &Snapshot, speed: &Speed) -> String {
    let (rate, eta) = match event {
        PROGRESS => (speed.whole, speed.eta),
        _ => (speed.average(now.stored), None),
    };
    let in_flight = now.in_flight.iter().map(|part| Part {
        part: part.name.is_none().then_some(part.number),
        file: part.name.as_deref(),
        size: part.size,
        sent: part.sent,
        retries: part.retries,
        waits: part.waits,
        rate: thousandths(speed.of(part)),
    });
    let object = Object {
        event,
        uri,
        elapsed: thousandths(speed.elapsed.as_secs_f64()),
        sent: now.sent,
        stored: now.stored,
        total: now.total,
        rate: thousandths(rate),
        eta: eta.map(|eta| thousandths(eta.as_secs_f64())),
        parts_stored: now.parts_stored,
        retries: now.retries,
        stage: now.stage.as_deref(),
        attempt: now.attempt.as_deref(),
        files: now.files,
        in_flight: in_flight.collect(),
    };
    // Strings and numbers alone: it cannot fail.
    escaped(&serde_json::to_string(&object).unwrap_or_default())
}

/// The control characters that JSON lets stand (DEL, U+0080 to U+009F) as it writes the others. As
/// they are, a terminal would obey them; escaped as in other lines, the line would be no JSON.
fn escaped(json: &str) -> String {
    json.chars()
        .fold(String::with_capacity(json.len()), |mut line, c| {
            match c.is_control() {
                true => line.push_str(&format!("\\u{:04x}", u32::from(c))),
                false => line.push(c),
            }
            line
        })
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::progress_tests::{snapshot, speed};
    use super::*;
    use serde_json::{Value, from_str, json};

    #[test]
    fn an_object_tells_all() {
        let now = Snapshot {
            stage: Some("completing".to_owned()),
            attempt: Some("the store says SlowDown".to_owned()),
            ..snapshot()
        };
        let line = line("s3://b/a \"k\"\n", PROGRESS, &now, &speed());
        assert!(!line.contains('\n'));
        let got: Value = from_str(&line).unwrap();
        let expected = json!({
            "event": "progress", "uri": "s3://b/a \"k\"\n", "elapsed": 12.0,
            "sent": 5_u64 << 28, "stored": 1 << 30, "total": 4_u64 << 30,
            "rate": 111_848_106.667, "eta": 26.4, "parts_stored": 103, "retries": 2,
            "stage": "completing", "attempt": "the store says SlowDown",
            "in_flight": [
                {"part": 7, "size": 10 << 20, "sent": 5 << 20, "retries": 0, "waits": false,
                 "rate": 2_621_440.0},
                {"part": 12, "size": 10 << 20, "sent": 0, "retries": 2, "waits": true, "rate": 0.0},
            ],
        });
        assert_eq!(got, expected);
    }

    #[test]
    fn whatever_a_key_holds_the_line_is_json_that_standard_error_shows_as_it_is() {
        let uri = "s3://b/a\x1b\x7f\u{9b}é\n";
        let line = line(uri, PROGRESS, &snapshot(), &speed());
        assert_eq!(crate::log::printable(&line), line);
        let got: Value = from_str(&line).unwrap();
        assert_eq!(got["uri"], uri);
    }

    #[test]
    fn what_is_not_known_is_null() {
        let (mut now, mut speed) = (snapshot(), speed());
        (now.total, speed.eta) = (None, None);
        let got: Value = from_str(&line("s3://b/k", PROGRESS, &now, &speed)).unwrap();
        assert_eq!((&got["total"], &got["eta"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn the_last_object_says_how_it_ended() {
        let line = line("s3://b/k", "failed", &snapshot(), &speed());
        let got: Value = from_str(&line).unwrap();
        assert_eq!(got["event"], "failed");
        assert_eq!(got["rate"], 89_478_485.333);
        assert_eq!(got["eta"], Value::Null);
    }
}
