//! Standard error: every line is one, whatever it holds, and what is drawn on the terminal makes room
//! for it.

use super::printable;
use std::fmt;
use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is drawn on the terminal and redrawn in place, such as bars.
pub(crate) trait Drawing: Send {
    /// Takes it away, does `write`, and draws it again below.
    fn make_room(&self, write: &mut dyn FnMut());
    /// Takes it away.
    fn clear(&self);
}

/// What is on the terminal now.
static DRAWN: Mutex<Option<Box<dyn Drawing>>> = Mutex::new(None);

/// Writes a line to standard error, above what is drawn there. It never fails, since nobody can be
/// told when standard error is gone.
pub(crate) fn stderr_line(line: fmt::Arguments<'_>) {
    above(format!("{}\n", printable(&line.to_string())).as_bytes());
}

/// Warns of `subject`, a file or an object, or what is written to.
pub(crate) fn warn(subject: impl fmt::Display, why: impl fmt::Display) {
    stderr_line(format_args!("warning: {subject}: {why}"));
}

/// Writes whole lines as they are, above what is drawn. In one call, so that no other line gets into
/// them.
pub(crate) fn above(lines: &[u8]) {
    let drawn = drawn();
    let mut write = || drop(io::stderr().lock().write_all(lines));
    match &*drawn {
        Some(drawing) => drawing.make_room(&mut write),
        None => write(),
    }
}

/// Writes the last lines of all: what is drawn goes, and nothing comes after them.
pub(crate) fn last_lines(lines: &str) {
    let drawn = drawn();
    drawn.iter().for_each(|drawing| drawing.clear());
    let _ = io::stderr().lock().write_all(lines.as_bytes());
    std::mem::forget(drawn);
}

/// Says what is drawn on the terminal from now on.
pub(crate) fn set_drawn(drawing: Option<Box<dyn Drawing>>) {
    *drawn() = drawing;
}

/// Whether anything may be drawn on the terminal.
pub(crate) fn is_drawn_on() -> bool {
    drawn().is_some()
}

/// For as long as this is kept, no line is written.
pub(crate) fn hold_lines() -> impl Drop {
    drawn()
}

fn drawn() -> MutexGuard<'static, Option<Box<dyn Drawing>>> {
    DRAWN.lock().unwrap_or_else(PoisonError::into_inner)
}
