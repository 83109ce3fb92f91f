//! What is seen of the requests while their number stays the same, and what that says of it.
//!
//! Of requests that ended, throughput is their mean number in flight, times what one of them moves a
//! second: Little's law. Unlike bytes over time, that needs no long look at arrivals that come in lumps
//! of a part each. Of requests that are being sent, it is their number, times the rate of one: that is
//! known long before the first part of a slow connection has ended.

use std::time::{Duration, Instant};

/// A round is no shorter than this, however small the files are.
const SHORTEST: Duration = Duration::from_millis(250);
/// The same of small requests at the beginning: for as long as they only wait for the store, each round
/// brings many times what the one before did.
const SHORTEST_OF_SMALL: Duration = Duration::from_millis(50);
/// Requests that are being sent are looked at for as long as this, and until each has moved so much.
const LOOK: Duration = Duration::from_millis(150);
pub(super) const ENOUGH: f64 = 512.0 * 1024.0;
/// What a request counts for beside its bytes: a small one waits for the store, not for the line.
const ALONE: u64 = 1 << 20;
/// The part of the allowed requests that has to be in use, for more of them to be of any help.
const IN_USE: f64 = 0.75;

/// What one number of requests brings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Comparable with what was seen in the same way alone.
    pub(super) throughput: f64,
    /// Bytes a second of one request.
    pub(super) rate: f64,
    /// Whether the requests that are allowed are in use.
    pub(super) in_use: bool,
    /// Whether it was a short look at small requests, some of which may have waited for new connections.
    pub(super) in_haste: bool,
    pub(super) by: By,
}

/// How it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By requests that ended.
    Ended,
    /// By requests that were being sent.
    Sending,
}

/// Requests since their number was changed.
#[derive(Debug)]
pub(super) struct Round {
    began: Instant,
    requests: u32,
    bytes: f64,
    work: f64,
    seconds: f64,
    /// Requests in flight, times the seconds that there were so many.
    in_flight: f64,
    sending: Sending,
}

/// Bytes of requests that are being sent, while all that are allowed are.
#[derive(Debug)]
struct Sending {
    since: Instant,
    bytes: f64,
    seconds: f64,
}

impl Sending {
    fn new(since: Instant) -> Self {
        Self {
            since,
            bytes: 0.0,
            seconds: 0.0,
        }
    }
}

impl Round {
    pub(super) fn new(began: Instant) -> Self {
        Self {
            began,
            requests: 0,
            bytes: 0.0,
            work: 0.0,
            seconds: 0.0,
            in_flight: 0.0,
            sending: Sending::new(began),
        }
    }

    #[cfg(test)]
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// For how long the number was the same.
    fn lasted(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    /// There were `number` in flight from `since` until now.
    pub(super) fn had_in_flight(&mut self, number: usize, since: Instant, now: Instant) {
        let since = since.max(self.began);
        self.in_flight += number as f64 * now.saturating_duration_since(since).as_secs_f64();
    }

    /// A request that `began` then has brought `size` bytes to the store.
    pub(super) fn done(&mut self, now: Instant, began: Instant, size: u64) {
        let took = now.saturating_duration_since(began);
        // What spent its time under another number says nothing of this one.
        if self.lasted(now) * 2 < took {
            return;
        }
        self.requests += 1;
        self.bytes += size as f64;
        self.work += size.saturating_add(ALONE) as f64;
        self.seconds += took.as_secs_f64();
    }

    /// What the requests that ended tell, once that is enough; in haste, a short look will do.
    pub(super) fn ended(&self, now: Instant, allowed: usize, in_haste: bool) -> Option<Seen> {
        let are_small = self.bytes < f64::from(self.requests) * ALONE as f64;
        let is_short = in_haste && are_small;
        let shortest = match is_short {
            true => SHORTEST_OF_SMALL,
            false => SHORTEST,
        };
        let lasted = self.lasted(now);
        let enough = if in_haste { allowed } else { allowed * 2 };
        if (self.requests as usize) < enough || lasted < shortest {
            return None;
        }
        let in_flight = self.in_flight / lasted.as_secs_f64();
        let seconds = self.seconds.max(f64::EPSILON);
        Some(Seen {
            throughput: in_flight * self.work / seconds,
            rate: self.bytes / seconds,
            in_use: in_flight >= IN_USE * allowed as f64,
            in_haste: is_short,
            by: By::Ended,
        })
    }

    /// Of one of `in_flight` requests, `bytes` have arrived in so many `seconds`.
    pub(super) fn sent(
        &mut self,
        now: Instant,
        (in_flight, allowed): (usize, usize),
        (bytes, seconds): (u64, f64),
    ) {
        if (in_flight as f64) < IN_USE * allowed as f64 {
            self.look_anew(now);
            return;
        }
        self.sending.bytes += bytes as f64;
        self.sending.seconds += seconds;
    }

    /// What the requests that are being sent tell, once that is enough.
    pub(super) fn sending(&self, now: Instant, in_flight: usize) -> Option<Seen> {
        let Sending {
            since,
            bytes,
            seconds,
        } = self.sending;
        let looked = now.saturating_duration_since(since);
        if looked < LOOK || bytes < ENOUGH * in_flight as f64 {
            return None;
        }
        let rate = bytes / seconds.max(f64::EPSILON);
        Some(Seen {
            throughput: in_flight as f64 * rate,
            rate,
            in_use: true,
            in_haste: false,
            by: By::Sending,
        })
    }

    /// Looks at requests that are being sent from now on.
    pub(super) fn look_anew(&mut self, now: Instant) {
        self.sending = Sending::new(now);
    }
}

/// A number of requests that is enough for `number` of them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "of what is no number, or too large, `as` makes the nearest there is"
)]
pub(super) fn rounded_up(number: f64) -> usize {
    number.ceil() as usize
}
