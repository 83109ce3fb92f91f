//! How large each part is: pure arithmetic over the limits of S3 and of the run.
//!
//! A stream of unknown length starts with parts of `--part-size`. They stay that size for the first
//! tenth of the parts that may be used, then grow geometrically in a hundred steps, so that six
//! tenths of the way in they have reached the largest part that S3 takes. With the defaults:
//!
//! | stream so far | part size |
//! |---|---|
//! | 9.7 GiB | 10 MiB |
//! | 100 GiB | about 120 MiB |
//! | 1 TiB | about 1.2 GiB |
//! | 23 TiB | 5 GiB, the end: 10,000 parts |
//!
//! Geometric, because then a part is never more than a fixed fraction of what was sent before it;
//! linear growth to the same reach asks for three times the memory at 100 GiB. Only a stream whose
//! parts were 5 GiB from the first reaches S3's 48.8 TiB: `--expected-size` does that.

use crate::config::{
    MAX_PART_SIZE, MAX_PARTS, MIB, MIN_PART_SIZE, Transfer, UploadConfig, size_in_words, typed_size,
};
use crate::error::{Error, Result};
use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

/// Largest object: 48.8 TiB.
const LARGEST_OBJECT: u64 = MAX_PARTS as u64 * MAX_PART_SIZE;
/// Steps in which parts grow; each is a new size of buffer.
const GROWTH_STEPS: u32 = 100;

/// The size of each part of one upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Size of the parts before they grow.
    base: u64,
    /// Number of parts of that size.
    steady: u32,
    /// Most parts.
    max_parts: u32,
    /// Size that the parts never exceed; `base` where they never grow.
    ceiling: u64,
    /// The largest part that there is memory for.
    largest_held: Option<u64>,
}

impl Plan {
    /// A plan for a stream whose length is at most guessed at by `--expected-size`.
    ///
    /// # Errors
    /// When the guess does not fit into the limits of the run.
    pub fn for_stream(transfer: &Transfer) -> Result<Self> {
        let ceiling = ceiling(transfer);
        let max_parts = transfer.max_parts;
        let mut base = transfer.part_size;
        let mut steady = max_parts / 10;
        if let Some(expected) = transfer.expected_size {
            if !transfer.equal_parts {
                // Room for a guess that was a tenth too low, where the limits leave it.
                let roomy = size_for(expected, (max_parts - max_parts / 10).max(1)).min(ceiling);
                base = base.max(roomy);
            }
            fits(expected, base, transfer)?;
            steady = steady.max(u32::try_from(expected.div_ceil(base)).unwrap_or(max_parts));
        }
        let ceiling = if transfer.equal_parts {
            base
        } else {
            ceiling.max(base)
        };
        Ok(Self {
            base,
            steady: steady.clamp(1, max_parts),
            max_parts,
            ceiling,
            largest_held: transfer.largest_held(),
        })
    }

    /// A plan for exactly `size` bytes: every part but the last of one size.
    ///
    /// # Errors
    /// When that many bytes do not fit into the limits of the run.
    pub fn for_known_size(size: u64, transfer: &Transfer) -> Result<Self> {
        let mut base = transfer.part_size;
        if !transfer.equal_parts {
            base = base.max(size_for(size, transfer.max_parts).min(MAX_PART_SIZE));
        }
        fits(size, base, transfer)?;
        let max_parts = transfer.max_parts;
        Ok(Self {
            base,
            steady: max_parts,
            max_parts,
            ceiling: base,
            largest_held: None,
        })
    }

    /// A plan for a stream that is cut into blocks of `size` bytes, however many there are.
    pub(crate) fn blocks(size: u64) -> Self {
        Self {
            base: size,
            steady: u32::MAX,
            max_parts: u32::MAX,
            ceiling: size,
            largest_held: None,
        }
    }

    /// Size in bytes of part `number`, counted from 1; `None` when there can be no such part.
    pub fn part_size(&self, number: u32) -> Option<u64> {
        if number == 0 || number > self.max_parts {
            return None;
        }
        if number <= self.steady || self.ceiling <= self.base {
            return Some(self.base);
        }
        let grows_over = (self.max_parts / 2).clamp(1, self.max_parts - self.steady);
        let step =
            u64::from(number - self.steady) * u64::from(GROWTH_STEPS) / u64::from(grows_over);
        let step = u32::try_from(step).map_or(GROWTH_STEPS, |step| step.min(GROWTH_STEPS));
        Some(grown(self.base, self.ceiling, step))
    }

    /// Whether it keeps to the limits of S3: one that was read from a file may be anybody's.
    pub(crate) fn is_sound(&self) -> bool {
        let sizes = 1..=MAX_PART_SIZE;
        (1..=MAX_PARTS).contains(&self.max_parts)
            && (1..=self.max_parts).contains(&self.steady)
            && sizes.contains(&self.base)
            && (self.base..=MAX_PART_SIZE).contains(&self.ceiling)
    }

    /// Whether so many bytes fit into parts of the first one's size.
    pub(crate) fn holds(&self, size: u64) -> bool {
        size <= self.base * u64::from(self.max_parts)
    }

    /// Size of the first part: what is no larger goes as one PutObject.
    pub fn first_part_size(&self) -> u64 {
        self.base
    }

    /// The error for a stream that goes on after its last possible part, `read` bytes in.
    pub fn exhausted(&self, read: u64) -> Error {
        let parts = self.max_parts;
        let error = Error::failed(format!(
            "the stream is longer than {parts} parts can hold ({} read so far)",
            ByteSize(read)
        ))
        .ending_upload();
        let twice = read.saturating_mul(2);
        let needed = size_for(twice, parts).max(self.base);
        let fewest = twice.div_ceil(self.largest_held.unwrap_or(MAX_PART_SIZE));
        let error = match raised_max_parts(parts, fewest) {
            Some(raised) => error.hint(format!(
                "use --max-parts {raised}, where the store takes as many"
            )),
            None => error,
        };
        if needed > MAX_PART_SIZE {
            return error;
        }
        let needed_text = typed_size(needed);
        error.hint(match self.largest_held {
            // A guess at the size would ask for parts of that size as well.
            Some(largest) if largest < needed => format!(
                "use --part-size {needed_text} with --max-memory {needed_text} or more, where there \
                 is as much (enough for twice what was read)"
            ),
            _ => format!(
                "use --part-size {needed_text} (enough for twice what was read), or --expected-size \
                 with the size of the stream"
            ),
        })
    }
}

/// What `--max-parts` may be raised to where `parts` of them are too few and `fewest` would do.
fn raised_max_parts(parts: u32, fewest: u64) -> Option<u32> {
    let is_enough = parts < MAX_PARTS && fewest <= u64::from(MAX_PARTS);
    is_enough.then_some(MAX_PARTS)
}

/// Refuses a size that was promised or expected, and that no part size allowed here can carry.
///
/// # Errors
/// A usage error that names the option.
pub(crate) fn check(upload: &UploadConfig) -> Result<()> {
    let transfer = &upload.transfer;
    let Some(bytes) = transfer.expected_size else {
        return Ok(());
    };
    let option = match upload.guards.size {
        Some(_) => "--size",
        None => "--expected-size",
    };
    let named = format!("{option} {}", typed_size(bytes));
    if bytes > LARGEST_OBJECT {
        let why = "an object has at most 48.8 TiB (10000 parts of 5GiB)";
        return Err(Error::usage(named).because(why));
    }
    Plan::for_stream(transfer)
        .map(drop)
        .map_err(|error| error.context(named))
}

/// The size after `step` of `GROWTH_STEPS` steps from `base` to `ceiling`, in whole MiB.
fn grown(base: u64, ceiling: u64, step: u32) -> u64 {
    if step >= GROWTH_STEPS {
        return ceiling;
    }
    // Sizes up to 5 GiB are exact in an f64, and the result is clamped: nothing is lost here.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    let size = {
        let ratio = ceiling as f64 / base as f64;
        (base as f64 * ratio.powf(f64::from(step) / f64::from(GROWTH_STEPS))) as u64
    };
    size.next_multiple_of(MIB).clamp(base, ceiling)
}

/// The largest part that the run's limits allow.
fn ceiling(transfer: &Transfer) -> u64 {
    let held = transfer.largest_held();
    held.map_or(MAX_PART_SIZE, |held| held.min(MAX_PART_SIZE))
}

/// The part size, in whole MiB, at which `size` bytes make at most `parts` parts.
fn size_for(size: u64, parts: u32) -> u64 {
    size.div_ceil(u64::from(parts))
        .next_multiple_of(MIB)
        .max(MIN_PART_SIZE)
}

/// Checks that `size` bytes fit into the most parts of `part_size` bytes.
fn fits(size: u64, part_size: u64, transfer: &Transfer) -> Result<()> {
    let parts = transfer.max_parts;
    if size <= part_size.saturating_mul(u64::from(parts)) {
        return Ok(());
    }
    let needed = size_for(size, parts);
    let held = transfer.largest_held();
    let largest = match transfer.equal_parts {
        true => part_size,
        false => ceiling(transfer),
    };
    let error = Error::usage(format!(
        "{} do not fit into {parts} parts of {}",
        size_in_words(size),
        typed_size(part_size)
    ));
    let error = match raised_max_parts(parts, size.div_ceil(largest)) {
        Some(raised) => error.hint(format!(
            "use --max-parts {raised}, where the store takes as many"
        )),
        None => error,
    };
    Err(if needed > MAX_PART_SIZE {
        error.hint(format!(
            "{parts} parts hold at most {}: send less in one object",
            ByteSize(MAX_PART_SIZE * u64::from(parts))
        ))
    } else if held.is_some_and(|held| held < needed) {
        let part_size = match transfer.equal_parts {
            true => format!("--part-size {} with ", typed_size(needed)),
            false => String::new(),
        };
        error.hint(format!(
            "parts of {0} would do: use {part_size}--max-memory {0} or more, where there is as much",
            typed_size(needed)
        ))
    } else {
        error.hint(format!("use --part-size {}", typed_size(needed)))
    })
}

#[cfg(test)]
mod plan_tests;
