//! Runs the binary with a blank environment, and says all there is to say when it did something
//! else than expected.

#[allow(unused_imports, reason = "the chaos trial has judgements of its own")]
pub(crate) use crate::judgements::*;
pub(crate) use crate::outcome::Outcome;

use crate::s3::{ACCESS_KEY, REGION, SECRET_KEY, Server};
use nix::sys::signal::Signal;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A run that takes longer has hung.
const LIMIT: Duration = Duration::from_secs(60);
/// One MiB.
pub(crate) const MIB: usize = 1 << 20;
/// The smallest part that S3 takes, so that tests with several parts stay small.
pub(crate) const PART: usize = 5 * MIB;
/// The bucket of the tests.
pub(crate) const BUCKET: &str = "bucket";

/// A server with an empty bucket.
pub(crate) fn server() -> Server {
    let server = Server::start();
    server.create_bucket(BUCKET);
    server
}

/// Bytes that look random and depend on `seed`.
pub(crate) fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// What the binary reads.
enum Stdin {
    Bytes(Vec<u8>),
    Handle(Stdio),
}

/// One run of the binary, to be started.
pub(crate) struct S3stream {
    command: Command,
    shown: String,
    stdin: Stdin,
    stderr: Stdio,
    limit: Duration,
}

impl S3stream {
    /// `s3stream put` with short delays, credentials and the endpoint of `server`.
    pub(crate) fn put(server: &Server, destination: &str) -> Self {
        Self::bare()
            .args([
                "put",
                "--retry-delay",
                "10ms",
                "--retry-max-delay",
                "50ms",
                "--part-size",
                "5MiB",
            ])
            .args(["--endpoint-url", &server.endpoint()])
            .arg(destination)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", REGION)
    }

    /// The binary with no arguments, a blank environment and nothing to read.
    pub(crate) fn bare() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_s3stream"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null());
        // Nothing of the caller's home: neither profiles nor cached tokens.
        command
            .env("HOME", "/nonexistent")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let shown = "s3stream".to_owned();
        Self {
            command,
            shown,
            stdin: Stdin::Handle(Stdio::null()),
            stderr: Stdio::piped(),
            limit: LIMIT,
        }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        let _ = write!(self.shown, " {}", argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn current_dir(mut self, path: impl AsRef<std::path::Path>) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Counts as hung only after `limit`.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Feeds `bytes` through a pipe.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Stdin::Bytes(bytes.into());
        self
    }

    /// Gives a handle, or `Stdio::piped()` to feed it by hand through [`Running::stdin`].
    pub(crate) fn stdin_handle(mut self, handle: impl Into<Stdio>) -> Self {
        self.stdin = Stdin::Handle(handle.into());
        self
    }

    /// Sends its standard error there, of which nothing is judged then.
    pub(crate) fn stderr(mut self, handle: impl Into<Stdio>) -> Self {
        self.stderr = handle.into();
        self
    }

    /// The whole command line through `sh -c`, for redirections: `$0 "$@"` is the run.
    pub(crate) fn in_shell(self, script: &str) -> Self {
        let program = self.command.get_program().to_owned();
        let arguments: Vec<OsString> = self.command.get_args().map(OsStr::to_owned).collect();
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(script)
            .arg(program)
            .args(arguments)
            .env_clear();
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        if let Some(folder) = self.command.get_current_dir() {
            command.current_dir(folder);
        }
        Self {
            command,
            shown: format!("{script} [{}]", self.shown),
            stdin: self.stdin,
            stderr: self.stderr,
            limit: self.limit,
        }
    }

    /// Runs it in the process group of `leader`; 0: in one of its own.
    pub(crate) fn process_group(mut self, leader: i32) -> Self {
        std::os::unix::process::CommandExt::process_group(&mut self.command, leader);
        self
    }

    pub(crate) fn start(mut self) -> Running {
        heed_signals();
        let (handle, bytes) = match self.stdin {
            Stdin::Bytes(bytes) => (Stdio::piped(), Some(bytes)),
            Stdin::Handle(handle) => (handle, None),
        };
        self.command
            .stdin(handle)
            .stdout(Stdio::piped())
            .stderr(self.stderr);
        let mut child = self.command.spawn().expect("the binary starts");
        if let Some(bytes) = bytes {
            let mut stdin = child.stdin.take().expect("a pipe");
            // A run that ends early leaves the pipe broken: that is the run's business.
            std::thread::spawn(move || drop(stdin.write_all(&bytes)));
        }
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        Running {
            child,
            shown: self.shown,
            stdout,
            stderr,
            started: Instant::now(),
            limit: self.limit,
        }
    }

    pub(crate) fn run(self) -> Outcome {
        self.start().wait()
    }
}

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
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The pipe to its standard input, once, when it was started with `Stdio::piped()`.
    pub(crate) fn stdin(&mut self) -> std::process::ChildStdin {
        self.child
            .stdin
            .take()
            .expect("started with Stdio::piped()")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(id, signal).expect("the run is alive");
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

    pub(crate) fn wait(mut self) -> Outcome {
        let (sender, ended) = mpsc::channel::<()>();
        let id = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        let left = self.limit.saturating_sub(self.started.elapsed());
        let watch = std::thread::spawn(move || {
            let hung = ended.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Timeout);
            if hung {
                let _ = nix::sys::signal::kill(id, Signal::SIGKILL);
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

/// A file with `bytes`, gone with the folder that this gives too.
pub(crate) fn file_with(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source.bin");
    File::create(&path).unwrap().write_all(bytes).unwrap();
    (folder, path)
}

impl S3stream {
    /// As [`S3stream::put`], but with everything in the environment, for options to be given anew.
    pub(crate) fn put_to(endpoint: &str, destination: &str) -> Self {
        Self::bare()
            .args(["put", destination])
            .env("S3STREAM_RETRY_DELAY", "10ms")
            .env("S3STREAM_RETRY_MAX_DELAY", "50ms")
            .env("S3STREAM_PART_SIZE", "5MiB")
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", REGION)
    }
}

/// An object of another night, as large as what is sent now: it must never pass for ours.
pub(crate) fn old_object(server: &Server, key: &str, size: usize) -> Vec<u8> {
    let old = noise(size, 0x01d);
    server.put_object(BUCKET, key, old.clone());
    old
}

/// `put` trusting the certificate of a server that speaks TLS; the file is gone with the folder.
pub(crate) fn put_over_tls(server: &Server, destination: &str) -> (tempfile::TempDir, S3stream) {
    let (folder, path) = file_with(server.ca_pem().as_bytes());
    let put = S3stream::put(server, destination)
        .arg("--ca-bundle")
        .arg(path);
    (folder, put)
}

/// Time for something to happen that happens at once; only a failure waits that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits, within bounds, until `done`.
#[track_caller]
pub(crate) fn until(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A file that is not there yet, for a script to make; gone with the folder.
pub(crate) fn mark() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mark");
    (folder, path)
}

impl S3stream {
    /// `s3stream put` with credentials only: neither endpoint nor region nor any other option.
    pub(crate) fn plain(destination: &str) -> Self {
        Self::bare()
            .args(["put", destination])
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    }
}
