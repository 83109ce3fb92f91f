//! A child of ours whose end is awaited, and which can be ended without /proc.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time between two looks at whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// A child that is waited for on one thread and may be signalled from others: under the lock, its
/// process id is its own until its exit status was taken.
#[derive(Debug)]
pub(crate) struct OwnChild {
    child: Mutex<Child>,
    asked: AtomicBool,
}

impl OwnChild {
    pub(super) fn new(child: Child) -> Self {
        Self {
            child: Mutex::new(child),
            asked: AtomicBool::new(false),
        }
    }

    /// Waits for its end, without keeping others from signalling it.
    ///
    /// # Errors
    /// When its status can't be had.
    pub(crate) fn wait(&self) -> io::Result<ExitStatus> {
        self.await_end()?;
        self.lock().wait()
    }

    fn await_end(&self) -> io::Result<()> {
        use nix::errno::Errno;
        use nix::sys::wait::{Id, WaitPidFlag, waitid};
        let pid = pid(&self.lock());
        loop {
            // With WNOWAIT it stays a zombie, and its id is not used again.
            let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
            match waitid(Id::Pid(pid), flags) {
                Err(Errno::EINTR) => {}
                ended => return Ok(ended.map(drop)?),
            }
        }
    }

    /// Asks it to end by SIGTERM, once.
    pub(crate) fn ask_to_end(&self) {
        let mut child = self.lock();
        if !self.asked.swap(true, Ordering::Relaxed) && matches!(child.try_wait(), Ok(None)) {
            let _ = kill(pid(&child), Signal::SIGTERM);
            // A stopped process heeds it only when it goes on.
            let _ = kill(pid(&child), Signal::SIGCONT);
        }
    }

    pub(super) fn was_asked(&self, id: i32) -> bool {
        self.asked.load(Ordering::Relaxed) && self.is(id)
    }

    pub(super) fn is(&self, id: i32) -> bool {
        pid(&self.lock()).as_raw() == id
    }

    pub(super) fn kill(&self) {
        let _ = self.lock().kill();
    }

    /// Ends it alone: by SIGTERM, after `grace` by SIGKILL.
    pub(super) fn end(&self, grace: Duration) {
        self.ask_to_end();
        let asked = Instant::now();
        while matches!(self.lock().try_wait(), Ok(None)) {
            if asked.elapsed() > grace {
                return self.kill();
            }
            std::thread::sleep(LOOK);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}
