//! What is left in the store, and whether it is named.

use super::judge::{Case, Findings, Holds};
use s3_server::{Op, PendingUpload};

pub(crate) fn judge(case: &Case<'_>, findings: &mut Findings) {
    let ended = case.ended;
    if let Some(foreign) = &ended.foreign {
        let is_there = ended.pending.iter().any(|it| it.id == *foreign);
        findings.add(!is_there, "an upload of somebody else's is gone", foreign);
    }
    if case.was_killed() {
        return;
    }
    let ours = |it: &&PendingUpload| ended.foreign.as_ref() != Some(&it.id);
    for upload in ended.pending.iter().filter(ours) {
        if !case.says(&upload.id) {
            unnamed(case, upload, findings);
        }
    }
    if !case.scenario.source.is_many() {
        still_there(case, findings);
    }
}

/// An upload that nobody named: only one whose id could not be known may be.
fn unnamed(case: &Case<'_>, upload: &PendingUpload, findings: &mut Findings) {
    let what = format!(
        "{} of {} with {} parts",
        upload.id,
        upload.key,
        upload.parts.len()
    );
    if !upload.parts.is_empty() {
        findings.add(true, "an upload with parts is left and not named", what);
        return;
    }
    let looks = case.ended.requests.iter();
    let looks = looks.filter(|it| it.op == Op::ListMultipartUploads);
    let looks: Vec<_> = case
        .ended
        .looks
        .iter()
        .zip(looks.map(|it| it.status))
        .collect();
    // Whoever is asked to end at once has no time to look.
    if case.was_asked_twice() {
        return;
    }
    let seen = looks
        .iter()
        .any(|(at, status)| **at > upload.initiated && *status == Some(200));
    if seen {
        findings.add(true, "an upload was looked at, is left and not named", what);
        return;
    }
    // Begun after the last look, which could not see it.
    if looks.iter().any(|(_, status)| *status == Some(200)) {
        return;
    }
    let hinted = case.says("uploads list") || case.says("may have begun");
    let was_cut = !case.ended.history.sent.is_empty() || case.scenario.options.timeout.is_some();
    let kind = match (looks.is_empty(), was_cut) {
        (true, false) => "an upload is left, not named and not looked for",
        (true, true) if !hinted => "interrupted: an upload is left, and no word of it",
        (false, _) if !hinted => "the look for uploads failed: one is left, and no word of it",
        _ => return,
    };
    findings.add(true, kind, what);
}

/// "Left behind" is said of what has become the object.
fn still_there(case: &Case<'_>, findings: &mut Findings) {
    let ours = |it: &&PendingUpload| case.ended.foreign.as_ref() != Some(&it.id);
    let none = case.ended.pending.iter().filter(ours).count() == 0;
    let stored = case.holds.iter().all(|(_, holds)| *holds == Holds::New);
    findings.add(
        none && stored && case.says("left behind") && !case.says_unknown(),
        "\"left behind\" of an upload that is the object",
        "",
    );
}
