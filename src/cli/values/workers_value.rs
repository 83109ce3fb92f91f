//! `--workers`: how many parts are in flight.

use crate::config::{HELD_OF_A_FILE, LEAST_OF_A_FILE, MAX_PART_SIZE, MIB};
use std::fmt;
use std::str::FromStr;

/// How many parts are in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workers {
    /// That many.
    Fixed(usize),
    /// As many as turn out to help.
    Auto,
}

impl FromStr for Workers {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        text.parse()
            .map(Self::Fixed)
            .map_err(|_| "expected a number, or auto".to_owned())
    }
}

impl fmt::Display for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(workers) => workers.fmt(f),
            Self::Auto => f.write_str("auto"),
        }
    }
}

/// Memory that a run with `--workers auto` stays below, where nothing says how much parts may take.
const AUTO_MEMORY: u64 = 256 * MIB;
/// What of it the program takes, with its connections: 23 parts of 10 MiB are left. The aws CLI's fastest
/// client opens 25 connections.
const PROGRAM: u64 = 24 * MIB;

/// How many are in flight with `--workers auto`, and what memory there is for them.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Auto {
    /// To begin with.
    pub(in crate::cli) first: usize,
    /// At most.
    pub(in crate::cli) most: usize,
    /// Most bytes of a part that are in memory.
    pub(in crate::cli) held: u64,
    /// Bytes that the least of them takes, where that is less than a part.
    least: u64,
    /// What `--max-memory` is where nobody says it, but for a part size that asks for more; `None`:
    /// no limit.
    pub(in crate::cli) max_memory: Option<u64>,
}

/// Those of a stream.
pub(in crate::cli) const STREAM: Auto = Auto {
    first: 4,
    most: 32,
    held: MAX_PART_SIZE,
    least: MAX_PART_SIZE,
    max_memory: None,
};

/// Those of put-many: requests in flight with `--workers auto`: small files wait for the store, not for the
/// line. Memory and descriptors bound them.
pub(in crate::cli) const FILES: Auto = Auto {
    first: 16,
    most: 512,
    held: HELD_OF_A_FILE,
    least: LEAST_OF_A_FILE,
    // With it a run stays below 150 MiB, whatever the files. Small files need little of it, so that
    // all workers have work.
    max_memory: Some(112 * MIB),
};

impl Auto {
    /// The most that there is memory for, those read ahead included, but no fewer than the first.
    pub(in crate::cli) fn most_within(self, max_memory: Option<u64>, part_size: u64) -> usize {
        let memory = max_memory.unwrap_or(AUTO_MEMORY - PROGRAM);
        let held = memory / part_size.min(self.least);
        let held = usize::try_from(held).unwrap_or(usize::MAX);
        held.clamp(self.first, self.most)
    }
}
