//! What goes to standard error: the log, which `-v` asks for, and lines that nobody can forge.

use std::io::{self, Write};
use tracing_subscriber::EnvFilter;

/// Starts the log: nothing at 0, what s3stream does at 1, what the SDK does too at 2.
pub(crate) fn start(verbosity: u8) {
    // Never TRACE: there the SDK's signer prints the headers that it signs, with SSE-C's key.
    let filter = match verbosity {
        0 => return,
        1 => "s3stream=info",
        _ => "debug,hyper=info,hyper_util=info,rustls=info",
    };
    let started = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(|| Lines(io::stderr()))
        .with_ansi(false)
        // It would tell of a standard error that is gone with eprintln, which panics then.
        .log_internal_errors(false)
        .try_init();
    // A second start, in a test, keeps the first.
    drop(started);
}

/// A writer of whole events, each of which stays one line, whatever names and messages hold.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = printable(text.strip_suffix('\n').unwrap_or(&text));
        self.0.write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The name with control characters made visible: a key may hold any.
pub(crate) fn printable(name: &str) -> String {
    let mut printable = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_control() {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_the_log_is_one_line() {
        let mut out = Vec::new();
        Lines(&mut out)
            .write_all(b"INFO a\nerror: forged\n")
            .unwrap();
        assert_eq!(out, b"INFO a\\nerror: forged\n");
    }

    #[test]
    fn a_name_can_neither_move_the_cursor_nor_begin_a_line() {
        assert_eq!(printable("a\x1b[2Jé\n"), "a\\u{1b}[2Jé\\n");
    }
}
