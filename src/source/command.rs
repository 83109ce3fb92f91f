//! A command whose standard output is uploaded: committed only if it exits with status 0.

use crate::error::{Error, Kind, Result};
use crate::signals;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time that a command gets to end after SIGTERM, before SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// Time between two looks at whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// A running command. It is ended when this is dropped.
///
/// It stays in our process group, so that it can still ask for a password at the terminal and gets
/// Ctrl-C itself.
#[derive(Debug)]
pub struct Producer {
    child: SharedChild,
    name: String,
    /// Whether its end was seen: then its process id is no longer ours to signal.
    ended: bool,
    /// When it was asked to end.
    asked: Option<Instant>,
}

/// The command's process, for who has to kill it when there is no time to ask.
#[derive(Debug, Clone)]
pub struct SharedChild(Arc<Mutex<Child>>);

impl SharedChild {
    /// Ends it by SIGKILL, unless its end was seen before.
    pub fn kill(&self) {
        let _ = self.lock().kill();
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Producer {
    /// Starts the command; gives it and its standard output.
    ///
    /// # Errors
    /// When it can't be started.
    pub(super) fn spawn(words: &[OsString]) -> Result<(Self, File)> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| Error::usage("COMMAND is missing after --"))?;
        let name = program.to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::piped());
        let mut child = signals::as_given(|| command.spawn()).map_err(|error| {
            Error::new(Kind::Command, format!("can't start {name}")).because(error.to_string())
        })?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| Error::failed("the command has no output"))?;
        Ok((
            Self {
                child: SharedChild(Arc::new(Mutex::new(child))),
                name,
                ended: false,
                asked: None,
            },
            File::from(OwnedFd::from(stdout)),
        ))
    }

    /// Waits for the command to end, which it should after its output has.
    ///
    /// # Errors
    /// When it ended with anything but exit status 0.
    pub async fn finish(&mut self) -> Result<()> {
        let status = loop {
            let looked = self.child.lock().try_wait();
            match looked {
                Ok(Some(status)) => break status,
                Ok(None) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    return Err(
                        Error::new(Kind::Command, format!("can't wait for {}", self.name))
                            .because(error.to_string()),
                    );
                }
            }
        };
        self.ended = true;
        if status.success() {
            return Ok(());
        }
        Err(Error::new(
            Kind::Command,
            format!("{} {}", self.name, how_it_ended(status)),
        ))
    }

    /// Its process, to be killed by whoever ends ours without dropping this.
    pub fn child(&self) -> SharedChild {
        self.child.clone()
    }

    /// Asks it to end, and does not wait for it: dropping this does.
    pub fn ask_to_end(&mut self) {
        if self.ended || self.asked.is_some() {
            return;
        }
        self.asked = Some(Instant::now());
        let mut child = self.child.lock();
        if let (Ok(None), Ok(pid)) = (child.try_wait(), i32::try_from(child.id())) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
    }

    fn end(&mut self) {
        self.ask_to_end();
        let asked = self.asked.unwrap_or_else(Instant::now);
        loop {
            let looked = self.child.lock().try_wait();
            match looked {
                Ok(None) if asked.elapsed() < GRACE => std::thread::sleep(LOOK),
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => return,
            }
        }
        self.child.kill();
        let _ = self.child.lock().wait();
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        if !self.ended {
            self.end();
        }
    }
}

fn how_it_ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("failed with exit status {code}"),
        (None, Some(number)) => {
            let name = Signal::try_from(number).map_or("unknown", Signal::as_str);
            format!("was ended by signal {number} ({name})")
        }
        (None, None) => format!("failed: {status}"),
    }
}
