//! Progress on a real terminal.

use crate::harness::*;
use nix::pty::{Winsize, openpty};
use s3_server::{Nth, Op};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A terminal, and all that was written to it.
struct Terminal {
    slave: File,
    path: std::path::PathBuf,
    text: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    fn new(rows: u16, columns: u16) -> Self {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(Some(&size), None).unwrap();
        let path = nix::unistd::ttyname(pty.slave.as_fd()).unwrap();
        let text: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (mut master, seen) = (File::from(pty.master), Arc::clone(&text));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = master.read(&mut bytes) {
                seen.lock().unwrap().extend_from_slice(&bytes[..n]);
            }
        });
        let slave = File::from(pty.slave);
        Self { slave, path, text }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }

    #[track_caller]
    fn until(&self, what: &str, done: impl Fn(&str) -> bool) -> String {
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

    fn resize(&self, rows: u16, columns: u16) {
        let (rows, columns) = (rows.to_string(), columns.to_string());
        let done = Command::new("stty")
            .args(["rows", &rows, "cols", &columns])
            .stdin(Stdio::from(self.slave.try_clone().unwrap()))
            .status();
        assert!(done.unwrap().success());
    }

    fn on(&self, run: S3stream) -> S3stream {
        run.env("TERM", "xterm")
            .env("TTY", &self.path)
            .in_shell("exec \"$0\" \"$@\" 2>\"$TTY\"")
    }
}

/// What stands below the last frame.
fn after_the_bar(text: &str) -> &str {
    text.rsplit_once("\x1b[J").map_or(text, |(_, rest)| rest)
}

#[test]
fn progress_shows_the_parts_in_flight_and_leaves_one_line() {
    for no_color in [false, true] {
        let (server, terminal) = (server(), Terminal::new(24, 100));
        let bytes = noise(2 * PART + 1, 46);
        let hold = server.hold(Op::UploadPart, Nth::From(1));
        let mut put = S3stream::put(&server, "bucket/key").stdin(bytes.clone());
        if no_color {
            put = put.env("NO_COLOR", "1");
        }
        let run = terminal.on(put).start();
        terminal.until("the bar", |text| {
            ["s3://bucket/key", "#1", "#2", "#3", "MiB"]
                .iter()
                .all(|it| text.contains(it))
        });
        hold.release();
        run.wait().silent();
        let text = terminal.until("the summary", |text| after_the_bar(text).contains('\n'));
        let rest = after_the_bar(&text);
        assert_eq!(rest.trim_end().lines().count(), 1, "{rest:?}");
        assert!(rest.contains("s3://bucket/key"), "{rest:?}");
        // SGR codes are those that end in m.
        let colored = text.split("\x1b[").skip(1).any(|it| {
            it.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
                .starts_with('m')
        });
        assert_eq!(colored, !no_color, "{text:?}");
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn progress_survives_a_tiny_window_and_a_change_of_its_size() {
    let (server, terminal) = (server(), Terminal::new(5, 30));
    let bytes = noise(2 * PART + 1, 46);
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let put = S3stream::put(&server, "bucket/key").stdin(bytes.clone());
    let run = terminal.on(put).start();
    let before = terminal.until("the bar", |text| text.contains("#1")).len();
    for (rows, columns) in [(1, 1), (5, 8), (50, 200)] {
        terminal.resize(rows, columns);
    }
    terminal.until("the bar again", |text| text[before..].contains("#3"));
    hold.release();
    run.wait().silent();
    terminal.until("the summary", |text| after_the_bar(text).contains('\n'));
    assert_stored(&server, "key", &bytes);
}

#[test]
fn progress_is_gone_when_the_run_is_ended() {
    let (server, terminal) = (server(), Terminal::new(24, 100));
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let put = S3stream::put(&server, "bucket/key").stdin(noise(2 * PART, 46));
    let run = terminal.on(put).start();
    terminal.until("the bar", |text| text.contains("#2"));
    run.signal(nix::sys::signal::Signal::SIGINT);
    run.wait().signal(nix::sys::signal::Signal::SIGINT);
    let text = terminal.until("the error", |text| after_the_bar(text).contains('\n'));
    assert!(after_the_bar(&text).starts_with("error: "), "{text:?}");
    assert_clean(&server);
    drop(hold);
}
