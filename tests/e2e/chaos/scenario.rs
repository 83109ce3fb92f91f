//! What is to happen in one run: all of it follows from the seed.

use super::dice::Dice;
use super::random_faults::{self, Planned};
use super::random_options::Options;
use super::source::Source;
use nix::sys::signal::Signal;
use s3_server::{Door, Op};
use std::fmt;
use std::time::Duration;

/// When something happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// So long after the start.
    Start(Duration),
    /// So long after the head of the n-th call of an operation has arrived.
    Call(Op, usize, Duration),
    /// When so many thousandths of the body of the first PutObject have come.
    Body(u64),
    /// So long after the n-th connection was made.
    Connection(usize, Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The process.
    Alone,
    /// Its group, with COMMAND or the other end of the pipe in it, as Ctrl-C does.
    Group,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Happening {
    Signal(Signal, Target),
    Outage(Door, Duration),
}

/// What the store holds under the key before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Older {
    Nothing,
    /// Another object of the same size.
    SameSize,
    Other,
}

pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) source: Source,
    pub(crate) options: Options,
    pub(crate) older: Older,
    /// Whether somebody else has begun an upload for the key.
    pub(crate) foreign_upload: bool,
    pub(crate) faults: Vec<Planned>,
    /// Requests in a hundred that fail with 429, 500 or 503.
    pub(crate) throttled: u8,
    pub(crate) latency: Duration,
    pub(crate) md5_etags: bool,
    pub(crate) happenings: Vec<(Moment, Happening)>,
}

#[derive(Clone, Copy)]
enum Focus {
    Anything,
    /// The answer to what commits is lost.
    Commit,
    /// The answer to Create is lost.
    Create,
    /// The signal is what ends the producer.
    Pipeline,
    /// A signal at a moment that matters.
    Moment,
    /// A signal while the last bytes of a PutObject leave.
    LastBytes,
    Family,
    Outage,
}

const WRITES: [Op; 5] = [
    Op::PutObject,
    Op::UploadPart,
    Op::CompleteMultipartUpload,
    Op::CreateMultipartUpload,
    Op::AbortMultipartUpload,
];
const READS: [Op; 4] = [
    Op::HeadObject,
    Op::ListParts,
    Op::ListMultipartUploads,
    Op::GetObjectTagging,
];

impl Scenario {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let dice = &mut dice;
        let focus = dice.weighed(&[
            (22, Focus::Anything),
            (18, Focus::Commit),
            (10, Focus::Create),
            (20, Focus::Pipeline),
            (12, Focus::Moment),
            (28, Focus::LastBytes),
            (10, Focus::Family),
            (5, Focus::Outage),
        ]);
        let source = match focus {
            Focus::Pipeline => Source::endless(dice),
            Focus::Family => Source::family(dice),
            Focus::Create => Source::ending(dice, true),
            Focus::LastBytes => Source::one_large_part(dice),
            _ => {
                let several_parts = dice.percent(20);
                Source::ending(dice, several_parts)
            }
        };
        let options = Options::of(dice, &source);
        // Mostly nothing that --no-overwrite would protect: that ends a run at once.
        let nothing = if options.no_overwrite { 15 } else { 3 };
        let older = [
            (nothing, Older::Nothing),
            (3, Older::SameSize),
            (1, Older::Other),
        ];
        let older = dice.weighed(&older);
        let mut scenario = Self {
            seed,
            foreign_upload: dice.percent(15),
            faults: Vec::new(),
            throttled: 0,
            latency: dice.millis(0..12),
            md5_etags: dice.percent(30) || options.is_md5,
            happenings: Vec::new(),
            source,
            options,
            older,
        };
        scenario.trouble(dice, focus);
        scenario.signals(dice, focus);
        if scenario.is_faultless() {
            scenario.options.be_patient();
        }
        scenario
    }

    fn trouble(&mut self, dice: &mut Dice, focus: Focus) {
        let mut count = 0;
        match focus {
            Focus::Anything => count = dice.number(0..4),
            Focus::Commit => {
                let op = if dice.percent(60) {
                    Op::PutObject
                } else {
                    Op::CompleteMultipartUpload
                };
                self.faults.push(random_faults::lost(dice, op));
                self.faults
                    .push(random_faults::lost(dice, Op::CompleteMultipartUpload));
                count = dice.number(0..2);
            }
            Focus::Create => {
                self.faults
                    .push(random_faults::lost(dice, Op::CreateMultipartUpload));
                count = u64::from(dice.percent(25));
            }
            Focus::LastBytes => {}
            Focus::Pipeline | Focus::Moment => count = u64::from(dice.percent(20)),
            Focus::Family => {
                if self.source.is_whole() || dice.percent(30) {
                    count = dice.number(0..3);
                }
            }
            Focus::Outage => {
                let door = dice.among(&[Door::Resets, Door::Refuses]);
                let outage = Happening::Outage(door, dice.millis(20..700));
                let moment = moment(dice);
                self.happenings.push((moment, outage));
                count = u64::from(dice.percent(20));
            }
        }
        for _ in 0..count {
            let ops: &[Op] = if dice.percent(75) { &WRITES } else { &READS };
            self.faults.push(random_faults::planned(dice, ops));
        }
        if dice.percent(8) {
            self.throttled = dice.among(&[10, 30]);
        }
    }

    fn signals(&mut self, dice: &mut Dice, focus: Focus) {
        let signal = dice.among(&[Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
        let first = match focus {
            Focus::Pipeline => {
                let time = Moment::Start(dice.millis(20..160));
                Some((time, Happening::Signal(signal, Target::Group)))
            }
            Focus::LastBytes => {
                let moment = match dice.number(0..10) {
                    0..8 => Moment::Connection(1, dice.millis(0..4)),
                    8..9 => Moment::Call(Op::PutObject, 1, dice.millis(0..2)),
                    _ => Moment::Body(dice.number(1..1000)),
                };
                Some((moment, Happening::Signal(signal, Target::Alone)))
            }
            Focus::Moment => {
                let signal = dice.weighed(&[(9, signal), (1, Signal::SIGKILL)]);
                Some((moment(dice), Happening::Signal(signal, Target::Alone)))
            }
            _ if dice.percent(if self.source.is_endless() { 60 } else { 6 }) => {
                let target = dice.among(&[Target::Alone, Target::Group]);
                let kills = target == Target::Alone && dice.percent(15);
                let signal = if kills { Signal::SIGKILL } else { signal };
                Some((moment(dice), Happening::Signal(signal, target)))
            }
            _ => None,
        };
        let Some(first) = first else {
            return;
        };
        self.happenings.push(first);
        if dice.percent(8) {
            let again = match first.0 {
                Moment::Start(time) => Moment::Start(time + dice.millis(0..60)),
                Moment::Body(share) => Moment::Body(share),
                Moment::Call(op, nth, time) => Moment::Call(op, nth, time + dice.millis(0..60)),
                Moment::Connection(nth, time) => Moment::Connection(nth, time + dice.millis(0..60)),
            };
            self.happenings
                .push((again, Happening::Signal(signal, Target::Alone)));
        }
    }

    /// Whether nothing is done to the requests.
    pub(crate) fn is_faultless(&self) -> bool {
        let outage = |(_, what): &(Moment, Happening)| matches!(what, Happening::Outage(..));
        self.faults.is_empty() && self.throttled == 0 && !self.happenings.iter().any(outage)
    }

    /// Whether an object was there that `--no-overwrite` protects.
    pub(crate) fn is_protected(&self) -> bool {
        self.options.no_overwrite && self.older != Older::Nothing
    }

    /// Whether all may be committed.
    pub(crate) fn is_committable(&self) -> bool {
        self.source.is_whole() && self.options.guards_hold && !self.is_protected()
    }

    /// When a run has hung: more than any sequence of retries and of times for cleaning up takes.
    pub(crate) fn limit(&self) -> Duration {
        let files = match &self.source {
            Source::Many { files, .. } => u32::try_from(files.len()).unwrap_or(1),
            _ => 1,
        };
        // Create, parts, Complete (5 times as patient), Abort, looks.
        let attempt = self.options.stall.min(Duration::from_secs(1)) * 13 + Duration::from_secs(3);
        let usual = attempt * (self.options.retries + 1) * files;
        let usual = self
            .options
            .timeout
            .map_or(usual, |timeout| timeout.min(usual));
        let usual = if self.source.is_endless() {
            Duration::from_secs(1)
        } else {
            usual
        };
        usual + CLEANING
    }
}

/// Time for telling what became of it and for cleaning up, on a busy machine.
pub(crate) const CLEANING: Duration = Duration::from_secs(40);

/// Moments at which something is decided.
fn moment(dice: &mut Dice) -> Moment {
    let soon = dice.millis(0..3);
    let later = dice.millis(0..60);
    let after = dice.among(&[Duration::ZERO, soon, soon, later]);
    match dice.number(0..10) {
        0..2 => Moment::Start(dice.millis(0..200)),
        2..5 => Moment::Connection(dice.among(&[1, 1, 1, 2]), after),
        5..8 => Moment::Call(Op::Any, dice.among(&[1, 1, 2, 3, 4, 5]), after),
        _ => Moment::Call(dice.among(&WRITES), 1, after),
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "source: {:?}", self.source)?;
        write!(
            f,
            "store: older object {:?}, latency {:?}",
            self.older, self.latency
        )?;
        writeln!(
            f,
            ", {} % throttled, foreign upload {}",
            self.throttled, self.foreign_upload
        )?;
        for (op, nth, fault) in &self.faults {
            writeln!(f, "fault: {op:?} {nth:?}: {fault:?}")?;
        }
        for (moment, what) in &self.happenings {
            writeln!(f, "happens: {moment:?}: {what:?}")?;
        }
        Ok(())
    }
}
