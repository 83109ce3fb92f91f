//! Chaos: random sources, options, faults, outages and signals against one promise. The object is
//! the older one or all of the new one, what is said of it is so, and nothing is left unnamed.
//!
//! `cargo test --release --test e2e chaos -- --ignored` is the long form. A finding prints its seed;
//! `S3STREAM_CHAOS_SEED=… S3STREAM_CHAOS_RUNS=1` runs that one again: the same command line and the
//! same faults, though not the same microseconds.

mod aim;
mod dice;
mod judge;
mod judge_ends;
mod judge_uploads;
mod marked;
mod random_faults;
mod random_options;
mod run;
mod scenario;
mod server_plays;
mod source;
mod tally;

use scenario::Scenario;
use source::Material;
use std::sync::atomic::{AtomicU64, Ordering};
use tally::Tally;

/// Runs of the short form.
const FEW: u64 = 60;
/// Runs of the long form.
const MANY: u64 = 10_000;
/// Runs at a time: they mostly wait.
const AT_ONCE: u64 = 8;

#[test]
fn a_few_runs_keep_the_promise() {
    trial(FEW);
}

#[test]
#[ignore = "10,000 runs, 20 minutes"]
fn runs_keep_the_promise() {
    trial(MANY);
}

fn trial(runs: u64) {
    let first = number("S3STREAM_CHAOS_SEED").unwrap_or(1);
    let runs = number("S3STREAM_CHAOS_RUNS").unwrap_or(runs);
    let at_once = number("S3STREAM_CHAOS_JOBS").unwrap_or(AT_ONCE).max(1);
    let material = Material::new();
    let next = AtomicU64::new(first);
    let tally = Tally::default();
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(runs) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed - first >= runs {
                        return;
                    }
                    let scenario = Scenario::of(seed);
                    let ended = run::carry_out(&scenario, &material);
                    let findings = judge::judge(&scenario, &ended, &material);
                    tally.add(&scenario, &ended, &findings);
                }
            });
        }
    });
    tally.finish();
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text}: not a number")),
    )
}
