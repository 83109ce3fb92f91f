//! Faults, hooks and holds: which call they are for, and what they do to it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::log::Request;
use crate::route::Op;

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Reads the body, then answers with an error.
    Status {
        /// The HTTP status.
        status: u16,
        /// The S3 code.
        code: String,
        /// Further headers.
        headers: Vec<(String, String)>,
    },
    /// Reads half of the body, answers with an error and closes.
    StatusEarly {
        /// The HTTP status.
        status: u16,
        /// The S3 code.
        code: String,
        /// Further headers.
        headers: Vec<(String, String)>,
    },
    /// Sends RST after that many bytes of the body.
    ResetMidBody(u64),
    /// Sends FIN after that many bytes of the body.
    CloseMidBody(u64),
    /// Reads nothing of the body and holds the connection open.
    NeverRead,
    /// Reads all, does nothing, answers nothing.
    NeverAnswer,
    /// Reads all, does it, answers nothing.
    ActThenNeverAnswer,
    /// Does it, then sends RST in place of the answer.
    ActThenReset,
    /// For Complete: does it, loses the answer; a further Complete says NoSuchUpload.
    ActThenForgetUpload,
    /// Does it or not, then answers something of another's: a gateway's page, a bare status, nonsense.
    Instead {
        /// Whether the request is carried out.
        act: bool,
        /// The HTTP status.
        status: u16,
        /// The body; empty for none.
        body: String,
    },
    /// Does nothing, answers 200 with whitespace and an error in the body.
    OkWithErrorBody {
        /// The S3 code.
        code: String,
    },
    /// Does it, sends the head of the answer and so many bytes of its body, then RST.
    CutAnswer(usize),
    /// The same, and then nothing more.
    StalledAnswer(usize),
    /// Does it, answers with another first byte of the body.
    OtherFirstByte,
    /// Does it, leaves the ETag out of the answer.
    NoEtag,
    /// Does it, answers with an empty ETag.
    EmptyEtag,
    /// Does it, answers with a wrong checksum, where it answers with one.
    WrongChecksum,
    /// Does it, answers with another text in the first XML element of that name; `None` leaves it out.
    Rewritten {
        /// The element.
        element: &'static str,
        /// What it says.
        text: Option<String>,
    },
    /// Does it, answers with the objects of a list the other way round.
    Reversed,
    /// Waits, then goes on as usual.
    Delay(Duration),
    /// Answers like a gateway that has waited long enough, or sends RST; does it that much later.
    Late {
        /// The HTTP status; `None` for RST.
        status: Option<u16>,
        /// When it is carried out.
        after: Duration,
    },
    /// Does it or not, answers bytes that are not HTTP, or no whole answer, and closes.
    Garbled {
        /// Whether the request is carried out.
        act: bool,
        /// What is sent.
        bytes: String,
    },
    /// Does it, answers a few bytes at a time with that pause in between; blanks go before XML.
    Dripped(Duration),
    /// Forgets the upload that the request names, then goes on as usual.
    ForgetUpload,
}

impl Fault {
    /// An error answer without further headers.
    pub fn status(status: u16, code: &str) -> Self {
        let code = code.to_owned();
        let headers = Vec::new();
        Self::Status {
            status,
            code,
            headers,
        }
    }

    /// An error answer in the middle of the body.
    pub fn status_early(status: u16, code: &str) -> Self {
        let code = code.to_owned();
        let headers = Vec::new();
        Self::StatusEarly {
            status,
            code,
            headers,
        }
    }

    /// A status without S3's code, the request carried out or not.
    pub fn bare(act: bool, status: u16) -> Self {
        let body = String::new();
        Self::Instead { act, status, body }
    }

    /// 503 SlowDown.
    pub fn slow_down() -> Self {
        Self::status(503, "SlowDown")
    }

    /// 500 InternalError.
    pub fn internal_error() -> Self {
        Self::status(500, "InternalError")
    }
}

/// Which calls of an operation; calls are counted from 1, from the time the rule is made.
#[derive(Clone, Debug)]
pub enum Nth {
    /// That one.
    Call(usize),
    /// That one and all after it.
    From(usize),
    /// Each call whose number it divides.
    Every(usize),
    /// The first call for that part number.
    Part(u32),
    /// Each call for that part number.
    PartAlways(u32),
    /// Each call for that key.
    Key(String),
    /// Each call over the first so many connections.
    Connections(usize),
}

type Hook = Arc<dyn Fn(&Request) + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Effect {
    Fail(Fault),
    Hook(Hook),
    /// Once so many thousandths of the body have been read.
    Midway(u64, Hook),
    Hold(Arc<HoldState>),
}

struct Rule {
    op: Op,
    nth: Nth,
    effect: Effect,
    /// Calls of the operation so far.
    calls: usize,
    /// Whether a call that it is for has come.
    matched: bool,
    /// Whether it had its effect: of several faults for one call only the first has.
    used: bool,
    /// Whether it was taken back.
    over: bool,
}

impl Rule {
    fn is_fault(&self) -> bool {
        matches!(self.effect, Effect::Fail(_))
    }

    fn matches(&mut self, request: &Request) -> bool {
        if self.over || !self.op.matches(request.op) {
            return false;
        }
        self.calls += 1;
        let matches = match &self.nth {
            Nth::Call(number) => self.calls == *number,
            Nth::From(number) => self.calls >= *number,
            Nth::Every(number) => self.calls.is_multiple_of((*number).max(1)),
            Nth::Part(number) => !self.matched && request.part_number == Some(*number),
            Nth::PartAlways(number) => request.part_number == Some(*number),
            Nth::Key(key) => request.key == *key,
            Nth::Connections(count) => request.connection <= *count,
        };
        self.matched |= matches;
        matches
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { op, nth, calls, .. } = self;
        match &self.effect {
            Effect::Fail(fault) => write!(f, "{fault:?}")?,
            Effect::Hook(_) | Effect::Midway(..) => f.write_str("a hook")?,
            Effect::Hold(_) => f.write_str("a hold")?,
        }
        write!(f, " for {op:?} {nth:?}, of which {calls} came")
    }
}

/// The rules in the order made.
#[derive(Default)]
pub(crate) struct Rules(Mutex<Vec<Rule>>);

impl Rules {
    fn lock(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, op: Op, nth: Nth, effect: Effect) {
        self.lock().push(Rule {
            op,
            nth,
            effect,
            calls: 0,
            matched: false,
            used: false,
            over: false,
        });
    }

    pub(crate) fn clear(&self) {
        self.lock().iter_mut().for_each(|rule| rule.over = true);
    }

    /// Counts a call and tells what happens to it; of several faults the first made is the one.
    pub(crate) fn arrive(&self, request: &Request) -> Fired {
        let mut fired = Fired::default();
        for rule in self.lock().iter_mut() {
            if !rule.matches(request) || (rule.is_fault() && fired.fault.is_some()) {
                continue;
            }
            rule.used = true;
            match rule.effect.clone() {
                Effect::Fail(fault) => fired.fault = Some(fault),
                Effect::Hook(hook) => fired.hooks.push(hook),
                Effect::Midway(share, hook) => fired.midway.push((share, hook)),
                Effect::Hold(hold) => fired.holds.push(hold),
            }
        }
        fired
    }

    /// Those that had no effect, a line each.
    pub(crate) fn unused(&self) -> Vec<String> {
        let rules = self.lock();
        let unused = rules.iter().filter(|rule| !rule.used);
        unused.map(Rule::to_string).collect()
    }
}

/// What happens to one call.
#[derive(Default)]
pub(crate) struct Fired {
    pub(crate) fault: Option<Fault>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) midway: Vec<(u64, Hook)>,
    pub(crate) holds: Vec<Arc<HoldState>>,
}

impl Fired {
    /// Calls what was to be called by the time that so much of the body is read.
    pub(crate) fn read(&mut self, request: &Request, length: u64) {
        let is_due = |share: u64| request.body_len * 1000 >= length * share;
        self.midway.retain(|(share, hook)| {
            let due = is_due(*share);
            if due {
                hook(request);
            }
            !due
        });
    }
}

/// The two sides' common part of a hold.
pub(crate) struct HoldState {
    reached: Mutex<bool>,
    arrived: Condvar,
    released: watch::Sender<bool>,
}

impl HoldState {
    /// Tells the test that the call is here, and waits for its release.
    pub(crate) async fn wait(&self) {
        *self.reached.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.arrived.notify_all();
        // The sender lives in `self`: it cannot be gone.
        let _ = self.released.subscribe().wait_for(|done| *done).await;
    }
}

/// A call that waits, body read and nothing done, until this is released or dropped.
pub struct Hold(Arc<HoldState>);

impl Hold {
    pub(crate) fn new() -> (Self, Arc<HoldState>) {
        let state = Arc::new(HoldState {
            reached: Mutex::new(false),
            arrived: Condvar::new(),
            released: watch::Sender::new(false),
        });
        (Self(Arc::clone(&state)), state)
    }

    /// Blocks until the call has come; false when it did not in that time.
    pub fn reached(&self, timeout: Duration) -> bool {
        let reached = &self.0.reached;
        let lock = reached.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = self.0.arrived.wait_timeout_while(lock, timeout, |r| !*r);
        *wait.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Lets the call go on.
    pub fn release(&self) {
        self.0.released.send_replace(true);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.release();
    }
}
