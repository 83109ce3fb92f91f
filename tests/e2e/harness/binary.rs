//! The binary, to be run: its arguments, a blank environment, and what it reads.

use super::running::Running;
use super::stores::Endpoint;
use s3_server::{ACCESS_KEY, Fault, REGION, SECRET_KEY, Server};
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A run that takes longer has hung.
const LIMIT: Duration = Duration::from_secs(60);

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
    /// Files that go once the run has ended.
    files: Vec<tempfile::TempDir>,
}

impl S3stream {
    /// `s3stream put` into that store. What it needs besides is in the environment, so that a test
    /// may say otherwise by an option.
    pub(crate) fn put(store: &(impl Endpoint + ?Sized), destination: &str) -> Self {
        Self::new().args(["put", destination]).set_up_for(store)
    }

    /// `s3stream put-many` into that store, likewise.
    pub(crate) fn put_many(store: &(impl Endpoint + ?Sized), destination: &str) -> Self {
        Self::new()
            .args(["put-many", destination])
            .set_up_for(store)
    }

    /// `s3stream verify` of that object, likewise.
    pub(crate) fn verify(store: &(impl Endpoint + ?Sized), destination: &str) -> Self {
        Self::new().args(["verify", destination]).set_up_for(store)
    }

    /// `s3stream uploads list` or `abort` there, likewise.
    pub(crate) fn uploads(store: &(impl Endpoint + ?Sized), what: &str, place: &str) -> Self {
        Self::new().args(["uploads", what, place]).set_up_for(store)
    }

    /// `s3stream doctor` there, likewise.
    pub(crate) fn doctor(store: &(impl Endpoint + ?Sized), destination: &str) -> Self {
        Self::new().args(["doctor", destination]).set_up_for(store)
    }

    /// The binary with no arguments, a blank environment and nothing to read.
    pub(crate) fn new() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_s3stream"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            // Nothing of the caller's home: neither profiles nor cached tokens.
            .env("HOME", "/nonexistent")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        Self {
            command,
            shown: "s3stream".to_owned(),
            stdin: Stdin::Handle(Stdio::null()),
            stderr: Stdio::piped(),
            limit: LIMIT,
            files: Vec::new(),
        }
    }

    /// What it needs to reach that store, for a command line that names no object.
    pub(crate) fn of(self, store: &(impl Endpoint + ?Sized)) -> Self {
        self.set_up_for(store)
    }

    /// Endpoint, region, credentials, short delays, and the smallest parts.
    fn set_up_for(self, store: &(impl Endpoint + ?Sized)) -> Self {
        self.keys()
            .env("AWS_ENDPOINT_URL", store.url())
            .env("AWS_REGION", REGION)
            .env("S3STREAM_RETRY_DELAY", "10ms")
            .env("S3STREAM_RETRY_MAX_DELAY", "50ms")
            .env("S3STREAM_PART_SIZE", "5MiB")
    }

    /// The credentials that servers know.
    pub(crate) fn keys(self) -> Self {
        self.env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    }

    /// Trusts the certificate of a server that speaks TLS.
    pub(crate) fn trusting(mut self, server: &Server) -> Self {
        let (folder, path) = super::trees::file_with(server.ca_pem().as_bytes());
        self.files.push(folder);
        self.arg("--ca-bundle").arg(path)
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

    pub(crate) fn current_dir(mut self, path: impl AsRef<Path>) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Gives up on a store soon where `fault` is its silence; elsewhere a pause of a busy machine
    /// would count as one. Complete is given five times as long.
    pub(crate) fn impatient_with(self, fault: &Fault) -> Self {
        match fault {
            Fault::NeverRead | Fault::NeverAnswer | Fault::ActThenNeverAnswer => {
                self.args(["--stall-timeout", "600ms"])
            }
            _ => self,
        }
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
    pub(crate) fn in_shell(mut self, script: &str) -> Self {
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
        self.command = command;
        self.shown = format!("{script} [{}]", self.shown);
        self
    }

    /// Runs it in the process group of `leader`; 0: in one of its own.
    pub(crate) fn process_group(mut self, leader: i32) -> Self {
        self.command.process_group(leader);
        self
    }

    pub(crate) fn start(mut self) -> Running {
        let (handle, bytes) = match self.stdin {
            Stdin::Bytes(bytes) => (Stdio::piped(), Some(bytes)),
            Stdin::Handle(handle) => (handle, None),
        };
        self.command
            .stdin(handle)
            .stdout(Stdio::piped())
            .stderr(self.stderr);
        Running::start(self.command, bytes, self.shown, self.limit, self.files)
    }

    pub(crate) fn run(self) -> super::Outcome {
        self.start().wait()
    }
}
