//! The signals that end a run: SIGINT, SIGTERM and SIGHUP, but for those that the parent asked to
//! have ignored, as nohup does with SIGHUP and a shell with SIGINT for what it runs in the background.
//!
//! They are blocked in every thread and wait in a queue of the kernel's. Nobody has to be scheduled
//! before one is known: whoever is about to commit looks into the queue itself.

pub(crate) mod commit_switch;
pub(crate) mod interrupt;
pub(crate) mod unfinished;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;
use signal_hook::flag::register_usize;
use std::future::Future;
use std::io;
use std::os::fd::AsFd as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use tracing::subscriber::{NoSubscriber, with_default};

/// The signals that end a run.
const SIGNALS: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// What `hold` changed, for those who have to undo it for a while.
static HELD: OnceLock<Held> = OnceLock::new();
/// Held while a signal is taken from the queue, and while a thread lets signals through: what it
/// catches is back in the queue before anybody looks.
static TAKING: Mutex<()> = Mutex::new(());
/// The signal that a thread caught while it let signals through; 0 for none.
static CAUGHT: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

#[derive(Debug)]
struct Held {
    /// The mask that the program was given.
    given: SigSet,
    signals: SigSet,
}

/// Where signals wait.
#[derive(Debug)]
pub(crate) struct Queue(SignalFd);

/// Blocks the signals that end a run, in this thread and all that it starts from now on.
///
/// # Errors
/// When the system refuses.
pub(crate) fn hold() -> io::Result<Queue> {
    let ignored = ignored();
    let mut signals = SigSet::empty();
    for signal in SIGNALS {
        if ignored & (1 << (signal as i32 - 1)) == 0 {
            signals.add(signal);
            // Blocked, a signal needs no handler, but `as_given` lets it through.
            register_usize(signal as i32, Arc::clone(&CAUGHT), signal as usize)?;
        }
    }
    let given = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    HELD.get_or_init(|| Held { given, signals });
    let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
    Ok(Queue(SignalFd::with_flags(&signals, flags)?))
}

impl Queue {
    /// Takes the next signal that has come, if there is one, and hands it to `record` before anybody
    /// else can look.
    pub(crate) fn take(&self, record: impl FnOnce(Signal)) -> bool {
        let _taking = lock();
        let next = self.0.read_signal().ok().flatten();
        let signal = next.and_then(|it| Signal::try_from(i32::try_from(it.ssi_signo).ok()?).ok());
        signal.map(record).is_some()
    }

    /// Blocks until a signal has come. One that somebody else takes meanwhile goes by unseen.
    pub(crate) fn wait(&self) {
        while let Err(Errno::EINTR) = poll(
            &mut [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)],
            PollTimeout::NONE,
        ) {}
    }
}

/// Blocks the signals in a thread that has just begun: it may have been started by one that let them
/// through.
pub(crate) fn hold_here() {
    if let Some(held) = HELD.get() {
        let _ = held.signals.thread_block();
        held.put_back();
    }
}

/// Does `work` with the signal mask that the program was given, so that the processes that it starts
/// begin with it: Rust's `Command` hands on the mask of the thread.
pub(crate) fn as_given<T>(work: impl FnOnce() -> T) -> T {
    let Some(held) = HELD.get() else {
        return work();
    };
    let _taking = lock();
    let _blocked = Blocked::lift(held);
    work()
}

/// The same for what is done in steps. Nothing of it is logged: a standard error that nobody reads would
/// hold up the signals.
pub(crate) async fn as_given_throughout<F: Future>(work: F) -> F::Output {
    AsGiven(Box::pin(work)).await
}

struct AsGiven<F>(Pin<Box<F>>);

impl<F: Future> Future for AsGiven<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let silent = NoSubscriber::default();
        with_default(silent, || as_given(|| self.0.as_mut().poll(cx)))
    }
}

/// The mask of this thread is the one that was given, until this is dropped.
struct Blocked<'a> {
    held: &'a Held,
    before: Option<SigSet>,
}

impl<'a> Blocked<'a> {
    fn lift(held: &'a Held) -> Self {
        let before = held.given.thread_swap_mask(SigmaskHow::SIG_SETMASK).ok();
        Self { held, before }
    }
}

impl Drop for Blocked<'_> {
    fn drop(&mut self) {
        let Some(before) = self.before else { return };
        let _ = before.thread_set_mask();
        self.held.put_back();
    }
}

impl Held {
    /// Puts what was caught back to where everybody looks.
    fn put_back(&self) {
        let caught = CAUGHT.swap(0, SeqCst);
        let mut signals = self.signals.iter();
        if let Some(signal) = signals.find(|&it| it as usize == caught) {
            let _ = kill(Pid::this(), signal);
        }
    }
}

fn lock() -> MutexGuard<'static, ()> {
    TAKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the process by the signal's default action, so that the shell sees what happened.
pub(crate) fn end_by(number: i32) -> ! {
    // The kernel spares the first process of a container every default action.
    if Pid::this() != Pid::from_raw(1) {
        let _ = signal_hook::low_level::emulate_default_handler(number);
    }
    std::process::exit(128 + number)
}

/// The signals that are ignored, a bit each. Where /proc is not there, none is known to be.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|it| it.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// A queue that no signal comes to.
#[cfg(test)]
pub(crate) fn no_signals() -> Queue {
    let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
    Queue(SignalFd::with_flags(&SigSet::empty(), flags).unwrap())
}
