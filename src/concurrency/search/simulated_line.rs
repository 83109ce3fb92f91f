//! A line and a store to try a search on: connections that start slowly and share the line, a store that
//! takes its time and may throttle, a source that may be slow.

use super::ConcurrencySearch;
use super::rounded_up;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Seconds from one look at the line to the next.
const TICK: f64 = 0.005;
/// Bytes a second that a new connection begins with, where it has a slow start.
const SLOW_START: f64 = 100e3;
/// Bounds of the seconds that a request waits after it was throttled once, and whatever often; with full
/// jitter.
const BACK_OFF: f64 = 1.0;
const LONGEST_BACK_OFF: f64 = 30.0;
/// Requests that the store serves at once after a rest.
const BURST: f64 = 10.0;
/// Seconds for which the connection's buffers are filled, which is not looked at.
const FILLS: f64 = 0.05;

/// The line; rates in bytes a second, times in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// What all connections share.
    pub(super) line: f64,
    /// What one connection moves at most.
    pub(super) each: f64,
    /// How long the store takes to answer.
    pub(super) delay: f64,
    /// How fast the source is.
    pub(super) source: f64,
    /// Time in which a new connection doubles its rate; 0 where it has all of it at once.
    pub(super) doubles: f64,
    /// Requests a second that the store serves.
    pub(super) limit: f64,
    /// Over how long it counts them; 0 where it has a token bucket, of `BURST`.
    pub(super) window: f64,
    /// What chance depends on.
    pub(super) seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Run {
    /// The numbers that were allowed, one after the other.
    pub(super) numbers: Vec<usize>,
    pub(super) seconds: f64,
    /// Requests that were throttled.
    pub(super) refused: usize,
}

/// A request in its place.
struct Request {
    began: f64,
    left: f64,
    /// Its share of the line, against those of the others: connections are never in step for long.
    weight: f64,
    /// For how long its connection has been sending.
    age: f64,
    throttled: i32,
    /// Since when it could begin, and when its turn is, once it is the first to.
    ready: Option<f64>,
    turn: Option<f64>,
    answered: Option<(f64, bool)>,
    asleep_until: Option<f64>,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            line: 1e9,
            each: 25e6,
            delay: 0.05,
            source: 1e12,
            doubles: 0.0,
            limit: 1e12,
            window: 0.0,
            seed: 1,
        }
    }
}

impl Line {
    /// Sends `requests` of `size` bytes, as many at a time as `search` allows.
    pub(super) fn run(&self, search: &mut ConcurrencySearch, size: u64, requests: usize) -> Run {
        Simulation::new(*self, search, size).run(requests)
    }

    /// The same by a fixed number; gives the seconds.
    pub(super) fn fixed(&self, number: usize, size: u64, requests: usize) -> f64 {
        let mut search = ConcurrencySearch::new(number, number);
        self.run(&mut search, size, requests).seconds
    }
}

struct Simulation<'a> {
    line: Line,
    search: &'a mut ConcurrencySearch,
    size: u64,
    origin: Instant,
    now: f64,
    places: Vec<Request>,
    /// How long each connection that lies idle was sending.
    idle: VecDeque<f64>,
    /// Requests that the store may serve now; when the window ends that these are for.
    tokens: f64,
    window_ends: f64,
    run: Run,
    random: fastrand::Rng,
}

impl<'a> Simulation<'a> {
    fn new(line: Line, search: &'a mut ConcurrencySearch, size: u64) -> Self {
        let origin = search.in_flight.1.max(search.round.began());
        Self {
            run: Run {
                numbers: vec![search.allowed()],
                seconds: 0.0,
                refused: 0,
            },
            line,
            search,
            size,
            origin,
            now: 0.0,
            places: Vec::new(),
            idle: VecDeque::new(),
            tokens: BURST,
            window_ends: 0.0,
            random: fastrand::Rng::with_seed(line.seed),
        }
    }

    fn at(&self, seconds: f64) -> Instant {
        self.origin + Duration::from_secs_f64(seconds)
    }

    fn run(mut self, requests: usize) -> Run {
        let (mut left, mut read) = (requests, 0.0);
        while left > 0 || !self.places.is_empty() {
            self.now += TICK;
            read = f64::min(read + self.line.source * TICK, self.size as f64 * 100.0);
            if self.line.window == 0.0 {
                let served = self.line.limit * TICK;
                self.tokens = (self.tokens + served).min(served.max(BURST));
            }
            self.take_turns();
            while left > 0 && read >= self.size as f64 && self.has_room() {
                (left, read) = (left - 1, read - self.size as f64);
                self.begin();
                self.take_turns();
            }
            self.move_bytes();
            for at in (0..self.places.len()).rev() {
                self.go_on(at);
            }
            let allowed = self.search.allowed();
            assert!((1..=self.search.most).contains(&allowed), "{allowed}");
            if self.run.numbers.last() != Some(&allowed) {
                self.run.numbers.push(allowed);
            }
        }
        self.run.seconds = self.now;
        self.run
    }

    /// Whether one more request has a place, and no other of its kind stands in line before it.
    fn has_room(&self) -> bool {
        let is_next = |it: &Request| it.ready.is_some() && it.throttled == 0;
        self.places.len() < self.search.allowed() && !self.places.iter().any(is_next)
    }

    fn begin(&mut self) {
        self.places.push(Request {
            began: self.now,
            left: 0.0,
            weight: 0.75 + self.random.f64() / 2.0,
            age: self.idle.pop_front().unwrap_or(0.0),
            throttled: 0,
            ready: Some(self.now),
            turn: None,
            answered: None,
            asleep_until: None,
        });
    }

    /// Sends what is ready, each in its turn.
    fn take_turns(&mut self) {
        let since = |it: &Request| it.ready.map(|ready| (ready, it.turn.is_none()));
        let earlier = |a: &(f64, bool), b: &(f64, bool)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        while let Some((at, _)) = (0..self.places.len())
            .filter_map(|at| Some((at, since(&self.places[at])?)))
            .min_by(|a, b| earlier(&a.1, &b.1))
        {
            let now = self.at(self.now);
            let turn = self.places[at].turn.unwrap_or_else(|| {
                let turn = self.search.turn(now).unwrap_or(now);
                turn.saturating_duration_since(self.origin).as_secs_f64()
            });
            self.places[at].turn = Some(turn);
            if turn > self.now + 1e-9 {
                return;
            }
            self.send(at);
        }
    }

    /// Takes one of what the store may serve now.
    fn is_served(&mut self) -> bool {
        if self.line.window > 0.0 && self.now >= self.window_ends {
            self.tokens = self.line.limit * self.line.window;
            self.window_ends = self.now + self.line.window;
        }
        let is_served = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(is_served));
        is_served
    }

    fn send(&mut self, at: usize) {
        self.search.begins(self.at(self.now));
        let is_served = self.is_served();
        let request = &mut self.places[at];
        request.began = self.now;
        request.left = if is_served { self.size as f64 } else { 0.0 };
        request.answered = (!is_served).then_some((self.now + self.line.delay, false));
        (request.ready, request.turn) = (None, None);
    }

    /// Where requests take turns, one that is served ends the wait of the one that began it first.
    fn wake_one(&mut self) {
        let asleep = |it: &&mut Request| it.asleep_until.is_some();
        let first = |a: &&mut Request, b: &&mut Request| a.began.total_cmp(&b.began);
        if self.search.is_throttled()
            && let Some(request) = self.places.iter_mut().filter(asleep).min_by(first)
        {
            request.asleep_until = Some(self.now);
        }
    }

    fn move_bytes(&mut self) {
        let sending = |it: &&mut Request| it.left > 0.0;
        let all: f64 = self
            .places
            .iter_mut()
            .filter(sending)
            .map(|it| it.weight)
            .sum();
        let mut told = Vec::new();
        for request in self.places.iter_mut().filter(sending) {
            request.age += TICK;
            let grown = match self.line.doubles {
                0.0 => f64::MAX,
                doubles => SLOW_START * (request.age / doubles).exp2(),
            };
            let share = self.line.line * request.weight / all;
            let moved = share.min(self.line.each).min(grown) * TICK;
            request.left -= moved;
            if request.left <= 0.0 {
                request.answered = Some((self.now + self.line.delay, true));
            } else if self.now - request.began > FILLS {
                told.push(rounded_up(moved) as u64);
            }
        }
        let now = self.at(self.now);
        for moved in told {
            self.search.sent(now, moved, TICK);
        }
    }

    fn go_on(&mut self, at: usize) {
        let (now, began) = (self.at(self.now), self.at(self.places[at].began));
        let request = &mut self.places[at];
        match (request.answered, request.asleep_until) {
            (Some((time, true)), _) if time <= self.now => {
                self.search.served(now);
                self.search.done(now, began, self.size);
                self.search.ends(now);
                self.idle.push_back(request.age);
                self.places.swap_remove(at);
                self.wake_one();
            }
            (Some((time, false)), _) if time <= self.now => {
                self.run.refused += 1;
                let most = (BACK_OFF * 2_f64.powi(request.throttled)).min(LONGEST_BACK_OFF);
                request.throttled += 1;
                let until = self.now + most * self.random.f64();
                (request.answered, request.asleep_until) = (None, Some(until));
                if self.search.most > self.search.first {
                    self.search.throttled(now, began);
                }
                self.search.ends(now);
            }
            (_, Some(time)) if time <= self.now => {
                (request.asleep_until, request.ready) = (None, Some(self.now));
            }
            _ => {}
        }
    }
}
