//! Rates in bytes a second and the time that is left, by indicatif's estimator.

use super::{InFlight, Snapshot};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::time::Duration;

/// Estimates rates from the states that it is shown: bars that nobody sees.
#[derive(Debug)]
pub(super) struct Estimators {
    whole: ProgressBar,
    in_flight: BTreeMap<u32, ProgressBar>,
}

/// How fast a run is, in bytes a second.
#[derive(Debug, Default)]
pub(super) struct Speed {
    /// Time since the start.
    pub(super) elapsed: Duration,
    /// Rate of the whole.
    pub(super) whole: f64,
    /// Rate of each part or file in flight, by its number.
    pub(super) in_flight: BTreeMap<u32, f64>,
    /// Time until all is sent, where that can be told.
    pub(super) eta: Option<Duration>,
}

impl Estimators {
    pub(super) fn new() -> Self {
        Self {
            whole: ProgressBar::hidden(),
            in_flight: BTreeMap::new(),
        }
    }

    /// Takes in the state of this moment.
    pub(super) fn update(&mut self, now: &Snapshot) -> Speed {
        let mut known = std::mem::take(&mut self.in_flight);
        let mut in_flight = BTreeMap::new();
        for part in &now.in_flight {
            let estimator = known.remove(&part.number);
            // One that has only just begun has no time yet that bytes could be divided by.
            let per_second = estimator.as_ref().map_or(0.0, |it| rate(it, part.sent));
            in_flight.insert(part.number, per_second);
            let estimator = estimator.unwrap_or_else(ProgressBar::hidden);
            self.in_flight.insert(part.number, estimator);
        }
        let whole = rate(&self.whole, now.sent);
        let left = now.total.map(|total| total.saturating_sub(now.sent));
        Speed {
            elapsed: self.whole.elapsed(),
            whole,
            in_flight,
            eta: left.and_then(|left| eta(left, whole)),
        }
    }
}

impl Speed {
    /// Rate of a part or file in flight.
    pub(super) fn of(&self, part: &InFlight) -> f64 {
        self.in_flight.get(&part.number).copied().unwrap_or(0.0)
    }

    /// Rate since the start, of what is stored.
    pub(super) fn average(&self, stored: u64) -> f64 {
        // At most that of the first nanosecond, where there is none yet.
        stored as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
}

fn rate(estimator: &ProgressBar, sent: u64) -> f64 {
    estimator.update(|state| state.set_pos(sent));
    // At the very moment when an attempt is given up, it may be no number.
    estimator.per_sec().max(0.0)
}

/// indicatif says 0 seconds where it can't tell.
fn eta(left: u64, per_second: f64) -> Option<Duration> {
    if left == 0 {
        return Some(Duration::ZERO);
    }
    // A tenth of a byte a second: it stands still, and any time named would be a lie.
    let seconds = (per_second > 0.1).then(|| left as f64 / per_second);
    Duration::try_from_secs_f64(seconds?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::progress_tests::snapshot;
    use super::*;

    #[test]
    fn what_stands_still_has_no_eta() {
        assert_eq!(eta(0, 0.0), Some(Duration::ZERO));
        assert_eq!(eta(10, 0.05), None);
        assert_eq!(eta(10, 4.0), Some(Duration::from_millis(2500)));
    }

    #[test]
    fn an_attempt_given_up_gives_no_negative_rate_and_parts_that_left_are_forgotten() {
        let (mut estimators, mut now) = (Estimators::new(), snapshot());
        assert!(estimators.update(&now).of(&now.in_flight[0]).abs() < 0.1);
        std::thread::sleep(Duration::from_millis(5));
        let speed = estimators.update(&now);
        assert!(speed.whole > 0.0 && speed.of(&now.in_flight[0]) > 0.0);
        assert!(speed.eta.is_some());
        (now.sent, now.in_flight[0].sent) = (0, 0);
        let speed = estimators.update(&now);
        assert!(speed.whole.abs() < 0.1 && speed.of(&now.in_flight[0]).abs() < 0.1);
        now.in_flight.clear();
        assert!(estimators.update(&now).in_flight.is_empty());
        assert!(estimators.in_flight.is_empty());
    }
}
