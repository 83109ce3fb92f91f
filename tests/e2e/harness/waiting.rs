//! Waiting for something to happen, within bounds.

use std::time::{Duration, Instant};

/// Time for something to happen that happens at once; only a failure waits that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits, within bounds, until `done`.
#[track_caller]
pub(crate) fn until(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
