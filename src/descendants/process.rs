//! Processes as /proc shows them, and the tree that they make.

use nix::errno::Errno;
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
    /// When the system refuses it (a process of another user); ESRCH when it is no longer what was
    /// seen: gone, or of another parent, and the next look at the tree says whether it is ours.
    pub(super) fn signal(&self, signal: Signal) -> nix::Result<()> {
        // Opened before the look, the descriptor stands for the process that the look finds.
        let handle = handle::open(self.id.pid);
        match Self::read(self.id.pid) {
            Some(now) if now.id == self.id && now.parent == self.parent => {}
            _ => return Err(Errno::ESRCH),
        }
        match handle {
            Some(handle) => handle::send(&handle, signal),
            None => kill(Pid::from_raw(self.id.pid), signal),
        }
    }
}

/// Process descriptors: since Linux 5.3, where no sandbox forbids them.
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

/// All processes, and the one that this is; none where /proc is not mounted, or shows the ids of
/// another namespace.
pub(super) fn all() -> Option<(Process, Vec<Process>)> {
    let own = fs::read_link("/proc/self").ok()?;
    if own.to_str()?.parse() != Ok(std::process::id()) {
        return None;
    }
    let own = Process::read(std::process::id().cast_signed())?;
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Some((own, pids.filter_map(Process::read).collect()))
}

/// All that descends from a process.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Descendants {
    /// Those that are alive, and did not leave its session.
    pub(super) living: Vec<Process>,
    /// Its children of which only the exit status is left.
    pub(super) zombies: BTreeSet<Id>,
    /// They, and all others.
    pub(super) all: BTreeSet<Id>,
}

/// Those of `root` among `processes`. What descends from `others` is left out.
pub(super) fn descendants(
    root: &Process,
    processes: &[Process],
    others: &BTreeSet<Id>,
) -> Descendants {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    let not_others = |it: &&Process| it.id != root.id && !others.contains(&it.id);
    for process in processes.iter().filter(not_others) {
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
    let all = found.iter().map(|it| it.id).collect();
    let zombies = found
        .iter()
        .filter(|it| it.has_ended && it.parent == root.id.pid);
    let zombies = zombies.map(|it| it.id).collect();
    found.retain(|it| !it.has_ended && it.session == root.session);
    Descendants {
        living: found,
        zombies,
        all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(name: &str, state: char, parent: i32, session: i32, start: u64) -> Vec<u8> {
        let past = "34816 7 4194304 1 2 3 4 5 6 7 8 20 0 1 0";
        format!("7 ({name}) {state} {parent} 7 {session} {past} {start} 1 2 3").into_bytes()
    }

    fn process(pid: i32, parent: i32, session: i32, state: char) -> Process {
        Process::parse(pid, &stat("x", state, parent, session, 100)).unwrap()
    }

    #[test]
    fn a_name_may_hold_anything() {
        let plain = Process::parse(7, &stat("cat", 'S', 5, 3, 99)).unwrap();
        assert_eq!((plain.id.start, plain.parent, plain.session), (99, 5, 3));
        for name in ["a b", ") S 1 1 1 (", "((", "))", "", "a\nb"] {
            let read = Process::parse(7, &stat(name, 'S', 5, 3, 99));
            assert_eq!(read, Some(plain), "{name:?}");
        }
        let mut foreign = stat("cat", 'S', 5, 3, 99);
        foreign[3] = 0xff;
        assert_eq!(Process::parse(7, &foreign), Some(plain));
    }

    #[test]
    fn what_is_cut_short_is_nobody() {
        for text in [
            "",
            "7",
            "7 (cat",
            "7 (cat)",
            "7 (cat) S 1",
            "7 (cat) S x 7 7",
        ] {
            assert_eq!(Process::parse(7, text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn this_process_is_read_as_it_is() {
        let own = std::process::id().cast_signed();
        let read = Process::read(own).unwrap();
        assert_eq!(
            read.parent,
            std::os::unix::process::parent_id().cast_signed()
        );
        assert!(!read.has_ended);
        let (this, all) = all().unwrap();
        assert_eq!(this.id, read.id);
        assert!(all.iter().any(|it| it.id == read.id));
    }

    #[test]
    fn descendants_are_those_alive_in_the_session_of_the_root() {
        let processes = [
            process(1, 0, 1, 'S'),
            process(10, 1, 10, 'S'),
            process(11, 10, 10, 'S'),
            process(12, 11, 10, 'T'),
            process(13, 11, 10, 'Z'),
            process(14, 13, 10, 'R'),
            process(15, 11, 15, 'S'),
            process(16, 15, 15, 'S'),
            process(17, 10, 10, 'S'),
            process(18, 17, 10, 'S'),
            process(19, 1, 10, 'S'),
            process(20, 10, 10, 'R'),
            process(21, 10, 10, 'Z'),
        ];
        let pids = |ids: BTreeSet<Id>| ids.iter().map(|it| it.pid).collect::<Vec<_>>();
        let found = |others: &[i32]| {
            let others = processes.iter().filter(|it| others.contains(&it.id.pid));
            let others = others.map(|it| it.id).collect();
            descendants(&processes[1], &processes, &others)
        };
        let living = |others| pids(found(others).living.iter().map(|it| it.id).collect());
        assert_eq!(living(&[]), [11, 12, 14, 17, 18, 20]);
        assert_eq!(living(&[17]), [11, 12, 14, 20]);
        assert_eq!(living(&[11]), [17, 18, 20]);
        assert_eq!(pids(found(&[11]).zombies), [21]);
        assert_eq!(pids(found(&[11]).all), [17, 18, 20, 21]);
    }

    /// Ids that changed hands while they were read.
    #[test]
    fn the_root_is_not_its_own_descendant() {
        let processes = [10, 11, 12].map(|pid| process(pid, pid - 1, 10, 'S'));
        let circle = [process(10, 12, 10, 'S'), processes[1], processes[2]];
        let found = descendants(&circle[0], &circle, &BTreeSet::new());
        assert_eq!(found.living, processes[1..]);
    }
}
