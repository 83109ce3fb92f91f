//! What goes to standard error: the log, which `-v` asks for, and lines that nobody can forge.

mod stderr;

pub(crate) use stderr::{
    Drawing, above, hold_lines, is_drawn_on, last_lines, set_drawn, stderr_line, warn,
};

use std::fmt;
use std::io::{self, Write};
use std::time::SystemTime;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// Starts the log: nothing at 0, what s3stream does at 1, what the SDK does too at 2.
pub(crate) fn start(verbosity: u8) {
    // Never TRACE: there the SDK's signer prints the headers that it signs, with SSE-C's key.
    let filter = match verbosity {
        0 => return,
        1 => "s3stream=info",
        _ => "debug,hyper=info,hyper_util=info,rustls=info",
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(Above)
        .with_ansi(false)
        // It would tell of a standard error that is gone with eprintln, which panics then.
        .log_internal_errors(false);
    // A second start, in a test, keeps the first.
    drop(match verbosity {
        1 => log
            .with_timer(Seconds)
            .with_level(false)
            .with_target(false)
            .try_init(),
        _ => log.try_init(),
    });
}

/// The time in UTC, to the second: what people read.
struct Seconds;

impl FormatTime for Seconds {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        let now = SystemTime::now();
        write!(out, "{}", humantime::format_rfc3339_seconds(now))
    }
}

/// Gives writers of whole events, each of which stays one line, whatever names and messages hold.
struct Above;

impl<'a> MakeWriter<'a> for Above {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Above {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        above(one_line(event).as_bytes());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn one_line(event: &[u8]) -> String {
    let text = String::from_utf8_lossy(event);
    let text = printable(text.strip_suffix('\n').unwrap_or(&text));
    format!("{text}\n")
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
        assert_eq!(
            one_line(b"INFO a\nerror: forged\n"),
            "INFO a\\nerror: forged\n"
        );
    }

    #[test]
    fn a_name_can_neither_move_the_cursor_nor_begin_a_line() {
        assert_eq!(printable("a\x1b[2Jé\n"), "a\\u{1b}[2Jé\\n");
    }
}
