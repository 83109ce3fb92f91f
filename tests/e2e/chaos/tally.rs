//! All runs together: findings as they come, and what the runs were like.

use super::judge::Finding;
use super::run::Ended;
use super::scenario::Scenario;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

pub(crate) struct Tally {
    inner: Mutex<Inner>,
    started: Instant,
}

#[derive(Default)]
struct Inner {
    runs: u64,
    ends: BTreeMap<String, u64>,
    findings: BTreeMap<&'static str, Vec<u64>>,
}

impl Default for Tally {
    fn default() -> Self {
        let inner = Mutex::default();
        let started = Instant::now();
        Self { inner, started }
    }
}

impl Tally {
    pub(crate) fn add(&self, scenario: &Scenario, ended: &Ended, findings: &[Finding]) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.runs += 1;
        *inner
            .ends
            .entry(ended.outcome.status.to_string())
            .or_default() += 1;
        for finding in findings {
            inner
                .findings
                .entry(finding.kind)
                .or_default()
                .push(scenario.seed);
        }
        if !findings.is_empty() {
            // Not through the capture of the test: a long run is read while it goes on.
            let _ = std::io::stderr().write_all(report(scenario, ended, findings).as_bytes());
        }
    }

    pub(crate) fn finish(self) {
        let inner = self
            .inner
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let took = self.started.elapsed();
        let mut text = format!("{} runs in {took:.1?}; they ended by:\n", inner.runs);
        for (end, count) in &inner.ends {
            let _ = writeln!(text, "{count:6} {end}");
        }
        for (kind, seeds) in &inner.findings {
            let few = &seeds[..seeds.len().min(12)];
            let _ = writeln!(text, "FOUND {} times: {kind}: seeds {few:?}", seeds.len());
        }
        let _ = std::io::stderr().write_all(text.as_bytes());
        let successes = inner
            .ends
            .iter()
            .filter(|(end, _)| end.ends_with("status: 0"));
        let successes: u64 = successes.map(|(_, count)| count).sum();
        // A program that always fails keeps most promises.
        assert!(
            inner.runs < 50 || successes > inner.runs / 5,
            "too few successes"
        );
        assert!(inner.findings.is_empty(), "{text}");
    }
}

/// All that is known of a run with findings.
fn report(scenario: &Scenario, ended: &Ended, findings: &[Finding]) -> String {
    let mut text = format!("\n==== seed {}\n", scenario.seed);
    for finding in findings {
        let _ = writeln!(text, "FOUND: {}: {}", finding.kind, finding.what);
    }
    let _ = write!(text, "{scenario}{}", ended.outcome);
    for sent in &ended.history.sent {
        let before = ended.at.duration_since(sent.at);
        let (signal, target) = (sent.signal, sent.target);
        let _ = writeln!(text, "sent {signal} ({target:?}) {before:?} before the end");
    }
    for request in &ended.requests {
        let (op, key, part) = (request.op, &request.key, request.part_number);
        let (status, code, got) = (request.status, &request.code, request.body_len);
        let _ = writeln!(
            text,
            "request: {op:?} {key} {part:?}: {got} bytes, answered {status:?} {code:?}"
        );
    }
    for (key, object) in &ended.objects {
        let _ = writeln!(text, "object: {key}: {} bytes", object.size);
    }
    for upload in &ended.pending {
        let _ = writeln!(
            text,
            "upload: {} {}, {} parts",
            upload.key,
            upload.id,
            upload.parts.len()
        );
    }
    text
}
