//! A terminal that the binary draws on.

use super::{S3stream, until};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::{Winsize, openpty};
use nix::sys::termios::{FlowArg, tcflow};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A terminal, and all that was written to it.
pub(crate) struct Terminal {
    /// What keys are typed on.
    master: Mutex<Option<File>>,
    slave: File,
    path: std::path::PathBuf,
    text: Arc<Mutex<Vec<u8>>>,
    gone: Arc<AtomicBool>,
}

impl Terminal {
    pub(crate) fn new(rows: u16, columns: u16) -> Self {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(Some(&size), None).unwrap();
        // A run that inherits the terminal's own side keeps it from ever being gone.
        for side in [&pty.master, &pty.slave] {
            fcntl(side, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        }
        let path = nix::unistd::ttyname(pty.slave.as_fd()).unwrap();
        let text: Arc<Mutex<Vec<u8>>> = Arc::default();
        let gone: Arc<AtomicBool> = Arc::default();
        let (mut master, seen) = (File::from(pty.master), Arc::clone(&text));
        let typing = master.try_clone().unwrap();
        let is_gone = Arc::clone(&gone);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = master.read(&mut bytes)
                && !is_gone.load(Relaxed)
            {
                seen.lock().unwrap().extend_from_slice(&bytes[..n]);
            }
        });
        let slave = File::from(pty.slave);
        Self {
            master: Mutex::new(Some(typing)),
            slave,
            path,
            text,
            gone,
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }

    #[track_caller]
    pub(crate) fn until(&self, what: &str, done: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let text = self.text();
            if done(&text) {
                return text;
            }
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "{what}: {text:?}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let (rows, columns) = (rows.to_string(), columns.to_string());
        let done = Command::new("stty")
            .args(["rows", &rows, "cols", &columns])
            .stdin(Stdio::from(self.slave.try_clone().unwrap()))
            .status();
        assert!(done.unwrap().success());
    }

    /// What Ctrl-S and Ctrl-Q do.
    pub(crate) fn flow(&self, flow: FlowArg) {
        tcflow(&self.slave, flow).unwrap();
    }

    /// Closes the window, with the next that is written to it.
    pub(crate) fn hang_up(&self) {
        *self.master.lock().unwrap() = None;
        self.gone.store(true, Relaxed);
        let writes = || (&self.slave).write(b" ").is_ok();
        until("it is gone", || !writes());
    }

    /// What a key sends, or several.
    pub(crate) fn type_keys(&self, keys: &[u8]) {
        let mut master = self.master.lock().unwrap();
        master.as_mut().expect("a window").write_all(keys).unwrap();
    }

    /// A shell with jobs, whose terminal this is; `script` starts the run as `"$0" "$@"`.
    pub(crate) fn with_jobs(&self, run: S3stream, script: &str) -> S3stream {
        let shell =
            format!("exec setsid -cw sh -mc '{script}' \"$0\" \"$@\" <\"$TTY\" >\"$TTY\" 2>&1");
        run.env("TERM", "xterm")
            .env("TTY", &self.path)
            .in_shell(&shell)
    }

    pub(crate) fn on(&self, run: S3stream) -> S3stream {
        run.env("TERM", "xterm")
            .env("TTY", &self.path)
            .in_shell("exec \"$0\" \"$@\" 2>\"$TTY\"")
    }
}

/// What stands below the last frame.
pub(crate) fn after_the_bar(text: &str) -> &str {
    text.rsplit_once("\x1b[J").map_or(text, |(_, rest)| rest)
}
