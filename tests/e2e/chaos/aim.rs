//! Makes things happen to a run at their moments, and remembers which did.

use super::scenario::{Happening, Target};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use s3_server::{Door, DoorState};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A signal that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) signal: Signal,
    pub(crate) target: Target,
    pub(crate) at: Instant,
}

#[derive(Clone, Copy, Debug)]
enum Due {
    Happening(Happening),
    /// Ends a stream that nothing has ended yet.
    EndOfEndless,
    Opens,
    Hung,
}

/// The process and the leader of its group, for as long as they are there to be signalled.
type Process = Mutex<Option<(Pid, Pid)>>;

pub(crate) struct Aim {
    process: Arc<Process>,
    queue: mpsc::Sender<Option<(Instant, Due)>>,
    thread: std::thread::JoinHandle<History>,
}

/// What happened to a run.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) sent: Vec<Sent>,
    pub(crate) hung: bool,
}

/// Makes one thing happen, whenever it is called.
pub(crate) struct Trigger {
    queue: mpsc::Sender<Option<(Instant, Due)>>,
    after: Duration,
    what: Happening,
}

impl Trigger {
    pub(crate) fn pull(&self) {
        let due = (Instant::now() + self.after, Due::Happening(self.what));
        // Nobody listens when the run has ended.
        let _ = self.queue.send(Some(due));
    }
}

impl Aim {
    pub(crate) fn new(door: Arc<DoorState>) -> Self {
        let process: Arc<Process> = Arc::default();
        let (queue, arrivals) = mpsc::channel();
        let target = Arc::clone(&process);
        let thread = std::thread::spawn(move || watch(&target, &door, &arrivals));
        Self {
            process,
            queue,
            thread,
        }
    }

    pub(crate) fn trigger(&self, after: Duration, what: Happening) -> Trigger {
        let queue = self.queue.clone();
        Trigger { queue, after, what }
    }

    /// From now on there is a process.
    pub(crate) fn at(&self, process: Pid, group: Pid) {
        *lock(&self.process) = Some((process, group));
    }

    pub(crate) fn ends_endless_after(&self, time: Duration) {
        self.later(time, Due::EndOfEndless);
    }

    pub(crate) fn hangs_after(&self, time: Duration) {
        self.later(time, Due::Hung);
    }

    fn later(&self, time: Duration, due: Due) {
        let _ = self.queue.send(Some((Instant::now() + time, due)));
    }

    /// The process has ended.
    pub(crate) fn finish(self) -> History {
        *lock(&self.process) = None;
        let _ = self.queue.send(None);
        self.thread.join().unwrap()
    }
}

fn lock(process: &Process) -> std::sync::MutexGuard<'_, Option<(Pid, Pid)>> {
    process.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch(
    process: &Process,
    door: &DoorState,
    arrivals: &mpsc::Receiver<Option<(Instant, Due)>>,
) -> History {
    let mut history = History::default();
    let mut dues: Vec<(Instant, Due)> = Vec::new();
    loop {
        dues.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let next = dues.last().map(|(at, _)| *at);
        let wait = next.map_or(Duration::from_secs(3600), |at| {
            at.saturating_duration_since(Instant::now())
        });
        match arrivals.recv_timeout(wait) {
            Ok(Some(due)) => dues.push(due),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => return history,
            Err(RecvTimeoutError::Timeout) => {
                if let Some((_, due)) = dues.pop() {
                    dues.extend(happen(due, process, door, &mut history));
                }
            }
        }
    }
}

/// Gives what has to happen later because of it.
fn happen(
    due: Due,
    process: &Process,
    door: &DoorState,
    history: &mut History,
) -> Option<(Instant, Due)> {
    match due {
        Due::Happening(Happening::Signal(signal, target)) => {
            send(signal, target, process, history);
        }
        Due::Happening(Happening::Outage(way, time)) => {
            door.set(way);
            return Some((Instant::now() + time, Due::Opens));
        }
        Due::Opens => door.set(Door::Open),
        Due::EndOfEndless if history.sent.is_empty() => {
            send(Signal::SIGTERM, Target::Group, process, history);
        }
        Due::EndOfEndless => {}
        Due::Hung => {
            history.hung = true;
            send(Signal::SIGKILL, Target::Alone, process, history);
        }
    }
    None
}

fn send(signal: Signal, target: Target, process: &Process, history: &mut History) {
    // Locked meanwhile: an id whose end was seen may be another's.
    let process = lock(process);
    let Some((alone, group)) = *process else {
        return;
    };
    let at = Instant::now();
    let done = match target {
        Target::Alone => kill(alone, signal),
        Target::Group => killpg(group, signal),
    };
    if done.is_ok() {
        history.sent.push(Sent { signal, target, at });
    }
}
