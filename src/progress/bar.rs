//! Bars, redrawn in place.

use console::{Term, colors_enabled_stderr};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Snapshot;
use super::lines::Lines;
use super::rate::Rates;
use super::screen::{Screen, show};

/// The bars on the terminal.
#[derive(Debug)]
pub(super) struct Bar {
    name: String,
    term: Term,
    color: bool,
    /// One bar whose message is all lines: they change in one go.
    bar: ProgressBar,
}

impl Bar {
    pub(super) fn new(name: String) -> Self {
        let target = ProgressDrawTarget::term_like(Box::new(Screen::new()));
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        show(Some(bar.clone()));
        // console lets CLICOLOR_FORCE win over NO_COLOR.
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            name,
            term: Term::stderr(),
            color: !refused && colors_enabled_stderr(),
            bar,
        }
    }

    pub(super) fn draw(&self, now: &Snapshot, rates: &Rates) {
        let (height, width) = self.term.size();
        let lines = Lines {
            name: &self.name,
            width: usize::from(width),
            height: usize::from(height),
            color: self.color,
        };
        self.bar.set_message(lines.render(now, rates).join("\n"));
    }

    /// Takes the bars away and gives the name back.
    pub(super) fn clear(self) -> String {
        self.bar.finish_and_clear();
        show(None);
        self.name
    }
}
