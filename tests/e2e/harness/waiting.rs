//! Waiting for something to happen, within bounds.

use std::time::{Duration, Instant};

/// Time for something to happen that happens at once; only a failure waits that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits, within bounds, until `done`.
#[track_caller]
pub(crate) fn until(what: &str, done: impl Fn() -> bool) {
    until_within(PATIENCE, what, done);
}

/// The same for what a disk takes part in: while it is busy, what is appended to a file that is being
/// synced waits.
#[track_caller]
pub(crate) fn until_on_disk(what: &str, done: impl Fn() -> bool) {
    until_within(Duration::from_secs(50), what, done);
}

#[track_caller]
fn until_within(patience: Duration, what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < patience, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
