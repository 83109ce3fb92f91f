//! A run under way: signals to it, looks at it, its end.

use super::outcome::Outcome;
use super::waiting::until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Command};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Under `nohup`, SIGHUP is ignored, and so it would be by every run started from here. A signal
/// that is handled, if only as it would be anyway, begins anew in them.
pub(crate) fn heed_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
            let always = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_default(signal as i32, always)
                .expect("a signal that can be handled");
        }
    });
}

type Drain = JoinHandle<Vec<u8>>;

fn drain(pipe: Option<impl Read + Send + 'static>) -> Drain {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// A run under way. It is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    shown: String,
    stdout: Drain,
    stderr: Drain,
    started: Instant,
    limit: Duration,
    _files: Vec<tempfile::TempDir>,
}

impl Running {
    /// Starts `command` and feeds it `bytes` where its standard input is a pipe that nobody else has.
    pub(super) fn start(
        mut command: Command,
        bytes: Option<Vec<u8>>,
        shown: String,
        limit: Duration,
        files: Vec<tempfile::TempDir>,
    ) -> Self {
        heed_signals();
        let mut child = command.spawn().expect("the binary starts");
        if let Some(bytes) = bytes {
            let mut stdin = child.stdin.take().expect("a pipe");
            // A run that ends early leaves the pipe broken: that is the run's business.
            std::thread::spawn(move || drop(stdin.write_all(&bytes)));
        }
        Self {
            shown,
            stdout: drain(child.stdout.take()),
            stderr: drain(child.stderr.take()),
            child,
            started: Instant::now(),
            limit,
            _files: files,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.id()).unwrap())
    }

    /// The pipe to its standard input, once, when it was started with `Stdio::piped()`.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child
            .stdin
            .take()
            .expect("started with Stdio::piped()")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("the run is alive");
    }

    /// Waits until it reads its stream, and so has long listened for signals.
    pub(crate) fn until_it_reads(&self) {
        until("it reads", || self.has_thread("splitter"));
    }

    pub(crate) fn has_thread(&self, name: &str) -> bool {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.id()));
        let tasks = tasks.into_iter().flatten().flatten();
        let mut names = tasks.map(|it| std::fs::read_to_string(it.path().join("comm")));
        names.any(|it| it.is_ok_and(|it| it.trim() == name))
    }

    /// Waits until it has taken note of all signals that were sent to it.
    pub(crate) fn until_signals_are_taken(&self) {
        let status = format!("/proc/{}/status", self.id());
        until("signals are taken", || {
            let status = std::fs::read_to_string(&status).unwrap();
            status.lines().any(|it| it == "ShdPnd:\t0000000000000000")
        });
    }

    /// The most memory that it held so far, in bytes.
    pub(crate) fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: usize = peak.unwrap().trim_end_matches("kB").trim().parse().unwrap();
        kib << 10
    }

    /// Bytes that it read so far, from files and pipes.
    pub(crate) fn bytes_read(&self) -> usize {
        let io = std::fs::read_to_string(format!("/proc/{}/io", self.id())).unwrap();
        let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
        read.unwrap().parse().unwrap()
    }

    pub(crate) fn wait(mut self) -> Outcome {
        let (sender, ended) = mpsc::channel::<()>();
        let id = self.pid();
        let left = self.limit.saturating_sub(self.started.elapsed());
        let watch = std::thread::spawn(move || {
            let hung = ended.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Timeout);
            if hung {
                let _ = kill(id, Signal::SIGKILL);
            }
            hung
        });
        let status = self.child.wait().expect("a child can be waited for");
        let took = self.started.elapsed();
        drop(sender);
        let hung = watch.join().unwrap();
        let text = |drain: Drain| String::from_utf8_lossy(&drain.join().unwrap()).into_owned();
        let outcome = Outcome {
            status,
            stdout: text(self.stdout),
            stderr: text(self.stderr),
            shown: self.shown,
            took,
        };
        assert!(!hung, "hung for {:?}: {outcome}", self.limit);
        outcome
    }
}
