//! The terminal under the bars.

use crate::log::printable;
use console::{Term, measure_text_width, truncate_str};
use indicatif::{MultiProgress, TermLike};
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The bars on the terminal, which have to make room for other lines.
static ON_TERMINAL: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Writes a line to standard error, for which bars make room. It never fails, since nobody can be told
/// when standard error is gone.
pub(crate) fn stderr_line(line: fmt::Arguments<'_>) {
    let bars = lock(&ON_TERMINAL);
    // In one call, so that no other line gets into it.
    let line = format!("{}\n", printable(&line.to_string()));
    let write = || drop(io::stderr().lock().write_all(line.as_bytes()));
    bars.as_ref().map_or_else(write, |bars| bars.suspend(write));
}

/// Warns of `subject`, a file or an object, or what is written to.
pub(crate) fn warn(subject: impl fmt::Display, why: impl fmt::Display) {
    stderr_line(format_args!("warning: {subject}: {why}"));
}

/// Says which bars are on the terminal.
pub(super) fn set_on_terminal(bars: Option<MultiProgress>) {
    *lock(&ON_TERMINAL) = bars;
}

/// For as long as this is kept, no other line comes to the terminal.
pub(super) fn hold_lines() -> impl Drop {
    lock(&ON_TERMINAL)
}

/// Rows and columns of the terminal.
pub(super) fn size() -> (u16, u16) {
    Term::stderr().size()
}

/// What indicatif draws on, in place of its own terminal.
///
/// That one pads each line to the full width and lets the terminal wrap it. When the window then gets
/// narrower, the terminal folds those lines anew, and what is cleared are the wrong rows. And a
/// terminal that is gone makes it panic. So frames are put together here: each line ends before the
/// margin, the rows of the last frame are counted at the width of now, and a frame that can't be
/// written is dropped.
#[derive(Debug)]
pub(super) struct FrameTerminal<W> {
    /// Tells rows and columns.
    size: fn() -> (u16, u16),
    /// Whether frames are dropped, since their lines are not all new yet.
    held: Arc<AtomicBool>,
    frame: Mutex<Frame<W>>,
}

#[derive(Debug)]
struct Frame<W> {
    out: W,
    lines: Vec<String>,
    /// Widths of the lines on the screen.
    shown: Vec<usize>,
}

impl<W: Write> FrameTerminal<W> {
    pub(super) fn new(out: W, size: fn() -> (u16, u16), held: Arc<AtomicBool>) -> Self {
        Self {
            size,
            held,
            frame: Mutex::new(Frame {
                out,
                lines: Vec::new(),
                shown: Vec::new(),
            }),
        }
    }
}

impl<W> Frame<W> {
    /// The bytes that put the new lines in place of those shown, on a terminal of `columns`.
    fn replacing(&mut self, columns: usize) -> String {
        let rows = |width: &usize| width.div_ceil(columns.max(1)).max(1);
        let rows: usize = self.shown.iter().map(rows).sum();
        let mut bytes = String::new();
        if rows > 0 {
            bytes.push('\r');
        }
        if rows > 1 {
            bytes.push_str(&format!("\x1b[{}A", rows - 1));
        }
        if rows > self.shown.len() {
            // Else the terminal goes on to take folded rows for one line.
            bytes.push_str("\x1b[J");
        }
        let lines = std::mem::take(&mut self.lines);
        // To the end of the line after each, not all at once before: that would flicker.
        bytes.push_str(&lines.join("\x1b[K\r\n"));
        if !bytes.is_empty() {
            bytes.push_str("\x1b[J");
        }
        self.shown = lines.iter().map(|line| measure_text_width(line)).collect();
        bytes
    }
}

impl<W: Write + fmt::Debug + Send> TermLike for FrameTerminal<W> {
    fn width(&self) -> u16 {
        (self.size)().1
    }

    fn height(&self) -> u16 {
        (self.size)().0
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        // What is blank is the padding.
        if !text.trim().is_empty() {
            lock(&self.frame).lines.push(text.trim_end().to_owned());
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut frame = lock(&self.frame);
        if self.held.load(Relaxed) {
            frame.lines.clear();
            return Ok(());
        }
        let bytes = frame.replacing(usize::from((self.size)().1));
        // Nobody to tell when standard error is gone.
        let _ = frame.out.write_all(bytes.as_bytes());
        let _ = frame.out.flush();
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
}

/// The name in `columns`, its middle left out where it does not fit: the end of a key tells more
/// than its start.
pub(super) fn shorten(name: &str, columns: usize) -> String {
    if measure_text_width(name) <= columns {
        return name.to_owned();
    }
    let Some(room) = columns.checked_sub(3) else {
        return String::new();
    };
    let head = truncate_str(name, room / 2, "");
    let backwards: String = name.chars().rev().collect();
    let tail = truncate_str(&backwards, room - room / 2, "");
    let tail: String = tail.chars().rev().collect();
    format!("{head}...{tail}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(terminal: &FrameTerminal<Vec<u8>>, lines: &[&str], columns: usize) -> String {
        let mut frame = lock(&terminal.frame);
        frame.lines = lines.iter().map(|&line| line.to_owned()).collect();
        frame.replacing(columns)
    }

    #[test]
    fn a_frame_replaces_the_one_before() {
        let terminal = FrameTerminal::new(Vec::new(), || (24, 20), Arc::default());
        let first = frame(&terminal, &["one", "two"], 20);
        assert_eq!(first, "one\x1b[K\r\ntwo\x1b[J");
        assert_eq!(frame(&terminal, &["1"], 20), "\r\x1b[1A1\x1b[J");
        assert_eq!(frame(&terminal, &[], 20), "\r\x1b[J");
        assert_eq!(frame(&terminal, &[], 20), "");
    }

    #[test]
    fn lines_that_a_narrower_window_folded_are_counted() {
        let terminal = FrameTerminal::new(Vec::new(), || (24, 20), Arc::default());
        frame(&terminal, &["\x1b[1mnine chars\x1b[0m", "four"], 20);
        let next = frame(&terminal, &["x"], 5);
        assert_eq!(next, "\r\x1b[2A\x1b[Jx\x1b[J");
    }

    #[test]
    fn names_are_shortened_in_the_middle() {
        assert_eq!(shorten("s3://b/k", 8), "s3://b/k");
        assert_eq!(shorten("s3://bucket/backup.sql", 13), "s3://...p.sql");
        assert_eq!(shorten("s3://bucket/backup.sql", 2), "");
        // Each of these takes two columns.
        assert_eq!(shorten("数据库备份文件", 9), "数...件");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {}
}
