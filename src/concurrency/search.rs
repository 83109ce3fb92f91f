//! The search for the number of requests that brings the most throughput: more of them while that
//! helps, one after the other when the store asks for it. Pure arithmetic over what is told.
//!
//! It begins with a climb: the number is quadrupled for as long as the requests that were there before lose
//! nothing by it, and each step is judged as soon as anything is seen of it. Where the line is full, the
//! number that fills it follows from two steps. After the climb, twice as many are tried now and then.
//!
//! Requests that are being sent show a rate early and not surely: new connections start slowly, and a
//! full line looks like one that has room. A number found so is tried against fewer, later.

use super::round::{By, ENOUGH, Round, Seen, rounded_up};
use super::throttling::Throttling;
use std::time::{Duration, Instant};

/// Twice the requests are worth it where they bring this much more.
const WORTH_IT: f64 = 1.25;
/// Of what a step of the climb should bring, the part that is enough to go on.
const GOES_ON: f64 = 0.6;
/// Fewer requests do where they bring this part of what more bring.
const DOES: f64 = 0.9;
/// Bytes a second of one connection from which on more of them are not tried: it is not the
/// connections that are slow. S3 gives each about 90 MB/s; loopback and local stores give more.
const FAST: f64 = 256e6;
/// The same below which more are tried in large steps: no processor is as slow.
const SLOW: f64 = 64e6;
/// Rounds until the next attempt, doubled by each that was in vain.
const PAUSE: u32 = 8;
const LONGEST_PAUSE: u32 = 128;

/// The search.
#[derive(Debug)]
pub(super) struct ConcurrencySearch {
    first: usize,
    allowed: usize,
    most: usize,
    round: Round,
    /// Requests in flight, and since when so many.
    in_flight: (usize, Instant),
    /// Requests that the store served, and since when.
    served: (u64, Instant),
    /// The last number that was worth it; `None` before anything is known of one.
    proven: Option<(usize, Seen)>,
    /// Whether every step so far brought what it should.
    climbs: bool,
    /// Whether a step of the climb that brought too little at first sight is looked at once more.
    looks_again: bool,
    /// Whether fewer were never tried against a number that was found in haste.
    is_hasty: bool,
    /// Rounds to wait before others are tried.
    wait: u32,
    pause: u32,
    throttling: Option<Throttling>,
}

impl ConcurrencySearch {
    /// A search from `first` requests on, up to `most`.
    pub(super) fn new(first: usize, most: usize) -> Self {
        let now = Instant::now();
        let first = first.min(most);
        Self {
            first,
            allowed: first,
            most,
            round: Round::new(now),
            in_flight: (0, now),
            served: (0, now),
            proven: None,
            climbs: true,
            looks_again: false,
            is_hasty: false,
            wait: 0,
            pause: PAUSE,
            throttling: None,
        }
    }

    /// Requests that may be in flight now.
    pub(super) fn allowed(&self) -> usize {
        self.allowed
    }

    /// A request begins.
    pub(super) fn begins(&mut self, now: Instant) {
        self.look(now);
        self.in_flight.0 += 1;
    }

    /// A request ends, whatever came of it.
    pub(super) fn ends(&mut self, now: Instant) {
        self.look(now);
        if self.in_flight.0 > self.allowed {
            // Those of a larger number share the line yet.
            self.round = Round::new(now);
        }
        self.in_flight.0 -= 1;
    }

    /// Counts what was in flight until now.
    fn look(&mut self, now: Instant) {
        let (number, since) = self.in_flight;
        self.round.had_in_flight(number, since, now);
        self.in_flight.1 = now;
    }

    pub(super) fn is_throttled(&self) -> bool {
        self.throttling.is_some()
    }

    /// Whether the store throttles, and the last request of all was refused.
    pub(super) fn is_refusing(&self) -> bool {
        self.throttling
            .as_ref()
            .is_some_and(Throttling::is_refusing)
    }

    /// When a request may begin that is ready to; `None` for at once.
    pub(super) fn turn(&mut self, now: Instant) -> Option<Instant> {
        self.throttling.as_mut().map(|it| it.turn(now))
    }

    /// The store served a request, which may have carried nothing.
    pub(super) fn served(&mut self, now: Instant) {
        self.served.0 += 1;
        if let Some(throttling) = &mut self.throttling {
            throttling.served(now);
            if throttling.is_over() {
                self.throttling = None;
                self.climb(now);
            }
        }
    }

    /// A request that `began` then has brought `size` bytes to the store.
    pub(super) fn done(&mut self, now: Instant, began: Instant, size: u64) {
        self.round.done(now, began, size);
        self.look(now);
        if self.throttling.is_none()
            && let Some(seen) = self.round.ended(now, self.allowed, self.climbs)
        {
            self.round = Round::new(now);
            self.judge(seen);
        }
    }

    /// Whether a request of `size` bytes tells something while it is being sent. One that is over sooner
    /// than that is looked at when it has ended.
    pub(super) fn learns_from(&self, size: u64) -> bool {
        size as f64 >= ENOUGH && self.looks_at_sending()
    }

    fn looks_at_sending(&self) -> bool {
        let judged_by_ended = matches!(&self.proven, Some((_, seen)) if seen.by == By::Ended);
        self.climbs && !judged_by_ended
    }

    /// Of one request, `bytes` have arrived in so many `seconds`, and it is not done.
    pub(super) fn sent(&mut self, now: Instant, bytes: u64, seconds: f64) {
        if !self.looks_at_sending() {
            return;
        }
        let in_flight = self.in_flight.0;
        self.round
            .sent(now, (in_flight, self.allowed), (bytes, seconds));
        let Some(seen) = self.round.sending(now, in_flight) else {
            return;
        };
        self.round.look_anew(now);
        if seen.rate < SLOW {
            self.look(now);
            self.round = Round::new(now);
            self.judge(seen);
        }
    }

    /// The store asked for fewer requests, when one came that `began` then.
    pub(super) fn throttled(&mut self, now: Instant, began: Instant) {
        if let Some(throttling) = &mut self.throttling {
            throttling.refused(now, began);
            return;
        }
        let (served, since) = self.served;
        let lasted = now
            .saturating_duration_since(since)
            .max(Duration::from_millis(250));
        let allowed = self.allowed as f64;
        let rate = (served as f64 + allowed) / lasted.as_secs_f64();
        self.throttling = Some(Throttling::new(now, rate.max(allowed)));
        self.settle(self.allowed, None, PAUSE);
    }

    /// Compares what is seen of the present number with what the proven one brought.
    fn judge(&mut self, seen: Seen) {
        let tried = self
            .proven
            .filter(|(number, before)| *number != self.allowed && before.by == seen.by);
        let Some((number, before)) = tried else {
            if self.wait > 0 {
                self.wait -= 1;
            } else {
                self.prove(seen);
            }
            return;
        };
        let step = self.allowed as f64 / number as f64;
        let gain = seen.throughput / before.throughput;
        let is_worth_it = gain >= step.powf(WORTH_IT.log2());
        let goes_on = is_worth_it && gain >= GOES_ON * step;
        self.looks_again = seen.in_haste && !goes_on && !self.looks_again;
        if self.looks_again {
            return;
        }
        // The line is full with as many as bring that much at the rate of those before.
        let fills = rounded_up(number as f64 * gain);
        if step < 1.0 {
            self.judge_fewer(number, seen, gain);
        } else if goes_on {
            self.pause = PAUSE;
            self.prove(seen);
        } else if seen.by == By::Sending {
            // Nothing was seen of the time that the store takes to answer, for which the line is free.
            self.settle(fills.clamp(number, self.allowed), None, PAUSE);
            self.wait = 0;
        } else if is_worth_it {
            self.settle(fills.min(self.allowed), Some(seen), PAUSE);
        } else {
            let pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
            self.settle(number, Some(before), pause);
        }
    }

    fn judge_fewer(&mut self, number: usize, seen: Seen, gain: f64) {
        if gain < DOES {
            self.is_hasty = false;
            self.allowed = number;
        } else {
            self.proven = Some((self.allowed, seen));
        }
        self.wait = self.pause;
    }

    /// Takes the present number for good, and tries others where they could help.
    fn prove(&mut self, seen: Seen) {
        self.proven = Some((self.allowed, seen));
        let step = if self.climbs && seen.rate < SLOW {
            4
        } else {
            2
        };
        self.is_hasty &= self.allowed > self.first;
        if self.climbs && self.allowed == self.most {
            self.is_hasty = seen.by == By::Sending;
            self.settle(self.most, Some(seen), PAUSE);
        } else if self.is_hasty {
            self.allowed = (self.allowed / 2).max(self.first);
        } else if seen.in_use && seen.rate < FAST {
            self.allowed = self.allowed.saturating_mul(step).min(self.most);
        }
    }

    /// Looks anew for the number that helps: what was known of it the store has spoilt.
    fn climb(&mut self, now: Instant) {
        self.round = Round::new(now);
        self.proven = None;
        self.climbs = true;
        self.looks_again = false;
        self.is_hasty = false;
        self.wait = 0;
    }

    /// Stays with `number` for a while; the climb is over.
    fn settle(&mut self, number: usize, seen: Option<Seen>, pause: u32) {
        self.allowed = number;
        self.proven = seen.map(|seen| (number, seen));
        self.climbs = false;
        self.pause = pause;
        self.wait = pause;
    }

    #[cfg(test)]
    pub(super) fn set(&mut self, allowed: usize) {
        self.allowed = allowed;
    }
}

#[cfg(test)]
mod line_tests;
#[cfg(test)]
mod simulated_line;
