//! The terminal under the bars.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use console::{Term, measure_text_width};
use indicatif::{ProgressBar, TermLike};

/// The bar on show, which has to make room for other lines.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Standard error for those who write whole lines while a bar may be on show: it makes room for
/// them. What is written in one call has to end a line. Writing never fails, since nobody can be
/// told when standard error is gone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bar = lock(&SHOWN).clone();
        let write = || {
            let _ = io::stderr().lock().write_all(bytes);
        };
        bar.map_or_else(write, |bar| bar.suspend(write));
        Ok(bytes.len())
    }

    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        self.write_all(text.to_string().as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Says which bar is on show.
pub(super) fn show(bar: Option<ProgressBar>) {
    *lock(&SHOWN) = bar;
}

/// Draws what indicatif lays out.
///
/// Left to itself, indicatif pads each line to the full width and lets the terminal wrap it. When
/// the window then changes its width, the terminal folds those lines anew and what is cleared are
/// the wrong rows. Its buffer also grows without end once the terminal no longer takes any bytes.
/// So frames are painted here: each line ends before the margin, the rows of the last frame are
/// counted at the width of now, and a frame that cannot be written is dropped.
#[derive(Debug)]
pub(super) struct Screen {
    term: Term,
    frame: Mutex<Frame>,
}

#[derive(Debug, Default)]
struct Frame {
    lines: Vec<String>,
    /// Widths of the lines on the screen.
    shown: Vec<usize>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self {
            term: Term::stderr(),
            frame: Mutex::default(),
        }
    }
}

impl Frame {
    /// The bytes that put the new lines in place of those shown, on a terminal of `width`.
    fn paint(&mut self, width: usize) -> String {
        let rows: usize = self
            .shown
            .iter()
            .map(|shown| shown.div_ceil(width.max(1)).max(1))
            .sum();
        let mut bytes = String::new();
        let lines = std::mem::take(&mut self.lines);
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
        // To the end of the line after each, not all at once before: that would flicker.
        bytes.push_str(&lines.join("\x1b[K\r\n"));
        if !bytes.is_empty() {
            bytes.push_str("\x1b[J");
        }
        self.shown = lines.iter().map(|line| measure_text_width(line)).collect();
        bytes
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        self.term.size().1
    }

    fn height(&self) -> u16 {
        self.term.size().0
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

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        // What is blank is the padding.
        if !text.trim().is_empty() {
            lock(&self.frame).lines.push(text.to_owned());
        }
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let bytes = lock(&self.frame).paint(usize::from(self.width()));
        // Nobody to tell when standard error is gone.
        let _ = io::stderr().lock().write_all(bytes.as_bytes());
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(frame: &mut Frame, lines: &[&str], width: usize) -> String {
        frame.lines = lines.iter().map(|&line| line.to_owned()).collect();
        frame.paint(width)
    }

    #[test]
    fn a_frame_replaces_the_one_before() {
        let mut frame = Frame::default();
        assert_eq!(
            paint(&mut frame, &["one", "two"], 20),
            "one\x1b[K\r\ntwo\x1b[J"
        );
        assert_eq!(paint(&mut frame, &["1"], 20), "\r\x1b[1A1\x1b[J");
        assert_eq!(paint(&mut frame, &[], 20), "\r\x1b[J");
        assert_eq!(paint(&mut frame, &[], 20), "");
    }

    #[test]
    fn lines_that_a_narrower_window_folded_are_counted() {
        let mut frame = Frame::default();
        paint(&mut frame, &["\x1b[1mnine chars\x1b[0m", "four"], 20);
        assert_eq!(paint(&mut frame, &["x"], 5), "\r\x1b[2A\x1b[Jx\x1b[J");
    }
}
