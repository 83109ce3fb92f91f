//! The random choices of one run, which its seed decides.

use std::ops::Range;
use std::time::Duration;

pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Whether something happens that has so many chances in a hundred.
    pub(crate) fn percent(&mut self, chances: u32) -> bool {
        self.0.u32(0..100) < chances
    }

    pub(crate) fn number(&mut self, range: Range<u64>) -> u64 {
        self.0.u64(range)
    }

    pub(crate) fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_micros(self.0.u64(range.start * 1000..range.end * 1000))
    }

    pub(crate) fn among<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.0.usize(0..all.len())].clone()
    }

    /// One of them, each as likely as its weight says.
    pub(crate) fn weighed<T: Clone>(&mut self, all: &[(u32, T)]) -> T {
        let mut left = self.0.u32(0..all.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in all {
            if left < *weight {
                return choice.clone();
            }
            left -= weight;
        }
        unreachable!("the weights add up")
    }
}
