//! What COMMAND writes to its standard error while there are bars on the terminal: it goes on to ours,
//! line by line above them. Without bars it is ours, and nobody stands in between.

use crate::error::{Error, Result};
use crate::log;
use crate::threads::start_thread;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{ChildStderr, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

/// Time, in milliseconds, after which a line that has no end yet is shown: it may be a question.
const QUESTION: u16 = 200;
/// The longest line that is waited for.
const LONGEST: usize = 8 << 10;
/// Bytes that are read at the end at most: somebody else may go on writing, and a pipe holds no more.
const REST: usize = 1 << 20;

/// COMMAND's standard error, where it is read here.
static RELAY: Mutex<Option<Arc<Mutex<Relay>>>> = Mutex::new(None);

/// What COMMAND is to have as its standard error.
pub(super) fn for_command() -> Stdio {
    match log::is_drawn_on() {
        true => Stdio::piped(),
        false => Stdio::inherit(),
    }
}

/// Passes on what comes, on a thread of its own.
///
/// # Errors
/// When the system has no descriptor or no thread to give.
pub(super) fn pass_on(stderr: ChildStderr) -> Result<()> {
    let cant_read = |error| Error::failed("can't read COMMAND's standard error").caused_by(error);
    let input = File::from(OwnedFd::from(stderr));
    let waited_for = input.try_clone().map_err(cant_read)?;
    // The end of the pipe is ours alone. What is there is read, also at the end, and nothing more is
    // waited for: descendants of COMMAND may keep it open.
    fcntl(&input, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(|error| cant_read(error.into()))?;
    let relay = Arc::new(Mutex::new(Relay {
        input,
        lines: Lines::default(),
    }));
    *lock(&RELAY) = Some(Arc::clone(&relay));
    start_thread(Builder::new().name("stderr".to_owned()), move || {
        while wait(&waited_for, PollTimeout::NONE) {
            if !lock(&relay).read_some() {
                break;
            }
            if !wait(&waited_for, QUESTION.into()) {
                lock(&relay).lines.end();
            }
        }
    })?;
    Ok(())
}

/// Passes on all that COMMAND has written so far: before the last words on how it ended.
pub(crate) fn finish() {
    let Some(relay) = lock(&RELAY).clone() else {
        return;
    };
    let mut relay = lock(&relay);
    let mut rest = REST;
    while rest > 0 && relay.read_some() && !relay.is_empty() {
        rest = rest.saturating_sub(LONGEST);
    }
    relay.lines.end();
}

struct Relay {
    input: File,
    lines: Lines,
}

impl Relay {
    /// Passes on what is there; tells whether there may be more.
    fn read_some(&mut self) -> bool {
        let mut bytes = [0; LONGEST];
        match self.input.read(&mut bytes) {
            Ok(0) => false,
            Ok(n) => {
                self.lines.add(&bytes[..n]);
                true
            }
            Err(error) => matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock),
        }
    }

    fn is_empty(&self) -> bool {
        !wait(&self.input, PollTimeout::ZERO)
    }
}

/// Bytes on their way into lines.
#[derive(Debug, Default)]
struct Lines {
    /// A line that has no end yet.
    begun: Vec<u8>,
}

impl Lines {
    fn add(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        let whole = self.begun.iter().rposition(|&byte| byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.begun.drain(..whole).collect();
        show(&lines);
        if self.begun.len() >= LONGEST {
            self.end();
        }
    }

    /// Shows a line that has no end. What a carriage return began is a meter, whose next state follows.
    fn end(&mut self) {
        if self.begun.is_empty() || self.begun.contains(&b'\r') {
            return self.keep_last_state();
        }
        let mut line = std::mem::take(&mut self.begun);
        line.push(b'\n');
        show(&line);
    }

    fn keep_last_state(&mut self) {
        if let Some(last) = self.begun.iter().rposition(|&byte| byte == b'\r') {
            self.begun.drain(..last);
        }
    }
}

/// Of a line that overwrote itself, as meters do, its last state alone.
fn show(lines: &[u8]) {
    let lines: Vec<u8> = lines
        .split_inclusive(|&byte| byte == b'\n')
        .flat_map(last_state)
        .copied()
        .collect();
    if !lines.is_empty() {
        log::above(&lines);
    }
}

fn last_state(line: &[u8]) -> &[u8] {
    let end = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n"));
    let end = end.unwrap_or(line).len();
    let begin = line[..end].iter().rposition(|&byte| byte == b'\r');
    &line[begin.map_or(0, |at| at + 1)..]
}

/// Whether there is something to read, or the end, within `limit`.
fn wait(input: &File, limit: PollTimeout) -> bool {
    loop {
        match poll(&mut [PollFd::new(input.as_fd(), PollFlags::POLLIN)], limit) {
            Err(Errno::EINTR) => {}
            Ok(0) => return false,
            _ => return true,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_meter_the_last_state_is_shown() {
        for (line, shown) in [
            ("plain\n", "plain\n"),
            ("dos\r\n", "dos\r\n"),
            ("\r10%\r20%\n", "20%\n"),
            ("\n", "\n"),
        ] {
            assert_eq!(last_state(line.as_bytes()), shown.as_bytes());
        }
    }

    #[test]
    fn a_meter_fills_no_memory() {
        let mut lines = Lines::default();
        for n in 0..100_000 {
            lines.add(format!("\r{n} bytes").as_bytes());
        }
        assert!(lines.begun.len() <= 2 * LONGEST, "{}", lines.begun.len());
    }
}
