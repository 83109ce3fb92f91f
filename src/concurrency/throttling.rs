//! What follows from a store that asks for fewer requests: they begin at the pace at which it serves them, one
//! after the other.
//!
//! Fewer at a time would not do. A store counts requests a second, and one more at a time may be tens more of
//! those; what it refuses waits for long, and some of it will be late. It serves the most where it refuses a few.

use std::time::{Duration, Instant};

/// A round is no shorter than this: stores count by the second.
const SHORTEST: Duration = Duration::from_secs(1);
/// Requests in a round that are enough for a few refusals to show; and the time after which fewer will do.
const ENOUGH: u32 = 8;
const LONGEST: Duration = Duration::from_secs(4);
/// The share of a round's requests that may be refused; and of which more may follow: a few are refused by chance.
const FEW: f64 = 0.02;
const FEWEST: f64 = 0.01;
/// The share from which on the pace is halved: so many begin too soon that what is served says little.
const MANY: f64 = 0.5;
/// Requests a second, below which backing off does the rest; and the same while it refuses all, which says nothing
/// of the pace that it bears.
const SLOWEST: f64 = 1.0;
const SLOWEST_IN_STORM: f64 = 8.0;
/// The pace is doubled as often as this when a storm is over, for as long as none is refused.
const QUICK: Duration = Duration::from_millis(250);
/// The part of what the store was seen to serve from which on the pace goes up in small steps.
const NEAR: f64 = 0.9;
/// The first of them; each is twice the one before.
const STEP: f64 = 1.0 / 64.0;
/// Rounds in which nothing had to wait for its turn, after which there is no need for turns.
const LONG: u32 = 8;
/// What a timer that fires late may catch up on.
const SLACK: Duration = Duration::from_millis(10);

/// A store that throttles.
#[derive(Debug)]
pub(super) struct Throttling {
    /// Requests a second that may begin.
    rate: f64,
    /// What it served a second when it last refused more than a few.
    served: Option<f64>,
    /// When the next request may begin.
    next: Instant,
    /// When the pace last went down.
    slowed: Instant,
    /// Whether it refused the last request.
    is_refusing: bool,
    storm: Storm,
    round: Round,
    /// Small steps up, one after the other.
    steps: i32,
    /// Rounds in which nothing had to wait for its turn, one after the other.
    idle: u32,
}

/// Whether it refused all that was asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Storm {
    /// Not lately.
    No,
    /// All of the last round.
    Rages,
    /// It did, and has served some since.
    IsOver,
}

/// Requests since the pace was last looked at.
#[derive(Debug)]
struct Round {
    began: Instant,
    served: u32,
    refused: u32,
    /// Whether one had to wait for its turn.
    is_bound: bool,
}

impl Throttling {
    /// It refused one, when requests began at `rate` a second.
    pub(super) fn new(now: Instant, rate: f64) -> Self {
        Self {
            rate: rate.max(SLOWEST),
            served: None,
            next: now,
            slowed: now,
            is_refusing: true,
            storm: Storm::No,
            round: Round::new(now),
            steps: 0,
            idle: 0,
        }
    }

    /// When a request may begin that is ready to.
    pub(super) fn turn(&mut self, now: Instant) -> Instant {
        self.round.is_bound |= self.next > now;
        let turn = self.next.max(now.checked_sub(SLACK).unwrap_or(now));
        self.next = turn + Duration::from_secs_f64(1.0 / self.rate);
        turn
    }

    /// It served a request.
    pub(super) fn served(&mut self, now: Instant) {
        self.is_refusing = false;
        if self.storm == Storm::Rages {
            self.storm = Storm::IsOver;
            self.round = Round {
                is_bound: self.round.is_bound,
                ..Round::new(now)
            };
        }
        self.round.served += 1;
        self.look(now);
    }

    /// It refused a request that `began` then.
    pub(super) fn refused(&mut self, now: Instant, began: Instant) {
        self.is_refusing = true;
        // What began at a faster pace says nothing of this one: a storm hits all that are in flight at once.
        self.round.refused += u32::from(began >= self.slowed);
        self.look(now);
    }

    /// Whether it refused the last request.
    pub(super) fn is_refusing(&self) -> bool {
        self.is_refusing
    }

    /// Whether requests have begun without waiting for their turn for long enough.
    pub(super) fn is_over(&self) -> bool {
        self.idle >= LONG
    }

    /// Sets the pace for the next round, if this one is over.
    fn look(&mut self, now: Instant) {
        let round = &self.round;
        let lasted = now.saturating_duration_since(round.began);
        let is_calm = self.storm == Storm::IsOver && round.refused == 0 && self.rate < self.near();
        let is_enough = round.served + round.refused >= ENOUGH || lasted >= LONGEST;
        let has_ended = is_enough && lasted >= SHORTEST || is_calm && lasted >= QUICK;
        if !has_ended {
            return;
        }
        let served = f64::from(round.served);
        let refused = f64::from(round.refused);
        let all = served + refused;
        let is_bound = round.is_bound;
        self.round = Round::new(now);
        if refused <= FEWEST * all && !is_bound {
            self.idle += 1;
            return;
        }
        self.idle = 0;
        if served == 0.0 {
            self.storm = Storm::Rages;
        } else if refused > 0.0 {
            self.storm = Storm::No;
        }
        let twice_tried = 2.0 * all / lasted.as_secs_f64();
        if served == 0.0 {
            // What it serves otherwise does not show. Where nothing waits for its turn, all are backing off.
            if is_bound {
                self.slow_down(now, (self.rate / 2.0).max(SLOWEST_IN_STORM));
            }
        } else if refused > FEW * all && twice_tried < self.rate {
            // So many are backing off that it could not show how many it serves.
            self.slow_down(now, twice_tried);
        } else if refused > MANY * all {
            self.slow_down(now, self.rate / 2.0);
        } else if refused > FEW * all {
            self.slow_down(now, served / lasted.as_secs_f64());
            self.served = Some(self.rate);
        } else if refused <= FEWEST * all {
            self.speed_up();
        } else {
            self.steps = 0;
        }
    }

    /// The pace up to which it is doubled.
    fn near(&self) -> f64 {
        self.served.map_or(f64::MAX, |served| NEAR * served)
    }

    fn slow_down(&mut self, now: Instant, rate: f64) {
        self.rate = rate.min(self.rate).max(SLOWEST);
        self.slowed = now;
        self.steps = 0;
    }

    fn speed_up(&mut self) {
        let near = self.near();
        if self.rate < near {
            self.rate = (2.0 * self.rate).min(near);
        } else {
            self.rate += self.rate * (STEP * 2_f64.powi(self.steps)).min(1.0);
            self.steps += 1;
        }
    }
}

impl Round {
    fn new(began: Instant) -> Self {
        Self {
            began,
            served: 0,
            refused: 0,
            is_bound: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that goes on for a second at a time.
    struct Run {
        throttling: Throttling,
        now: Instant,
    }

    impl Run {
        fn new(rate: f64) -> Self {
            let now = Instant::now();
            Self {
                throttling: Throttling::new(now, rate),
                now,
            }
        }

        /// The pace after a second in which so many requests were served and refused.
        fn second(&mut self, served: u32, refused: u32) -> f64 {
            let began = self.now;
            for _ in 0..served + refused {
                self.throttling.turn(began);
            }
            self.now += SHORTEST;
            for _ in 1..served {
                self.throttling.served(began);
            }
            for _ in 1..refused {
                self.throttling.refused(began, began);
            }
            // The last one ends the round.
            match (served, refused) {
                (0, _) => self.throttling.refused(self.now, began),
                (_, 0) => self.throttling.served(self.now),
                _ => {
                    self.throttling.refused(began, began);
                    self.throttling.served(self.now);
                }
            }
            self.throttling.rate
        }
    }

    #[test]
    fn turns_follow_each_other_at_the_pace() {
        let now = Instant::now();
        let mut throttling = Throttling::new(now, 10.0);
        let turns = [0, 0, 150, 205, 1000, 1000].map(|milliseconds| {
            let turn = throttling.turn(now + Duration::from_millis(milliseconds));
            turn.duration_since(now).as_millis()
        });
        assert_eq!(turns, [0, 100, 200, 300, 990, 1090]);
    }

    #[test]
    fn the_pace_is_what_is_served_and_a_few_may_be_refused() {
        let mut run = Run::new(150.0);
        assert_eq!(run.second(100, 50), 100.0);
        assert_eq!(run.second(98, 2), 100.0);
        assert_eq!(run.second(128, 0), 100.0 + 100.0 / 64.0);
        assert!(run.second(128, 0) > 104.0);
        assert_eq!(run.second(96, 4), 96.0);
    }

    #[test]
    fn a_storm_is_no_pace_and_is_made_up_for() {
        let mut run = Run::new(100.0);
        assert_eq!(run.second(80, 20), 80.0);
        assert_eq!(run.second(1, 79), 40.0);
        // All are asleep, but for a few.
        run.now += LONGEST;
        run.throttling.refused(run.now, run.now);
        assert_eq!(run.throttling.rate, 40.0);
        let paces = [40, 72].map(|served| run.second(served, 0));
        assert_eq!(paces, [72.0, 72.0 + 72.0 / 64.0]);
        for _ in 0..20 {
            run.second(1, 99);
        }
        assert_eq!(run.throttling.rate, SLOWEST);
    }

    #[test]
    fn where_all_is_refused_the_pace_is_found_anew_quickly() {
        let mut run = Run::new(100.0);
        for _ in 0..9 {
            run.second(0, 20);
        }
        assert_eq!(run.throttling.rate, SLOWEST_IN_STORM);
        run.throttling.served(run.now);
        for _ in 0..4 {
            run.throttling.turn(run.now);
            run.throttling.turn(run.now);
            run.now += QUICK;
            run.throttling.served(run.now);
        }
        assert_eq!(run.throttling.rate, 16.0 * SLOWEST_IN_STORM);
        run.second(100, 50);
        assert_eq!(run.second(100, 0), 100.0 + 100.0 / 64.0);
        assert_eq!(run.throttling.storm, Storm::No);
    }

    #[test]
    fn a_pace_that_was_not_tried_is_left_and_shows_nothing() {
        let mut run = Run::new(1000.0);
        assert_eq!(run.second(60, 40), 200.0);
        assert_eq!(run.second(20, 40), 120.0);
        assert_eq!(run.second(120, 0), 240.0);
    }

    #[test]
    fn requests_that_take_longer_than_a_round_are_heeded() {
        let mut run = Run::new(10.0);
        let began = run.now;
        for _ in 0..3 {
            run.second(9, 0);
        }
        let before = run.throttling.rate;
        run.now += SHORTEST;
        for _ in 0..5 {
            run.throttling.served(run.now);
            run.throttling.refused(run.now, began);
        }
        assert!(run.throttling.rate < before);
    }

    #[test]
    fn it_is_over_when_nothing_waited_for_long() {
        let mut run = Run::new(1000.0);
        let mut seconds = 0;
        while !run.throttling.is_over() {
            // One a second.
            run.now += LONGEST;
            run.throttling.turn(run.now);
            run.throttling.served(run.now);
            seconds += 1;
        }
        assert_eq!(seconds, LONG);
    }
}
