//! What ends a run from outside: a signal, or the time that it was given.
//!
//! The first signal asks the upload to stop and clean up; the second ends the process at once.

use crate::descendants;
use crate::error::{Error, Kind, Result};
use crate::log::last_lines;
use crate::signals::unfinished::{self, State, Unfinished, last_words};
use crate::signals::{Queue, end_by};
use crate::threads::start_thread;
use nix::sys::signal::Signal;
use std::collections::BTreeMap;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::Builder;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Signals reach a producer before us, or us before it, when somebody sends one after the other:
/// time after the end of its output in which one still counts as its cause.
pub(crate) const AFTER_END: Duration = Duration::from_millis(10);
/// Time for the last words of a process that ends at once: nobody may be reading them.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Tells, once, why a run has to end; clones tell the same.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    reason: watch::Receiver<Option<Error>>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    queue: Queue,
    sender: watch::Sender<Option<Error>>,
    unfinished: Mutex<BTreeMap<u64, Unfinished>>,
    next: AtomicU64,
}

/// Whether somebody says how the run ended: one does, and ends it.
static ENDED: AtomicBool = AtomicBool::new(false);

/// Takes it upon the caller to say how the run ended, and to end it. Where somebody else does so
/// already, this never returns.
pub(crate) fn end() {
    while ENDED.swap(true, SeqCst) {
        std::thread::park();
    }
}

impl Interrupt {
    /// Listens for the signals of `queue` from now on, and for the end of `timeout`.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn listen(queue: Queue, timeout: Option<Duration>) -> Result<Self> {
        let (sender, reason) = watch::channel(None);
        let shared = Arc::new(Shared {
            queue,
            sender,
            unfinished: Mutex::default(),
            next: AtomicU64::default(),
        });
        let listening = Arc::clone(&shared);
        // A thread of its own: all others may be held up by a standard error that nobody reads.
        let builder = Builder::new().name("signals".to_owned());
        start_thread(builder.stack_size(128 << 10), move || {
            loop {
                listening.queue.wait();
                listening.take_signals();
            }
        })?;
        let this = Self { reason, shared };
        if let Some(timeout) = timeout {
            let this = this.clone();
            tokio::spawn(async move {
                tokio::time::sleep(timeout).await;
                let text = humantime::format_duration(timeout);
                this.stop(Error::failed(format!("not done within --timeout {text}")));
            });
        }
        Ok(this)
    }

    /// Waits for the reason to end.
    pub(crate) async fn wait(&self) -> Error {
        let mut reason = self.reason.clone();
        let found = reason.wait_for(Option::is_some).await;
        let found = found.ok().and_then(|reason| reason.clone());
        found.unwrap_or_else(|| Error::failed("stopped"))
    }

    /// Does `work`, unless there is a reason to end before it is done.
    ///
    /// # Errors
    /// That reason, or the error of `work`.
    pub(crate) async fn unless<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.check_noted()?;
        tokio::select! {
            biased;
            // First: what is done at once need not listen for a reason.
            done = work => done,
            reason = self.wait() => Err(reason),
        }
    }

    /// Whether the run may go on, by all that the system knows at this moment.
    ///
    /// # Errors
    /// The reason to end.
    pub(crate) fn check(&self) -> Result<()> {
        self.shared.take_signals();
        self.check_noted()
    }

    /// The same by what was told so far.
    fn check_noted(&self) -> Result<()> {
        match &*self.shared.sender.borrow() {
            Some(reason) => Err(reason.clone()),
            None => Ok(()),
        }
    }

    /// The same, but not before a signal that ended the producer of a stream has had `time` to
    /// arrive here since `ended`, the end of the stream.
    ///
    /// # Errors
    /// The reason to end.
    pub(crate) async fn check_after(&self, ended: Option<Instant>, time: Duration) -> Result<()> {
        if let Some(ended) = ended {
            let rest = time.saturating_sub(ended.elapsed());
            let waited = async {
                tokio::time::sleep(rest).await;
                Ok(())
            };
            self.unless(waited).await?;
        }
        self.check()
    }

    /// The failure, or the signal that explains it: whatever else went wrong, a signal that has come
    /// is why the run ends. A stream that ended too soon, or a command that failed, may have been hit
    /// by one that is still on its way to us.
    pub(crate) async fn explain(&self, error: Error) -> Error {
        let of_source = matches!(error.kind, Kind::Guard | Kind::Command);
        if of_source {
            // There may be another reason already: the failure of the command itself.
            let mut reason = self.reason.clone();
            let signal = reason.wait_for(|it| it.as_ref().is_some_and(is_signal));
            let _ = tokio::time::timeout(AFTER_END, signal).await;
        }
        match self.check() {
            Err(reason) if of_source && is_signal(&reason) => reason,
            Err(reason) => overruled(error, &reason),
            Ok(()) => error,
        }
    }

    /// The failure, which ends the run as a signal does if one has come.
    pub(crate) fn overrule(&self, error: Error) -> Error {
        match self.check() {
            Ok(()) => error,
            Err(reason) => overruled(error, &reason),
        }
    }

    /// Ends the run from inside, unless it is ending already.
    pub(crate) fn stop(&self, why: Error) {
        self.shared.sender.send_if_modified(|reason| {
            let first = reason.is_none();
            if first {
                *reason = Some(why);
            }
            first
        });
    }

    /// Says what would be unfinished if the process ended at once, until what this gives is dropped.
    pub(crate) fn unfinished(&self, what: Unfinished) -> UnfinishedGuard {
        let number = self.shared.next.fetch_add(1, Relaxed);
        lock(&self.shared.unfinished).insert(number, what);
        UnfinishedGuard {
            number,
            shared: Arc::clone(&self.shared),
        }
    }
}

/// An upload that would be left unfinished.
#[derive(Debug)]
pub(crate) struct UnfinishedGuard {
    number: u64,
    shared: Arc<Shared>,
}

impl UnfinishedGuard {
    /// From now on the store may be making the object.
    pub(crate) fn committing(&self) {
        if let Some(it) = lock(&self.shared.unfinished).get_mut(&self.number) {
            it.state = State::Committing;
        }
    }
}

impl Drop for UnfinishedGuard {
    fn drop(&mut self) {
        let it = lock(&self.shared.unfinished).remove(&self.number);
        if let Some(it) = it
            && std::thread::panicking()
        {
            unfinished::abandon(it);
        }
    }
}

impl Shared {
    /// Takes note of all signals that have come.
    fn take_signals(&self) {
        while self.queue.take(|signal| self.record(signal)) {}
    }

    fn record(&self, signal: Signal) {
        let first = self.sender.send_if_modified(|reason| {
            let first = !reason.as_ref().is_some_and(is_signal);
            if first {
                *reason = Some(by_signal(signal));
            }
            first
        });
        if !first {
            self.end_at_once(signal);
        }
    }

    fn end_at_once(&self, signal: Signal) {
        descendants::kill_all();
        if ENDED.swap(true, SeqCst) {
            // The run is over and says so, if anybody reads it.
            std::thread::sleep(LAST_WORDS);
            end_by(signal as i32);
        }
        let text = last_words(signal, lock(&self.unfinished).values());
        let text = Arc::new(text);
        let (said, done) = mpsc::channel();
        // Standard error may be a pipe that is full, or held by one who waits for that.
        let words = Arc::clone(&text);
        let saying = start_thread(Builder::new(), move || {
            last_lines(&words);
            let _ = said.send(());
        });
        match saying {
            Ok(_) => drop(done.recv_timeout(LAST_WORDS)),
            // What is left behind is told all the same.
            Err(_) => last_lines(&text),
        }
        end_by(signal as i32);
    }
}

fn is_signal(reason: &Error) -> bool {
    reason.kind.signal().is_some()
}

fn overruled(error: Error, reason: &Error) -> Error {
    match (reason.kind.signal(), error.kind) {
        // What is stored is stored, whatever comes later.
        (_, Kind::NotAsAsked) | (None, _) => error,
        (Some(_), kind) if kind.signal().is_some() => error,
        (Some(number), _) => error.ended_by(number, reason.to_string()),
    }
}

fn by_signal(signal: Signal) -> Error {
    Error::new(Kind::Signal(signal as i32), format!("ended by {signal}"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
