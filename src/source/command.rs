//! A command whose standard output is uploaded: committed only if it exits with status 0.

use super::{Input, Stream, command_stderr, program};
use crate::descendants::{self, OwnChild};
use crate::error::{Error, Kind, Result};
use crate::signals;
use crate::signals::interrupt::Interrupt;
use crate::threads::{NO_THREAD, start_thread};
use nix::sys::signal::Signal;
use std::ffi::OsString;
use std::fs::File;
use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::Builder;
use tokio::sync::watch;

/// A command that is there to be started: the destination is tried first.
#[derive(Debug)]
pub(crate) struct CommandLine {
    program: OsString,
    arguments: Vec<OsString>,
}

impl CommandLine {
    /// Looks for the program that `words` begin with.
    ///
    /// # Errors
    /// When it is not there, or may not be started.
    pub(super) fn find(words: &[OsString]) -> Result<Self> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| Error::usage("COMMAND is missing after --"))?;
        let this = Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
        };
        program::find(program).map_err(|error| this.cant_start(error))?;
        Ok(this)
    }

    /// Starts the command; gives what it prints. Orphans that it leaves are waited for from now on.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn start(self) -> Result<Stream> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdout(Stdio::piped());
        command.stderr(command_stderr::for_command());
        let mut child = start(&mut command).map_err(|error| self.cant_start(error))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let child = descendants::command(child);
        tokio::spawn(descendants::reap_orphans());
        let stdout = stdout.ok_or_else(|| Error::failed("the command has no output"))?;
        stderr.map_or(Ok(()), command_stderr::pass_on)?;
        let name = self.name();
        let ended = watch_end(name.clone(), Arc::clone(&child))?;
        Ok(Stream {
            input: Input::Open(File::from(OwnedFd::from(stdout))),
            producer: Some(Producer { child, name, ended }),
            may_be_empty: false,
        })
    }

    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    fn cant_start(&self, error: io::Error) -> Error {
        let nothing_to_give = error.kind() == io::ErrorKind::WouldBlock;
        let failed = Error::new(Kind::Command, format!("can't start {}", self.name()));
        let failed = failed.caused_by(error);
        match nothing_to_give {
            true => failed.hint(NO_THREAD),
            false => failed,
        }
    }
}

/// A running command.
///
/// It stays in our process group, so that it can still ask for a password at the terminal and gets
/// Ctrl-C itself. A run that fails ends it, as all that descends from us.
#[derive(Debug)]
pub(crate) struct Producer {
    child: Arc<OwnChild>,
    name: String,
    /// What it came to, once it has ended.
    ended: watch::Receiver<Option<Result<()>>>,
}

impl Producer {
    /// Waits for the command to end, which it should after its output has.
    ///
    /// # Errors
    /// When it ended with anything but exit status 0.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        let ended = self.ended.wait_for(Option::is_some).await;
        let result = ended.ok().and_then(|result| result.clone());
        result.unwrap_or_else(|| Err(cant_wait_for(&self.name)))
    }

    /// Ends the run as soon as it fails.
    pub(crate) fn end_run_if_it_fails(&self, interrupt: &Interrupt) {
        let (failure, interrupt) = (self.failure(), interrupt.clone());
        tokio::spawn(async move { interrupt.stop(failure.await) });
    }

    /// Waits for it to fail: for ever, if it does not.
    fn failure(&self) -> impl Future<Output = Error> + use<> {
        let mut ended = self.ended.clone();
        async move {
            let failed = ended.wait_for(|result| matches!(result, Some(Err(_))));
            let failed = failed.await.ok().and_then(|result| result.clone());
            match failed {
                Some(Err(error)) => error,
                _ => pending().await,
            }
        }
    }

    /// Asks it to end, and does not wait for it.
    pub(crate) fn ask_to_end(&self) {
        self.child.ask_to_end();
    }
}

fn start(command: &mut Command) -> io::Result<Child> {
    signals::as_given(|| command.spawn())
}

/// Waits for its end on a thread of its own: others may hold its output open longer than it lives.
fn watch_end(name: String, child: Arc<OwnChild>) -> Result<watch::Receiver<Option<Result<()>>>> {
    let (sender, ended) = watch::channel(None);
    start_thread(Builder::new().name("command".to_owned()), move || {
        let result = judge(&name, child.wait());
        sender.send_replace(Some(result));
    })?;
    Ok(ended)
}

fn judge(name: &str, ended: io::Result<ExitStatus>) -> Result<()> {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            let what = format!("{name} {}", how_it_ended(status));
            Err(Error::new(Kind::Command, what))
        }
        Err(error) => Err(cant_wait_for(name).caused_by(error)),
    }
}

fn cant_wait_for(name: &str) -> Error {
    Error::new(Kind::Command, format!("can't wait for {name}"))
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
