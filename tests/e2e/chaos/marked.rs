//! Who is left of a run's processes: all of them carry a mark in their environment.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::{Duration, Instant};

/// The variable that marks a run.
pub(crate) const MARK: &str = "CHAOS_RUN";

/// Living processes with that mark, and their command lines.
pub(crate) fn marked(mark: &str) -> Vec<(Pid, String)> {
    let wanted = format!("{MARK}={mark}");
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // One that ends meanwhile, or is another user's, is none of ours.
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        if variables.any(|variable| variable == wanted.as_bytes()) {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            found.push((Pid::from_raw(id), line));
        }
    }
    found
}

/// Those that are there after a moment for what was killed to be gone.
pub(crate) fn left(mark: &str, patience: Duration) -> Vec<String> {
    let started = Instant::now();
    loop {
        let found = marked(mark);
        if found.is_empty() || started.elapsed() > patience {
            let line = |(pid, line): (Pid, String)| format!("{pid}: {line}");
            return found.into_iter().map(line).collect();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Ends all that are left.
pub(crate) fn end(mark: &str) {
    for (pid, _) in marked(mark) {
        // It may have ended meanwhile.
        let _ = kill(pid, Signal::SIGKILL);
    }
}
