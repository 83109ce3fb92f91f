//! A command whose standard output is uploaded: committed only if it exits with status 0.

use crate::error::{Error, Kind, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
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
    child: Child,
    name: String,
    /// Whether its end was seen: then its process id is no longer ours to signal.
    ended: bool,
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
        let mut child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Error::new(Kind::Command, format!("can't start {name}")).because(error.to_string())
            })?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| Error::failed("the command has no output"))?;
        Ok((
            Self {
                child,
                name,
                ended: false,
            },
            File::from(OwnedFd::from(stdout)),
        ))
    }

    /// Waits for the command to end, which it should after its output has.
    ///
    /// # Errors
    /// When it ended with anything but exit status 0.
    pub async fn finish(mut self) -> Result<()> {
        let status = loop {
            match self.child.try_wait() {
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

    fn end(&mut self) {
        let Ok(pid) = i32::try_from(self.child.id()) else {
            return;
        };
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(LOOK),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
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
