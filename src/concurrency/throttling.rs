//! What follows from a store that asks for fewer requests: half of them at once, then more or fewer by how
//! many it refuses.
//!
//! A store with a rate limit serves the most where it refuses a few: with none refused, there may be room
//! for more. What it refuses waits for long, and keeps its place: more than a few, and some will be late.

use super::round::{Round, rounded_up};
use std::time::{Duration, Instant};

/// A round is no shorter than this: long enough for a few refusals to show.
const SHORTEST: Duration = Duration::from_secs(1);
/// Each request counts for one part of so many in the share that is refused.
const MEMORY: f64 = 16.0;
/// The share of requests refused from which on their number is halved.
const MANY: f64 = 0.25;
/// Rounds with none refused after which it is forgotten what was too many.
const LONG: u32 = 8;
/// The share of a round's requests that may be refused.
const FEW: f64 = 0.02;

/// A store that throttles.
#[derive(Debug)]
pub(super) struct Throttling {
    /// How many requests were allowed when it began to.
    from: usize,
    /// The share of the last requests that it refused.
    refused: f64,
    /// Rounds in which it refused none, one after the other.
    clean: u32,
    /// The least of which it refused more than a few.
    too_many: usize,
}

impl Throttling {
    /// It refused one while `from` were allowed.
    pub(super) fn new(from: usize) -> Self {
        Self {
            from,
            refused: 0.0,
            clean: 0,
            too_many: from,
        }
    }

    /// It served a request.
    pub(super) fn served(&mut self) {
        self.refused -= self.refused / MEMORY;
    }

    /// It refused a request; tells whether there are far too many.
    pub(super) fn refused(&mut self) -> bool {
        self.refused += (1.0 - self.refused) / MEMORY;
        let far_too_many = self.refused > MANY;
        if far_too_many {
            self.refused = 0.0;
        }
        far_too_many
    }

    /// How many to allow after `round`, once that was long enough.
    pub(super) fn next(&mut self, now: Instant, allowed: usize, round: &Round) -> Option<usize> {
        if round.lasted(now) < SHORTEST {
            return None;
        }
        let share = round.share_throttled();
        let step = (allowed / 8).max(1);
        if share > 0.0 {
            self.clean = 0;
            // One more than were being served asks for all that the store has to give.
            let enough = rounded_up(round.served_at_a_time(now)) + 1;
            let fewer = enough.min(allowed - step.min(allowed - 1));
            if share > FEW {
                self.too_many = allowed;
            }
            return Some(if share > FEW { fewer } else { allowed });
        }
        self.clean += 1;
        if self.clean > LONG {
            (self.clean, self.too_many) = (1, self.from + 1);
        }
        let more = step.saturating_mul(1 << (self.clean - 1).min(16));
        let most = self.from.min((self.too_many - 1).max(allowed));
        Some(allowed.saturating_add(more).min(most))
    }

    /// Whether as many are allowed again as before.
    pub(super) fn is_over(&self, allowed: usize) -> bool {
        allowed >= self.from
    }
}
