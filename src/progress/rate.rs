//! Rates in bytes a second, smoothed over the last few seconds.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Snapshot;

/// Seconds after which what was measured counts for a third of what it did.
const MEMORY: f64 = 5.0;

/// A smoothed rate, fed with a counter that may also go back when an attempt is given up.
#[derive(Debug, Clone, Default)]
pub(super) struct Rate {
    at: Duration,
    bytes: u64,
    value: f64,
    weight: f64,
}

impl Rate {
    /// Says what the counter is at a time that both started from zero.
    pub(super) fn push(&mut self, at: Duration, bytes: u64) {
        if at < self.at {
            // Another part under the same number: its clock starts anew.
            *self = Self::default();
        }
        let seconds = (at - self.at).as_secs_f64();
        if seconds <= 0.0 {
            return;
        }
        let gained = bytes.saturating_sub(self.bytes) as f64;
        let keep = (-seconds / MEMORY).exp();
        self.value = self.value * keep + gained / seconds * (1.0 - keep);
        // Without the weight, the first seconds would show a rate that creeps up from zero.
        self.weight = self.weight * keep + (1.0 - keep);
        self.at = at;
        self.bytes = bytes;
    }

    /// Bytes a second, now.
    pub(super) fn per_second(&self) -> f64 {
        if self.weight > 0.0 {
            self.value / self.weight
        } else {
            0.0
        }
    }
}

/// The rates of the whole and of each part in flight.
#[derive(Debug, Default)]
pub(super) struct Rates {
    whole: Rate,
    parts: BTreeMap<u32, Rate>,
}

impl Rates {
    /// Takes in the state of this moment.
    pub(super) fn push(&mut self, now: &Snapshot) {
        self.whole.push(now.elapsed, now.sent);
        self.parts
            .retain(|number, _| now.in_flight.iter().any(|part| part.number == *number));
        for part in &now.in_flight {
            let rate = self.parts.entry(part.number).or_default();
            rate.push(part.elapsed, part.sent);
        }
    }

    /// Bytes a second of the whole.
    pub(super) fn whole(&self) -> f64 {
        self.whole.per_second()
    }

    /// Bytes a second of a part.
    pub(super) fn part(&self, number: u32) -> f64 {
        self.parts.get(&number).map_or(0.0, Rate::per_second)
    }

    /// Time until all is sent, where that can be told.
    pub(super) fn eta(&self, now: &Snapshot) -> Option<Duration> {
        let rest = now.total?.saturating_sub(now.sent);
        if rest == 0 {
            return Some(Duration::ZERO);
        }
        // A tenth of a byte a second: it stands still, and any time named would be a lie.
        (self.whole() > 0.1)
            .then(|| Duration::try_from_secs_f64(rest as f64 / self.whole()).ok())
            .flatten()
    }
}

/// Bytes a second since the start.
pub(super) fn average(now: &Snapshot) -> f64 {
    let seconds = now.elapsed.as_secs_f64();
    if seconds > 0.0 {
        now.stored as f64 / seconds
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::snapshot;
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 0.01 * b.abs().max(1.0)
    }

    #[test]
    fn a_steady_flow_is_seen_from_the_first_sample() {
        let mut rate = Rate::default();
        assert!(close(rate.per_second(), 0.0));
        for tick in 1..100_u32 {
            rate.push(Duration::from_millis(100) * tick, u64::from(tick) * 1000);
            assert!(close(rate.per_second(), 10_000.0), "{tick}");
        }
    }

    #[test]
    fn a_burst_is_smoothed_and_a_stall_is_seen_within_seconds() {
        let mut rate = Rate::default();
        rate.push(Duration::from_secs(10), 10_000);
        rate.push(Duration::from_millis(10_100), 20_000);
        assert!(rate.per_second() < 4_000.0, "{}", rate.per_second());
        rate.push(Duration::from_secs(40), 20_000);
        assert!(rate.per_second() < 10.0, "{}", rate.per_second());
    }

    #[test]
    fn a_counter_that_goes_back_gives_no_negative_rate() {
        let mut rate = Rate::default();
        rate.push(Duration::from_secs(1), 1000);
        rate.push(Duration::from_secs(1), 9000);
        rate.push(Duration::from_secs(100), 0);
        assert!((0.0..1.0).contains(&rate.per_second()));
        // The clock starts anew: so does the rate.
        rate.push(Duration::from_secs(2), 500);
        assert!(close(rate.per_second(), 250.0));
    }

    #[test]
    fn rates_of_parts_that_left_are_forgotten() {
        let mut rates = Rates::default();
        let mut now = snapshot();
        rates.push(&now);
        assert!(rates.part(7) > 0.0);
        assert_eq!(rates.parts.len(), 2);
        now.in_flight.clear();
        rates.push(&now);
        assert!(rates.parts.is_empty());
    }

    #[test]
    fn the_eta_is_told_only_where_it_can_be() {
        let mut rates = Rates::default();
        let mut now = snapshot();
        assert_eq!(rates.eta(&now), None);
        rates.push(&now);
        assert_eq!(rates.eta(&now).map(|eta| eta.as_secs()), Some(26));
        now.sent = 4 << 30;
        assert_eq!(rates.eta(&now), Some(Duration::ZERO));
        now.total = None;
        assert_eq!(rates.eta(&now), None);
    }
}
