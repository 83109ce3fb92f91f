//! The judgement of a run. Each of them is certain: what a busy machine or an honest store may
//! bring about is no finding.

use super::run::Ended;
use super::scenario::Scenario;
use super::source::Material;
use super::{judge_ends, judge_uploads};
use nix::sys::signal::Signal;
use std::os::unix::process::ExitStatusExt as _;

/// What is wrong with a run: of a kind, and exactly what.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) kind: &'static str,
    pub(crate) what: String,
}

#[derive(Default)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

impl Findings {
    /// Notes a finding, if it is one.
    pub(crate) fn add(&mut self, is_wrong: bool, kind: &'static str, what: impl Into<String>) {
        if is_wrong {
            let what = what.into();
            self.0.push(Finding { kind, what });
        }
    }
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// What it held before, be it nothing.
    Older,
    /// All of the new one.
    New,
    /// Neither.
    Other(u64),
}

/// What the judges ask for.
pub(crate) struct Case<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) ended: &'a Ended,
    /// Each key.
    pub(crate) holds: Vec<(String, Holds)>,
}

impl Case<'_> {
    pub(crate) fn code(&self) -> Option<i32> {
        self.ended.outcome.status.code()
    }

    pub(crate) fn stderr(&self) -> &str {
        &self.ended.outcome.stderr
    }

    pub(crate) fn error_lines(&self) -> usize {
        let lines = self.stderr().lines();
        lines.filter(|line| line.starts_with("error: ")).count()
    }

    pub(crate) fn says(&self, words: &str) -> bool {
        self.stderr().contains(words)
    }

    /// Whether it says that it does not know what became of something.
    pub(crate) fn says_unknown(&self) -> bool {
        self.says("not known whether")
    }

    /// Keys that hold all of the new object.
    pub(crate) fn stored(&self) -> usize {
        self.holds
            .iter()
            .filter(|(_, it)| *it == Holds::New)
            .count()
    }

    /// Whether SIGKILL, from whomever, ended it: then it could neither clean up nor tell.
    pub(crate) fn was_killed(&self) -> bool {
        self.ended.outcome.status.signal() == Some(Signal::SIGKILL as i32)
    }

    /// Whether it was asked to end at once, without cleaning up.
    pub(crate) fn was_asked_twice(&self) -> bool {
        let asked = self.ended.history.sent.iter();
        asked.filter(|it| it.signal != Signal::SIGKILL).count() > 1
    }
}

pub(crate) fn judge(scenario: &Scenario, ended: &Ended, material: &Material) -> Vec<Finding> {
    let keys = scenario.source.objects(material).into_iter();
    let holds = keys.map(|(key, bytes)| {
        let found = holds(ended, &key, bytes);
        (key, found)
    });
    let case = Case {
        scenario,
        ended,
        holds: holds.collect(),
    };
    let mut findings = Findings::default();
    objects(&case, &mut findings);
    if scenario.source.is_many() {
        many(&case, &mut findings);
    } else {
        one(&case, &mut findings);
    }
    judge_ends::judge(&case, &mut findings);
    judge_uploads::judge(&case, &mut findings);
    let left = &ended.descendants;
    findings.add(
        !left.is_empty(),
        "descendants of COMMAND are left",
        left.join("; "),
    );
    findings.0
}

fn holds(ended: &Ended, key: &str, new: &[u8]) -> Holds {
    let older = ended.older.get(key).map(Vec::as_slice);
    let now = ended.objects.get(key).map(|object| {
        let body = object.body.as_ref().expect("a server that keeps bodies");
        &body[..]
    });
    match now {
        _ if now == older => Holds::Older,
        Some(body) if body == new => Holds::New,
        _ => Holds::Other(now.map_or(0, |body| body.len() as u64)),
    }
}

fn objects(case: &Case<'_>, findings: &mut Findings) {
    for (key, holds) in &case.holds {
        let other = matches!(holds, Holds::Other(_));
        let what = format!("{key}: {holds:?}");
        // An endless stream's bytes are never all of it.
        let partial = *holds == Holds::New && case.scenario.source.is_endless();
        findings.add(partial, "a stream that was cut off is committed", &what);
        let refused = *holds == Holds::New && !partial && !case.scenario.is_committable();
        findings.add(refused, "committed what must not be", &what);
        findings.add(other, "neither the older nor the new object", what);
    }
    let strange: Vec<_> = case
        .ended
        .objects
        .keys()
        .filter(|key| !case.holds.iter().any(|(known, _)| known == *key))
        .collect();
    findings.add(
        !strange.is_empty(),
        "an object under another key",
        format!("{strange:?}"),
    );
}

/// `put`: what is said of the one object.
fn one(case: &Case<'_>, findings: &mut Findings) {
    let is_new = case.stored() == 1;
    let code = case.code();
    findings.add(
        code == Some(0) && !is_new,
        "status 0, and the new object is not there",
        format!("{:?}", case.holds),
    );
    findings.add(
        is_new && case.says("was not stored"),
        "\"was not stored\" of an object that is",
        "",
    );
    findings.add(
        is_new && matches!(code, Some(4 | 5)),
        "status 4 or 5 promises that nothing is committed",
        "",
    );
    findings.add(
        !matches!(code, None | Some(0 | 1 | 4 | 5)),
        "a status that can't be",
        format!("{code:?}"),
    );
    let told = case.says("was not stored")
        || case.says_unknown()
        || case.says("stored, but")
        || case.says("ended by a second");
    findings.add(
        case.error_lines() > 0 && !told,
        "a failure that does not say what became of the object",
        "",
    );
}

/// `put-many`: what is said of all.
fn many(case: &Case<'_>, findings: &mut Findings) {
    let (new, all, code) = (case.stored(), case.holds.len(), case.code());
    let passed_over = |(key, holds): &&(String, Holds)| {
        let is_there = case.ended.older.contains_key(key);
        *holds == Holds::Older && is_there && case.scenario.options.no_overwrite
    };
    let there = new + case.holds.iter().filter(passed_over).count();
    findings.add(
        code == Some(0) && there < all,
        "status 0, and not all files are stored",
        format!("{:?}", case.holds),
    );
    findings.add(
        code == Some(3) && there == 0,
        "status 3, and no file is stored",
        "",
    );
    findings.add(
        code == Some(1) && new > 0 && !case.says_unknown(),
        "status 1, and some files are stored",
        format!("{:?}", case.holds),
    );
    findings.add(
        !matches!(code, None | Some(0 | 1 | 3 | 4)),
        "a status that can't be",
        format!("{code:?}"),
    );
    if let Some((missing, of)) = count_of_missing(case.stderr()) {
        findings.add(
            missing + new > all,
            "more files are stored than it says",
            format!("{missing} of {of} not stored, it says: {:?}", case.holds),
        );
    }
}

/// `3 of 7 files were not stored`.
fn count_of_missing(stderr: &str) -> Option<(usize, usize)> {
    let line = stderr.lines().find(|line| line.starts_with("error: "))?;
    let (before, _) = line.split_once(" files were not stored")?;
    let mut words = before.rsplit(' ');
    let of = words.next()?.parse().ok()?;
    let missing = words.nth(1)?.parse().ok()?;
    Some((missing, of))
}

#[test]
fn the_count_of_missing_files_is_read_from_the_last_line() {
    let line = |text: &str| count_of_missing(&format!("failed: a: b\nerror: {text}\nhint: c\n"));
    assert_eq!(line("3 of 7 files were not stored"), Some((3, 7)));
    let behind = "ended by SIGTERM: 12 of 20 files were not stored";
    assert_eq!(line(behind), Some((12, 20)));
    assert_eq!(line("s3://bucket/key was not stored: 3 of 7"), None);
}
