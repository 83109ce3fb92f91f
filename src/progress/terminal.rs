//! The terminal under the bars.

use console::{Term, measure_text_width, truncate_str};
use indicatif::{MultiProgress, TermLike};
use nix::sys::signal::Signal;
use nix::unistd::{getpgrp, tcgetpgrp};
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// Whether this process went on after it had been stopped: the shell and others have written to the
/// terminal meanwhile.
static CONTINUED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
    let continued = Arc::default();
    let _ = signal_hook::flag::register(Signal::SIGCONT as i32, Arc::clone(&continued));
    continued
});

/// What is asked of the terminal before each frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    /// Tells rows and columns.
    pub(super) size: fn() -> (u16, u16),
    /// Tells whether it is ours to draw on.
    pub(super) is_ours: fn() -> bool,
    /// Tells, once, whether others may have written to it since the last frame.
    pub(super) was_left: fn() -> bool,
}

impl Screen {
    /// That of standard error.
    pub(super) fn stderr() -> Self {
        // From now on it takes note.
        LazyLock::force(&CONTINUED);
        Self {
            size: || Term::stderr().size(),
            is_ours: in_foreground,
            was_left: || CONTINUED.swap(false, Relaxed),
        }
    }
}

/// Whether the terminal's foreground job is ours. In the background, whoever is in front draws there.
fn in_foreground() -> bool {
    // A terminal that controls no jobs of ours (ENOTTY) has nobody else in front.
    tcgetpgrp(io::stderr()).map_or(true, |front| front == getpgrp())
}

impl crate::log::Drawing for MultiProgress {
    fn make_room(&self, write: &mut dyn FnMut()) {
        self.suspend(write);
    }

    fn clear(&self) {
        let _ = Self::clear(self);
    }
}

/// What indicatif draws on, in place of its own terminal.
///
/// That one pads each line to the full width and lets the terminal wrap it. When the window then gets
/// narrower, the terminal folds those lines anew, and what is cleared are the wrong rows. And a
/// terminal that is gone makes it panic. So frames are put together here: each line ends before the
/// margin, the rows of the last frame are counted at the width of now, and a frame that can't be
/// written is dropped.
///
/// The cursor waits on a row of its own below: there the terminal echoes what is typed, as `^C`.
#[derive(Debug)]
pub(super) struct FrameTerminal<W> {
    screen: Screen,
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
    pub(super) fn new(out: W, screen: Screen, held: Arc<AtomicBool>) -> Self {
        Self {
            screen,
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
            bytes.push_str(&format!("\r\x1b[{rows}A"));
        }
        if rows > self.shown.len() {
            // Else the terminal goes on to take folded rows for one line.
            bytes.push_str("\x1b[J");
        }
        let lines = std::mem::take(&mut self.lines);
        // To the end of the line after each, not all at once before: that would flicker.
        for line in &lines {
            bytes.push_str(&format!("{line}\x1b[K\r\n"));
        }
        if !bytes.is_empty() {
            bytes.push_str("\x1b[J");
        }
        self.shown = lines.iter().map(|line| measure_text_width(line)).collect();
        bytes
    }
}

impl<W: Write + fmt::Debug + Send> TermLike for FrameTerminal<W> {
    fn width(&self) -> u16 {
        (self.screen.size)().1
    }

    fn height(&self) -> u16 {
        (self.screen.size)().0
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
        let is_ours = (self.screen.is_ours)();
        if !is_ours || (self.screen.was_left)() {
            // Where the rows are now nobody knows.
            frame.shown.clear();
        }
        if !is_ours || self.held.load(Relaxed) {
            frame.lines.clear();
            return Ok(());
        }
        let bytes = frame.replacing(usize::from((self.screen.size)().1));
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
    use std::cell::Cell;

    fn terminal() -> FrameTerminal<Vec<u8>> {
        let screen = Screen {
            size: || (24, 20),
            is_ours: || IS_OURS.get(),
            was_left: || WAS_LEFT.take(),
        };
        FrameTerminal::new(Vec::new(), screen, Arc::default())
    }

    thread_local! {
        static IS_OURS: Cell<bool> = const { Cell::new(true) };
        static WAS_LEFT: Cell<bool> = const { Cell::new(false) };
    }

    /// What a frame of this line writes.
    fn flushed(terminal: &FrameTerminal<Vec<u8>>, line: &str) -> String {
        terminal.write_line(line).unwrap();
        terminal.flush().unwrap();
        let bytes = std::mem::take(&mut lock(&terminal.frame).out);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn nothing_is_drawn_on_a_terminal_that_is_not_ours_and_what_was_is_forgotten() {
        let terminal = terminal();
        let first = "x\x1b[K\r\n\x1b[J";
        assert_eq!(flushed(&terminal, "x"), first);
        assert_eq!(flushed(&terminal, "x"), format!("\r\x1b[1A{first}"));
        WAS_LEFT.set(true);
        assert_eq!(flushed(&terminal, "x"), first);
        IS_OURS.set(false);
        assert_eq!(flushed(&terminal, "x"), "");
        IS_OURS.set(true);
        assert_eq!(flushed(&terminal, "x"), first);
    }

    fn frame(terminal: &FrameTerminal<Vec<u8>>, lines: &[&str], columns: usize) -> String {
        let mut frame = lock(&terminal.frame);
        frame.lines = lines.iter().map(|&line| line.to_owned()).collect();
        frame.replacing(columns)
    }

    #[test]
    fn a_frame_replaces_the_one_before() {
        let terminal = terminal();
        let first = frame(&terminal, &["one", "two"], 20);
        assert_eq!(first, "one\x1b[K\r\ntwo\x1b[K\r\n\x1b[J");
        assert_eq!(frame(&terminal, &["1"], 20), "\r\x1b[2A1\x1b[K\r\n\x1b[J");
        assert_eq!(frame(&terminal, &[], 20), "\r\x1b[1A\x1b[J");
        assert_eq!(frame(&terminal, &[], 20), "");
    }

    #[test]
    fn lines_that_a_narrower_window_folded_are_counted() {
        let terminal = terminal();
        frame(&terminal, &["\x1b[1mnine chars\x1b[0m", "four"], 20);
        let next = frame(&terminal, &["x"], 5);
        assert_eq!(next, "\r\x1b[3A\x1b[Jx\x1b[K\r\n\x1b[J");
    }

    #[test]
    fn names_are_shortened_in_the_middle() {
        assert_eq!(shorten("s3://b/k", 8), "s3://b/k");
        assert_eq!(shorten("s3://bucket/backup.sql", 13), "s3://...p.sql");
        assert_eq!(shorten("s3://bucket/backup.sql", 2), "");
        // Each of these takes two columns.
        assert_eq!(shorten("数据库备份文件", 9), "数...件");
    }
}
