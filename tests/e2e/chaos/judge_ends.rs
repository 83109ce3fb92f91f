//! How a run ended: when, by what, and what it said last.

use super::judge::{Case, Findings, Holds};
use super::scenario::{CLEANING, Target};
use nix::sys::signal::Signal;
use std::os::unix::process::ExitStatusExt as _;

pub(crate) fn judge(case: &Case<'_>, findings: &mut Findings) {
    in_time(case, findings);
    last_words(case, findings);
    by_signal(case, findings);
    without_faults(case, findings);
}

fn in_time(case: &Case<'_>, findings: &mut Findings) {
    let history = &case.ended.history;
    let took = case.ended.outcome.took;
    findings.add(history.hung, "it hangs", format!("{took:?}"));
    if let Some(first) = history.sent.first() {
        let after = case.ended.at.duration_since(first.at);
        findings.add(
            !history.hung && after > CLEANING,
            "it ends long after its signal",
            format!("{after:?}"),
        );
    }
}

fn last_words(case: &Case<'_>, findings: &mut Findings) {
    let panics = case.says("panicked") || case.says("RUST_BACKTRACE");
    findings.add(panics, "a panic", "");
    if case.was_killed() {
        return;
    }
    let errors = case.error_lines();
    let status = case.ended.outcome.status;
    if status.success() {
        findings.add(errors > 0, "an error line of a success", "");
        return;
    }
    let told = match status.code() {
        Some(_) => errors == 1,
        // A signal may come before anybody listens, or once all is done.
        None if case.ended.requests.is_empty() || case.stored() > 0 => errors <= 1,
        None => errors == 1,
    };
    // The first may have told its own before the second came.
    let told = told || (case.was_asked_twice() && errors <= 2);
    findings.add(
        !told,
        "not one error line of a failure",
        format!("{errors}"),
    );
}

/// A signal that was sent explains the end; one that was not does not.
fn by_signal(case: &Case<'_>, findings: &mut Findings) {
    let sent = &case.ended.history.sent;
    if let Some(number) = case.ended.outcome.status.signal() {
        let known = sent.iter().any(|it| it.signal as i32 == number);
        findings.add(
            !known,
            "a signal ended it that nobody sent",
            format!("{number}"),
        );
    }
    let (scenario, code) = (case.scenario, case.code());
    // Guards and objects that are there already may end a stream before the signal does.
    if scenario.source.is_endless() && scenario.options.guards_hold && !scenario.is_protected() {
        findings.add(
            matches!(code, Some(0 | 4 | 5)),
            "the signal that ended the producer is told as something else",
            format!("{code:?}"),
        );
    }
}

/// Where nothing is done to the requests, all follows from the options and the signals.
fn without_faults(case: &Case<'_>, findings: &mut Findings) {
    let scenario = case.scenario;
    if !scenario.is_faultless() || case.was_killed() {
        return;
    }
    let status = case.ended.outcome.status;
    let sent = &case.ended.history.sent;
    let usual = match status.code() {
        Some(0) => true,
        Some(4 | 5) => !scenario.is_committable(),
        _ => false,
    };
    let by_signal = sent
        .iter()
        .any(|it| Some(it.signal as i32) == status.signal());
    let what = || format!("{status}, signals {sent:?}");
    if sent.is_empty() {
        findings.add(!usual, "a failure without a reason", what());
        return;
    }
    findings.add(
        !usual && !by_signal,
        "neither its signal's end nor its own",
        what(),
    );
    let stored = case.holds.iter().all(|(_, holds)| *holds == Holds::New);
    let one = !scenario.source.is_many() && !case.was_asked_twice();
    let untold = one && by_signal && stored && !case.says_unknown() && case.error_lines() > 0;
    findings.add(
        untold,
        "ended by a signal, the object stored, and that not said",
        what(),
    );
    let group = sent
        .iter()
        .any(|it| it.target == Target::Group && it.signal != Signal::SIGKILL);
    let endless =
        scenario.source.is_endless() && scenario.options.guards_hold && !scenario.is_protected();
    findings.add(
        group && endless && !by_signal,
        "a signal to the whole pipeline is not its end",
        what(),
    );
}
