//! Processes as /proc shows them, and the tree that they make.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::{BTreeSet, HashMap};
use std::fs;

/// A process. Ids are used again: only along with the time of its start does one stand for one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) pid: i32,
    /// In ticks since the machine was started.
    start: u64,
}

/// What /proc/PID/stat says of one, see proc_pid_stat(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: Id,
    parent: i32,
    session: i32,
    /// Whether only its exit status is left of it.
    has_ended: bool,
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        // It may end at any moment: that is no error.
        Self::parse(pid, &fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(pid: i32, stat: &[u8]) -> Option<Self> {
        // Its name stands in parentheses and may hold anything, parentheses and line feeds too.
        let past_name = stat.iter().rposition(|&byte| byte == b')')? + 1;
        let fields = str::from_utf8(&stat[past_name..]).ok()?;
        let fields: Vec<_> = fields.split_ascii_whitespace().collect();
        // The first of them is number 3 of the manual page: the state.
        let field = |number: usize| fields.get(number - 3).copied();
        Some(Self {
            id: Id {
                pid,
                start: field(22)?.parse().ok()?,
            },
            parent: field(4)?.parse().ok()?,
            session: field(6)?.parse().ok()?,
            has_ended: matches!(field(3)?, "Z" | "X"),
        })
    }

    /// Sends a signal, to it and no other.
    ///
    /// # Errors
    /// When the system refuses it: a process of another user.
    pub(super) fn signal(&self, signal: Signal) -> nix::Result<()> {
        let handle = handle::open(self.id.pid);
        // The descriptor, opened before this look, stands for the process that is seen by it. With
        // another parent, it is for the next look at the tree to say whether it is ours.
        if Self::read(self.id.pid).is_none_or(|now| now.id != self.id || now.parent != self.parent)
        {
            return Ok(());
        }
        match handle {
            Some(handle) => handle::send(&handle, signal),
            None => kill(Pid::from_raw(self.id.pid), signal),
        }
    }
}

/// Process descriptors: since Linux 5.3, where no sandbox forbids them.
#[cfg(target_os = "linux")]
mod handle {
    use nix::errno::Errno;
    use nix::sys::signal::Signal;
    use rustix::process::{Pid, PidfdFlags, Signal as RawSignal, pidfd_open, pidfd_send_signal};
    use std::os::fd::OwnedFd;

    pub(super) fn open(pid: i32) -> Option<OwnedFd> {
        pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()
    }

    pub(super) fn send(process: &OwnedFd, signal: Signal) -> nix::Result<()> {
        let signal = RawSignal::from_named_raw(signal as i32).ok_or(Errno::EINVAL)?;
        pidfd_send_signal(process, signal).map_err(|error| Errno::from_raw(error.raw_os_error()))
    }
}

#[cfg(not(target_os = "linux"))]
mod handle {
    use nix::sys::signal::Signal;

    pub(super) fn open(_: i32) -> Option<std::convert::Infallible> {
        None
    }

    pub(super) fn send(process: &std::convert::Infallible, _: Signal) -> nix::Result<()> {
        match *process {}
    }
}

/// All processes; none where /proc is not mounted, or shows the ids of another namespace.
pub(super) fn all() -> Option<Vec<Process>> {
    let own = fs::read_link("/proc/self").ok()?;
    if own.to_str()?.parse() != Ok(std::process::id()) {
        return None;
    }
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Some(pids.filter_map(Process::read).collect())
}

/// Those that descend from `root`, are alive, and did not leave its session. What descends from
/// `others` is left out.
pub(super) fn descendants(root: u32, processes: &[Process], others: &BTreeSet<Id>) -> Vec<Process> {
    let root = processes
        .iter()
        .find(|it| u32::try_from(it.id.pid) == Ok(root));
    let Some(root) = root else { return Vec::new() };
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for process in processes.iter().filter(|it| !others.contains(&it.id)) {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found = Vec::new();
    let mut parents = vec![root.id.pid];
    while let Some(parent) = parents.pop() {
        // Each is taken once: what was read while ids changed hands may look like a circle.
        for child in children.remove(&parent).unwrap_or_default() {
            parents.push(child.id.pid);
            found.push(child);
        }
    }
    found.retain(|it| !it.has_ended && it.session == root.session);
    found
}
