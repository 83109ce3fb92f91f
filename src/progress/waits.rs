//! What a run waits for, and why: told in the bars, and in the log once it begins.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::info;

/// All that is waited for now; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waits(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    begun: u64,
    stages: BTreeMap<(Rank, u64), Stage>,
    attempts: BTreeMap<u64, NextAttempt>,
}

/// Which of several stages is told: the first of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Ending,
    Usual,
}

#[derive(Debug)]
struct Stage {
    what: String,
    since: Instant,
}

/// A request that failed and is tried again.
#[derive(Debug, Clone)]
pub(crate) struct NextAttempt {
    /// Why the last attempt failed.
    pub why: String,
    /// Number of the next, counted from 1.
    pub number: u32,
    /// How many there may be, where their number is what ends them.
    pub most: Option<u32>,
    /// When it follows.
    pub at: Instant,
}

/// Something that is waited for, for as long as this is kept.
#[derive(Debug)]
#[must_use]
pub(crate) struct WaitGuard {
    key: Key,
    waits: Waits,
}

#[derive(Debug)]
enum Key {
    Stage(Rank, u64),
    Attempt(u64),
}

impl Waits {
    /// Says what is being done, while no bytes are moved.
    pub(crate) fn stage(&self, what: impl Into<String>) -> WaitGuard {
        self.begin(Rank::Usual, what.into())
    }

    /// Says how the run is being ended, whatever else is being done.
    pub(crate) fn ending(&self, what: impl Into<String>) -> WaitGuard {
        self.begin(Rank::Ending, what.into())
    }

    fn begin(&self, rank: Rank, what: String) -> WaitGuard {
        info!("{what}");
        let mut state = self.lock();
        let number = state.number();
        let since = Instant::now();
        state.stages.insert((rank, number), Stage { what, since });
        self.guard(Key::Stage(rank, number))
    }

    /// Says that a request waits for its next attempt.
    pub(crate) fn attempt(&self, next: NextAttempt) -> WaitGuard {
        let mut state = self.lock();
        let number = state.number();
        state.attempts.insert(number, next);
        self.guard(Key::Attempt(number))
    }

    fn guard(&self, key: Key) -> WaitGuard {
        let waits = self.clone();
        WaitGuard { key, waits }
    }

    /// What is being done, and for how long: `completing (8s)`.
    pub(super) fn told_stage(&self) -> Option<String> {
        let state = self.lock();
        let stage = state.stages.first_key_value()?.1;
        Some(match stage.since.elapsed().as_secs() {
            0 => stage.what.clone(),
            seconds => format!("{} ({seconds}s)", stage.what),
        })
    }

    /// Why requests are tried again: that which has waited longest, and how many others do.
    pub(super) fn told_attempt(&self) -> Option<String> {
        let state = self.lock();
        let next = state.attempts.first_key_value()?.1;
        Some(match state.attempts.len() {
            1 => next.tell(Instant::now()),
            all => format!("{} ({} more wait)", next.tell(Instant::now()), all - 1),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }
}

impl NextAttempt {
    /// `can't connect: attempt 8 of 11 in 12s`.
    pub(crate) fn tell(&self, now: Instant) -> String {
        let Self {
            why, number, most, ..
        } = self;
        let most = most.map_or(String::new(), |most| format!(" of {most}"));
        let left = self.at.saturating_duration_since(now);
        let when = match left {
            Duration::ZERO => "when it is its turn".to_owned(),
            left if left < Duration::from_secs(1) => format!("in {} ms", left.as_millis()),
            left => format!("in {} s", left.as_millis().div_ceil(1000)),
        };
        format!("{why}; attempt {number}{most} {when}")
    }
}

impl Drop for WaitGuard {
    fn drop(&mut self) {
        let mut state = self.waits.lock();
        match self.key {
            Key::Stage(rank, number) => drop(state.stages.remove(&(rank, number))),
            Key::Attempt(number) => drop(state.attempts.remove(&number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(why: &str, most: Option<u32>, at: Instant) -> NextAttempt {
        let why = why.to_owned();
        NextAttempt {
            why,
            number: 8,
            most,
            at,
        }
    }

    #[test]
    fn an_attempt_tells_why_and_when() {
        let now = Instant::now();
        let tell = |most, after| next("refused", most, now + after).tell(now);
        let told = tell(Some(11), Duration::from_millis(11_100));
        assert_eq!(told, "refused; attempt 8 of 11 in 12 s");
        assert_eq!(
            tell(None, Duration::from_millis(80)),
            "refused; attempt 8 in 80 ms"
        );
        let told = tell(None, Duration::ZERO);
        assert_eq!(told, "refused; attempt 8 when it is its turn");
    }

    #[test]
    fn what_ends_the_run_is_told_before_all_else_and_nothing_is_told_once_it_is_over() {
        let waits = Waits::default();
        assert_eq!((waits.told_stage(), waits.told_attempt()), (None, None));
        let completing = waits.stage("completing");
        let aborting = waits.ending("aborting");
        assert_eq!(waits.told_stage().unwrap(), "aborting");
        drop(aborting);
        assert_eq!(waits.told_stage().unwrap(), "completing");
        let far = Instant::now() + Duration::from_secs(60);
        let first = waits.attempt(next("first", None, far));
        let second = waits.attempt(next("second", None, far));
        let told = waits.told_attempt().unwrap();
        assert_eq!(told, "first; attempt 8 in 60 s (1 more wait)");
        drop((first, completing));
        assert!(waits.told_attempt().unwrap().starts_with("second"));
        drop(second);
        assert_eq!((waits.told_stage(), waits.told_attempt()), (None, None));
    }
}
