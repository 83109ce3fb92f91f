//! Processes that a test has started through others: who is there, who is gone.

use super::PART;
use super::waiting::until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};

/// Whether more is left of it than an exit status that nobody has asked for.
pub(crate) fn alive(pid: i32) -> bool {
    let stat = fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
    let stat = String::from_utf8_lossy(&stat);
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    !matches!(state.flatten(), None | Some('Z' | 'X'))
}

/// Whether nothing is left of it, not even an exit status.
pub(crate) fn is_gone(pid: i32) -> bool {
    !Path::new("/proc").join(pid.to_string()).exists()
}

/// Processes that each write their id into one file. They are killed when this is dropped.
pub(crate) struct Family {
    folder: tempfile::TempDir,
}

impl Family {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ids"), "").unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("ids")
    }

    /// For bash: `note` writes down its own id, or another; `ids` counts them; `out` prints a part and
    /// a byte and, once it may [go on](Self::go_on), another part.
    pub(crate) fn script(&self, script: &str) -> String {
        let folder = self.folder.path().display();
        format!(
            "export list='{folder}/ids'; exec 2>/dev/null; \
             note() {{ echo ${{1:-$BASHPID}} >>\"$list\"; }}; ids() {{ grep -c . \"$list\"; }}; \
             out() {{ head -c {} /dev/zero; until [ -e '{folder}/go' ]; do sleep 0.01; done; \
             head -c {PART} /dev/zero; }}; {script}",
            PART + 1
        )
    }

    /// Lets `out` go on.
    pub(crate) fn go_on(&self) {
        fs::write(self.folder.path().join("go"), "").unwrap();
    }

    pub(crate) fn ids(&self) -> Vec<i32> {
        let text = fs::read_to_string(self.path()).unwrap();
        // A line without its end is not written yet.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|id| id.parse().unwrap()).collect()
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, members: usize) {
        until("all members are there", || self.ids().len() >= members);
    }

    #[track_caller]
    pub(crate) fn assert_gone(&self, what: &str) {
        let left: Vec<_> = self.ids().into_iter().filter(|&it| alive(it)).collect();
        let of = |pid: &i32| Path::new("/proc").join(pid.to_string()).join("cmdline");
        let names: Vec<_> = left.iter().map(|it| fs::read_to_string(of(it))).collect();
        assert!(left.is_empty(), "{left:?} {names:?} are left: {what}");
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        for pid in self.ids().into_iter().filter(|&it| alive(it)) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}
