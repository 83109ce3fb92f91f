use super::*;
use std::collections::BTreeMap;

/// A run in its twelfth second.
pub(super) fn snapshot() -> Snapshot {
    let part = |number, sent, retries| InFlight {
        number,
        name: None,
        size: 10 << 20,
        sent,
        retries,
        waits: retries > 0,
    };
    Snapshot {
        total: Some(4 << 30),
        read: 0,
        flows: true,
        sent: 5 << 28,
        stored: 1 << 30,
        parts_stored: 103,
        retries: 2,
        files: None,
        stage: None,
        attempt: None,
        in_flight: vec![part(7, 5 << 20, 0), part(12, 0, 2)],
    }
}

/// How fast it is.
pub(super) fn speed() -> Speed {
    Speed {
        elapsed: Duration::from_secs(12),
        whole: 111_848_106.667,
        in_flight: BTreeMap::from([(7, 2_621_440.0), (12, 0.0)]),
        eta: Some(Duration::from_millis(26_400)),
    }
}

fn chosen(progress: ProgressStyle, terminal: bool, dumb: bool) -> &'static str {
    let output = Output {
        progress,
        ..Output::default()
    };
    match Style::choose(&output, "s3://b/k", terminal, dumb) {
        Some(Style::Bars(bars)) => {
            bars.clear();
            "bar"
        }
        Some(Style::Plain(_)) => "plain",
        Some(Style::Json(_)) => "json",
        None => "none",
    }
}

#[test]
fn what_is_shown_fits_what_standard_error_is() {
    use ProgressStyle::{Auto, Bar, Json, None, Plain};
    for (style, terminal, dumb, expected) in [
        (Auto, true, false, "bar"),
        (Auto, true, true, "plain"),
        (Auto, false, false, "none"),
        (Bar, true, false, "bar"),
        (Bar, true, true, "plain"),
        (Bar, false, false, "plain"),
        (Plain, true, false, "plain"),
        (Json, false, false, "json"),
        (None, true, false, "none"),
    ] {
        let got = chosen(style, terminal, dumb);
        assert_eq!(got, expected, "{style:?} {terminal} {dumb}");
    }
}

#[test]
fn quiet_shows_nothing_and_starts_no_thread() {
    let output = Output {
        progress: ProgressStyle::Json,
        quiet: true,
        ..Output::default()
    };
    let state = || UploadProgress::default().snapshot();
    let progress = ProgressDisplay::start(&output, "s3://b/k", state);
    assert!(progress.running.is_none());
    progress.finish(true);
}

#[test]
fn it_ends_at_once_however_long_the_interval() {
    let output = Output {
        progress: ProgressStyle::Plain,
        progress_interval: Duration::MAX,
        ..Output::default()
    };
    let started = Instant::now();
    let state = || UploadProgress::default().snapshot();
    ProgressDisplay::start(&output, "s3://b/k", state).finish(false);
    drop(ProgressDisplay::start(&output, "s3://b/k", state));
    assert!(started.elapsed() < Duration::from_secs(5));
}
