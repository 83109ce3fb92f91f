//! The processes that this run started, and those that these started: COMMAND, a credential_process,
//! the members of a pipeline. A run that failed leaves none of them behind.
//!
//! What called setsid(2) is left alone: it is a service of its own, such as gpg-agent or the master
//! of an ssh connection. So is what the caller had started before it became this program by exec(2).

mod child;
mod process;

pub(crate) use child::OwnChild;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use process::{Descendants, Id, Process};
use std::collections::BTreeSet;
use std::process::Child;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Time to end after SIGTERM, before SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// Time to be gone after SIGKILL. On a machine under load it takes looks, and those take time, to
/// catch what forks; and what waits for a broken disk must not be waited for.
const KILLED: Duration = Duration::from_secs(3);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// Time between two looks at what is left of orphans that have ended.
const REAP: Duration = Duration::from_secs(5);
/// Looks for somebody to kill when there is no time to wait.
const LAST_LOOKS: u32 = 10;

/// COMMAND, which can be ended even where /proc can't be read.
static COMMAND: Mutex<Option<Arc<OwnChild>>> = Mutex::new(None);
/// The children that were there before this program was.
static INHERITED: OnceLock<BTreeSet<Id>> = OnceLock::new();

/// Makes this process the parent of every descendant that loses its own: it can be found then.
/// To be called before anything is started.
pub(crate) fn adopt_orphans() {
    if has_children() {
        INHERITED.get_or_init(|| look().map(|found| found.all).unwrap_or_default());
    }
    // Without it (before Linux 3.4), orphans are lost.
    let _ = nix::sys::prctl::set_child_subreaper(true);
    // Ignored, as some callers leave it, it would have the system drop exit statuses.
    let _ = signal_hook::flag::register(Signal::SIGCHLD as i32, Arc::default());
}

/// Takes what is left of adopted orphans that have ended, as init would, for as long as it is polled:
/// a COMMAND that runs for days may leave thousands of them.
///
/// Children of our own are waited for by those who started them, as soon as they end. So only what is
/// still there at the next look is known to be nobody's.
pub(crate) async fn reap_orphans() {
    let mut seen = BTreeSet::new();
    loop {
        tokio::time::sleep(REAP).await;
        let zombies = look().map(|found| found.zombies).unwrap_or_default();
        let command = lock().clone();
        for orphan in zombies.intersection(&seen) {
            if !command.as_ref().is_some_and(|its| its.is(orphan.pid)) {
                let _ = waitpid(Pid::from_raw(orphan.pid), Some(WaitPidFlag::WNOHANG));
            }
        }
        seen = zombies;
    }
}

/// Takes note of COMMAND's process.
pub(crate) fn command(child: Child) -> Arc<OwnChild> {
    let child = Arc::new(OwnChild::new(child));
    *lock() = Some(Arc::clone(&child));
    child
}

/// Ends all of them: by SIGTERM, and after 2 s by SIGKILL. Waits until they are gone.
pub(crate) fn end_all() {
    let begun = Instant::now();
    let command = lock().clone();
    let was_asked = |it: &Process| command.as_ref().is_some_and(|its| its.was_asked(it.id.pid));
    let (mut asked, mut refused) = (BTreeSet::new(), BTreeSet::new());
    let mut before = None;
    while has_children() && begun.elapsed() < GRACE + KILLED {
        let Some(Descendants {
            mut living, all, ..
        }) = look()
        else {
            return command.iter().for_each(|command| command.end(GRACE));
        };
        living.retain(|it| !refused.contains(&it.id));
        if living.is_empty() && before.as_ref() == Some(&all) {
            return;
        }
        before = living.is_empty().then_some(all);
        let mut missed = living.is_empty();
        for process in &living {
            let signalled = if begun.elapsed() >= GRACE {
                process.signal(Signal::SIGKILL)
            } else if asked.contains(&process.id) || was_asked(process) {
                Ok(())
            } else {
                ask(process).map(|()| {
                    asked.insert(process.id);
                })
            };
            match signalled {
                Ok(()) => {}
                Err(Errno::EPERM) => {
                    refused.insert(process.id);
                }
                Err(_) => missed = true,
            }
        }
        // What forks and ends at once is only caught by looks that follow each other at once.
        if !missed {
            std::thread::sleep(LOOK);
        }
    }
}

/// Asks one to end. A stopped one heeds it only when it goes on.
fn ask(process: &Process) -> nix::Result<()> {
    process.signal(Signal::SIGTERM)?;
    // Gone already, it heeded it.
    let _ = process.signal(Signal::SIGCONT);
    Ok(())
}

/// Kills all of them, and does not wait.
pub(crate) fn kill_all() {
    let mut killed = BTreeSet::new();
    let mut before = None;
    for _ in 0..LAST_LOOKS {
        let Some(Descendants {
            mut living, all, ..
        }) = look()
        else {
            return lock().iter().for_each(|command| command.kill());
        };
        living.retain(|it| !killed.contains(&it.id));
        if living.is_empty() && before.as_ref() == Some(&all) {
            return;
        }
        before = living.is_empty().then_some(all);
        for process in &living {
            if process.signal(Signal::SIGKILL).is_ok() {
                killed.insert(process.id);
            }
        }
    }
}

/// All descendants; none where /proc does not tell.
///
/// One whose parent ends while they are read may be missed. So two looks, one after the other, must
/// find nobody alive, and see the same that have ended: the parent of one that both have missed would
/// have ended in between.
fn look() -> Option<Descendants> {
    static NOBODY: BTreeSet<Id> = BTreeSet::new();
    let inherited = INHERITED.get().unwrap_or(&NOBODY);
    process::all().map(|(own, all)| process::descendants(&own, &all, inherited))
}

/// Whether there is a child, if only its exit status: without one, there are no descendants at all,
/// since orphans become our children.
fn has_children() -> bool {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let any_state = WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED;
    let untouched = WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
    waitid(Id::All, any_state | untouched) != Err(Errno::ECHILD)
}

fn lock() -> std::sync::MutexGuard<'static, Option<Arc<OwnChild>>> {
    COMMAND.lock().unwrap_or_else(PoisonError::into_inner)
}
