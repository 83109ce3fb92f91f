//! The search for the number of requests that brings the most throughput: more of them while that
//! helps, fewer when the store asks for it. Pure arithmetic over what is told.
//!
//! Throughput is the mean number of requests in flight, times the bytes that one of them moves a
//! second: Little's law. Unlike bytes over time, that needs no long look at arrivals that come in
//! lumps of a part each, so that a stream of half a GiB is enough to find its speed.

use std::time::{Duration, Instant};

/// A round is no shorter than this, however small the files are.
const SHORTEST: Duration = Duration::from_millis(250);
/// Twice the requests are worth it where they bring this much more.
const WORTH_IT: f64 = 1.25;
/// The part of the allowed requests that has to be in use, for more of them to be of any help.
const IN_USE: f64 = 0.75;
/// Bytes a second of one connection from which on more of them are not tried: it is not the
/// connections that are slow. S3 gives each about 90 MB/s; loopback and local stores give more.
const FAST: f64 = 256e6;
/// What a request counts for beside its bytes: a small one waits for the store, not for the line.
const ALONE: u64 = 1 << 20;
/// Rounds until the next attempt, doubled by each that was in vain.
const PAUSE: u32 = 8;
const LONGEST_PAUSE: u32 = 128;

/// The search.
#[derive(Debug)]
pub(super) struct ConcurrencySearch {
    allowed: usize,
    most: usize,
    round: Round,
    /// Requests in flight, and since when so many.
    in_flight: (usize, Instant),
    /// The last number that was worth it, and its throughput; `None` before the first round.
    proven: Option<(usize, f64)>,
    /// Rounds to wait before more are tried.
    wait: u32,
    pause: u32,
}

/// Requests that ended since the number was changed.
#[derive(Debug)]
struct Round {
    began: Instant,
    requests: u32,
    bytes: f64,
    work: f64,
    seconds: f64,
    /// Requests in flight, times the seconds that there were so many.
    in_flight: f64,
}

impl Round {
    fn new(began: Instant) -> Self {
        Self {
            began,
            requests: 0,
            bytes: 0.0,
            work: 0.0,
            seconds: 0.0,
            in_flight: 0.0,
        }
    }
}

impl ConcurrencySearch {
    /// A search from `first` requests on, up to `most`.
    pub(super) fn new(first: usize, most: usize) -> Self {
        let now = Instant::now();
        Self {
            allowed: first.min(most),
            most,
            round: Round::new(now),
            in_flight: (0, now),
            proven: None,
            wait: 0,
            pause: PAUSE,
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
        self.in_flight.0 -= 1;
    }

    /// Counts what was in flight until now.
    fn look(&mut self, now: Instant) {
        let (number, since) = self.in_flight;
        let since = since.max(self.round.began);
        self.round.in_flight += number as f64 * now.duration_since(since).as_secs_f64();
        self.in_flight.1 = now;
    }

    /// A request that `began` then has brought `size` bytes to the store.
    pub(super) fn done(&mut self, now: Instant, began: Instant, size: u64) {
        // What spent its time under another number says nothing of this one.
        if now.saturating_duration_since(self.round.began) * 2 < now - began {
            return;
        }
        let round = &mut self.round;
        round.requests += 1;
        round.bytes += size as f64;
        round.work += size.saturating_add(ALONE) as f64;
        round.seconds += (now - began).as_secs_f64();
        let enough = round.requests as usize >= self.allowed;
        if enough && now - round.began >= SHORTEST {
            self.end_round(now);
        }
    }

    /// The store asked for fewer requests, when one came that `began` then.
    pub(super) fn throttled(&mut self, now: Instant, began: Instant) {
        // A storm hits all that are in flight at once: it counts once.
        if began < self.round.began {
            return;
        }
        self.allowed = (self.allowed / 2).max(1);
        self.proven = None;
        self.pause_for(PAUSE);
        self.round = Round::new(now);
    }

    fn end_round(&mut self, now: Instant) {
        self.look(now);
        let round = std::mem::replace(&mut self.round, Round::new(now));
        let in_flight = round.in_flight / (now - round.began).as_secs_f64();
        let throughput = in_flight * round.work / round.seconds.max(f64::EPSILON);
        let in_use = in_flight >= IN_USE * self.allowed as f64;
        let fast = round.bytes >= FAST * round.seconds;
        let wants_more = in_use && !fast;
        match self.proven {
            Some((number, before)) if number < self.allowed && throughput < before * WORTH_IT => {
                self.allowed = number;
                self.pause_for(self.pause.saturating_mul(2).min(LONGEST_PAUSE));
            }
            Some((number, _)) if number < self.allowed => {
                self.pause = PAUSE;
                self.prove(throughput, wants_more);
            }
            _ if self.wait > 0 => self.wait -= 1,
            _ => self.prove(throughput, wants_more),
        }
    }

    /// Takes the present number for good, and tries more where they could help.
    fn prove(&mut self, throughput: f64, wants_more: bool) {
        self.proven = Some((self.allowed, throughput));
        if wants_more {
            self.allowed = self.allowed.saturating_mul(2).min(self.most);
        }
    }

    fn pause_for(&mut self, rounds: u32) {
        self.pause = rounds;
        self.wait = rounds;
    }

    #[cfg(test)]
    pub(super) fn set(&mut self, allowed: usize) {
        self.allowed = allowed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: u64 = 10 << 20;

    /// Lets requests of `size` run until `requests` have ended, on a line of `line` bytes a second
    /// with `each` for one connection and `delay` a request; as many at a time as are allowed, and
    /// as the source has. Gives the numbers that were allowed.
    struct Line {
        line: f64,
        each: f64,
        delay: f64,
        source: usize,
    }

    impl Line {
        fn run(&self, search: &mut ConcurrencySearch, size: u64, requests: usize) -> Vec<usize> {
            let mut now = search.round.began;
            let mut numbers = vec![search.allowed()];
            let mut ended = 0;
            while ended < requests {
                // In step: all begin, all end.
                let in_flight = search.allowed().min(self.source);
                let rate = self.each.min(self.line / in_flight as f64);
                let began = now;
                (0..in_flight).for_each(|_| search.begins(began));
                now += Duration::from_secs_f64(self.delay + size as f64 / rate);
                for _ in 0..in_flight {
                    search.done(now, began, size);
                    search.ends(now);
                }
                ended += in_flight;
                if *numbers.last().unwrap() != search.allowed() {
                    numbers.push(search.allowed());
                }
            }
            numbers
        }
    }

    fn slow_connections() -> Line {
        Line {
            line: 1e9,
            each: 25e6,
            delay: 0.05,
            source: usize::MAX,
        }
    }

    #[test]
    fn where_each_connection_is_slow_half_a_gib_finds_the_most() {
        let numbers = slow_connections().run(&mut ConcurrencySearch::new(4, 32), PART, 52);
        assert_eq!(numbers, [4, 8, 16, 32]);
    }

    #[test]
    fn where_the_line_is_full_the_number_comes_back() {
        let line = Line {
            line: 100e6,
            each: 200e6,
            ..slow_connections()
        };
        let numbers = line.run(&mut ConcurrencySearch::new(4, 32), PART, 60);
        assert_eq!(numbers, [4, 8, 4]);
        let long = line.run(&mut ConcurrencySearch::new(4, 32), PART, 10_000);
        assert!(
            long.len() < 60 && long.iter().all(|it| *it <= 8),
            "{long:?}"
        );
    }

    #[test]
    fn where_the_source_is_slow_nothing_is_tried() {
        let line = Line {
            source: 2,
            ..slow_connections()
        };
        assert_eq!(line.run(&mut ConcurrencySearch::new(4, 32), PART, 200), [4]);
    }

    #[test]
    fn where_each_connection_is_fast_nothing_is_tried() {
        let line = Line {
            line: 4e9,
            each: 400e6,
            delay: 0.0,
            source: usize::MAX,
        };
        assert_eq!(
            line.run(&mut ConcurrencySearch::new(4, 32), PART, 1000),
            [4]
        );
    }

    #[test]
    fn small_files_wait_for_the_store_and_want_many_requests() {
        let numbers = slow_connections().run(&mut ConcurrencySearch::new(16, 64), 16 << 10, 2000);
        assert_eq!(numbers, [16, 32, 64]);
    }

    #[test]
    fn a_storm_halves_once_and_is_forgotten_later() {
        let mut search = ConcurrencySearch::new(4, 32);
        slow_connections().run(&mut search, PART, 60);
        assert_eq!(search.allowed(), 32);
        let began = search.round.began;
        for _ in 0..32 {
            search.throttled(began + Duration::from_secs(1), began);
        }
        assert_eq!(search.allowed(), 16);
        let numbers = slow_connections().run(&mut search, PART, 1000);
        assert_eq!(numbers, [16, 32]);
        for second in 2..20 {
            let began = search.round.began;
            search.throttled(began + Duration::from_secs(second), began);
        }
        assert_eq!(search.allowed(), 1);
    }
}
