//! What ends a run from outside: a signal, or the time that it was given.
//!
//! The first SIGINT, SIGTERM or SIGHUP asks the upload to stop and clean up; the second ends the
//! process at once.

use crate::descendants;
use crate::error::{Error, Kind, Result};
use nix::sys::signal::Signal;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// The signals that end a run.
const SIGNALS: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Tells, once, why a run has to end; clones tell the same.
#[derive(Debug, Clone)]
pub struct Interrupt {
    reason: watch::Receiver<Option<Error>>,
    sender: Arc<watch::Sender<Option<Error>>>,
    pending: Arc<Mutex<Pending>>,
}

/// What there is to do and to say when the process ends at once.
#[derive(Debug, Default)]
struct Pending {
    uploads: BTreeSet<String>,
}

impl Interrupt {
    /// Listens for the signals from now on, and for the end of `timeout`.
    ///
    /// # Errors
    /// When the system refuses a signal handler.
    pub fn listen(timeout: Option<Duration>) -> Result<Self> {
        let (sender, reason) = watch::channel(None);
        let sender = Arc::new(sender);
        let pending: Arc<Mutex<Pending>> = Arc::default();
        for number in SIGNALS.into_iter().filter(|&it| !is_ignored(it)) {
            let mut stream = signal(SignalKind::from_raw(number as i32)).map_err(|error| {
                Error::failed("can't listen for signals").because(error.to_string())
            })?;
            let (sender, pending) = (Arc::clone(&sender), Arc::clone(&pending));
            tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    let first = sender.send_if_modified(|reason| {
                        let first = !matches!(
                            reason,
                            Some(Error {
                                kind: Kind::Signal(_),
                                ..
                            })
                        );
                        if first {
                            *reason = Some(by_signal(number));
                        }
                        first
                    });
                    if !first {
                        end_at_once(number, &pending);
                    }
                }
            });
        }
        if let Some(timeout) = timeout {
            let sender = Arc::clone(&sender);
            tokio::spawn(async move {
                tokio::time::sleep(timeout).await;
                let text = humantime::format_duration(timeout);
                sender.send_if_modified(|reason| {
                    let first = reason.is_none();
                    if first {
                        *reason = Some(Error::failed(format!("not done within --timeout {text}")));
                    }
                    first
                });
            });
        }
        Ok(Self {
            reason,
            sender,
            pending,
        })
    }

    /// Waits for the reason to end.
    pub async fn wait(&self) -> Error {
        self.wait_for(|_| true).await
    }

    /// Waits for the end of the time-out alone.
    pub async fn timed_out(&self) -> Error {
        self.wait_for(|reason| !matches!(reason.kind, Kind::Signal(_)))
            .await
    }

    async fn wait_for(&self, is_it: impl Fn(&Error) -> bool) -> Error {
        let mut reason = self.reason.clone();
        let found = reason
            .wait_for(|reason| reason.as_ref().is_some_and(&is_it))
            .await;
        let found = found.ok().and_then(|reason| reason.clone());
        found.unwrap_or_else(|| Error::failed("stopped"))
    }

    /// Does `work`, unless there is a reason to end before it is done.
    ///
    /// # Errors
    /// That reason, or the error of `work`.
    pub async fn unless<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            reason = self.wait() => Err(reason),
            done = work => done,
        }
    }

    /// Ends the run from inside, unless it is ending already.
    pub fn stop(&self, why: Error) {
        self.sender.send_if_modified(|reason| {
            let first = reason.is_none();
            if first {
                *reason = Some(why);
            }
            first
        });
    }

    /// Says what would be left behind if the process ended at once, until what this gives is
    /// dropped.
    pub fn pending(&self, what: String) -> PendingUpload {
        lock(&self.pending).uploads.insert(what.clone());
        PendingUpload {
            what,
            pending: Arc::clone(&self.pending),
        }
    }
}

/// An upload that would be left behind.
#[derive(Debug)]
pub struct PendingUpload {
    what: String,
    pending: Arc<Mutex<Pending>>,
}

impl Drop for PendingUpload {
    fn drop(&mut self) {
        lock(&self.pending).uploads.remove(&self.what);
    }
}

fn by_signal(number: Signal) -> Error {
    Error::new(Kind::Signal(number as i32), format!("ended by {number}"))
}

fn lock(pending: &Mutex<Pending>) -> MutexGuard<'_, Pending> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

fn end_at_once(number: Signal, pending: &Mutex<Pending>) {
    let pending = lock(pending);
    descendants::kill_all();
    let mut stderr = std::io::stderr().lock();
    let uploads: Vec<_> = pending.uploads.iter().map(String::as_str).collect();
    let left = match uploads.len() {
        0 => String::new(),
        1 => format!(": {} is left behind", uploads[0]),
        _ => format!(": {} are left behind", uploads.join(", ")),
    };
    let _ = writeln!(stderr, "error: ended by a second {number}{left}");
    end_by(number as i32);
}

/// Ends the process by the signal's default action, so that the shell sees what happened.
pub fn end_by(number: i32) {
    let _ = signal_hook::low_level::emulate_default_handler(number);
}

/// Whether the parent asked for the signal to be ignored, as nohup does with SIGHUP and a shell
/// does with SIGINT for what it runs in the background: then it stays so.
fn is_ignored(number: Signal) -> bool {
    let mask = std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(line.trim(), 16).ok()
        });
    mask.is_some_and(|mask| mask & (1 << (number as i32 - 1)) != 0)
}
