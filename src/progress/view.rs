//! The thread that shows a tally, and the choice of how.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::bar::Bar;
use super::rate::Rates;
use super::{Snapshot, Stderr, json, plain, text};
use crate::config::{Output, ProgressStyle};

/// Time between two frames of the bar.
const FRAME: Duration = Duration::from_millis(100);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All is stored.
    Done,
    /// Nothing was committed; the caller says why.
    Failed,
}

/// Shows a tally on standard error until it is finished or dropped.
///
/// Dropping it is [`End::Failed`].
#[derive(Debug)]
pub struct Progress {
    running: Option<(Sender<End>, JoinHandle<()>)>,
}

impl Progress {
    /// Shows what `state` gives in the way that `output` asks for, under the name `s3://bucket/key`.
    ///
    /// A bar needs a terminal that can move its cursor; where one is asked for and there is none,
    /// plain lines take its place.
    pub fn start(
        output: &Output,
        name: &str,
        state: impl Fn() -> Snapshot + Send + 'static,
    ) -> Self {
        let terminal = io::stderr().is_terminal();
        let Some(view) = View::choose(output, name, terminal, console::is_dumb()) else {
            return Self { running: None };
        };
        let period = match view {
            View::Bar(_) => FRAME,
            View::Plain(_) | View::Json(_) => output.progress_interval.max(FRAME),
        };
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || {
                let mut rates = Rates::default();
                loop {
                    let end = receiver.recv_timeout(period);
                    let now = state();
                    rates.push(&now);
                    match end {
                        Err(RecvTimeoutError::Timeout) => view.tick(&now, &rates),
                        Ok(end) => return view.end(&now, &rates, end),
                        Err(RecvTimeoutError::Disconnected) => {
                            return view.end(&now, &rates, End::Failed);
                        }
                    }
                }
            });
        // An upload is worth more than its bar.
        let running = thread.ok().map(|thread| (sender, thread));
        Self { running }
    }

    /// Ends it: a bar goes, and a run that is done is summed up in one line.
    pub fn finish(mut self, end: End) {
        self.stop(end);
    }

    fn stop(&mut self, end: End) {
        if let Some((sender, thread)) = self.running.take() {
            let _ = sender.send(end);
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop(End::Failed);
    }
}

/// One way to show a tally.
#[derive(Debug)]
enum View {
    Bar(Bar),
    /// With the name.
    Plain(String),
    /// With the URI.
    Json(String),
}

impl View {
    fn choose(output: &Output, name: &str, terminal: bool, dumb: bool) -> Option<Self> {
        if output.quiet {
            return None;
        }
        let plain = || View::Plain(text::printable(name));
        match output.progress {
            ProgressStyle::None => None,
            ProgressStyle::Auto if !terminal => None,
            ProgressStyle::Auto | ProgressStyle::Bar if terminal && !dumb => {
                Some(View::Bar(Bar::new(text::printable(name))))
            }
            ProgressStyle::Auto | ProgressStyle::Bar | ProgressStyle::Plain => Some(plain()),
            ProgressStyle::Json => Some(View::Json(name.to_owned())),
        }
    }

    fn tick(&self, now: &Snapshot, rates: &Rates) {
        match self {
            View::Bar(bar) => bar.draw(now, rates),
            View::Plain(name) => write(&plain::line(name, now, rates)),
            View::Json(uri) => write(&json::progress(uri, now, rates)),
        }
    }

    fn end(self, now: &Snapshot, rates: &Rates, end: End) {
        let name = match self {
            View::Bar(bar) => bar.clear(),
            View::Plain(name) => name,
            View::Json(uri) => {
                let event = match end {
                    End::Done => "done",
                    End::Failed => "failed",
                };
                return write(&json::end(&uri, event, now, rates));
            }
        };
        // Of many files, those that are stored are worth telling even when others failed.
        if end == End::Done || now.files.is_some() {
            write(&text::summary(&name, now));
        }
    }
}

/// Writes a line in one call, so that no other gets into it.
fn write(line: &str) {
    let _ = writeln!(Stderr, "{line}");
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::progress::Tally;

    fn chosen(progress: ProgressStyle, terminal: bool, dumb: bool) -> &'static str {
        let output = Output {
            progress,
            ..Output::default()
        };
        match View::choose(&output, "s3://b/k", terminal, dumb) {
            Some(View::Bar(_)) => "bar",
            Some(View::Plain(_)) => "plain",
            Some(View::Json(_)) => "json",
            None => "none",
        }
    }

    #[test]
    fn what_is_shown_fits_what_standard_error_is() {
        use ProgressStyle::{Auto, Bar, Json, None, Plain};
        for (style, terminal, dumb, expected) in [
            (Auto, true, false, "bar"),
            (Auto, true, true, "plain"),
            (Auto, false, false, "none"),
            (Bar, true, false, "bar"),
            (Bar, true, true, "plain"),
            (Bar, false, false, "plain"),
            (Plain, true, false, "plain"),
            (Json, false, false, "json"),
            (None, true, false, "none"),
        ] {
            let got = chosen(style, terminal, dumb);
            assert_eq!(got, expected, "{style:?} {terminal} {dumb}");
        }
    }

    #[test]
    fn quiet_shows_nothing_and_starts_no_thread() {
        let output = Output {
            progress: ProgressStyle::Json,
            quiet: true,
            ..Output::default()
        };
        let progress = Progress::start(&output, "s3://b/k", || Tally::default().snapshot());
        assert!(progress.running.is_none());
        progress.finish(End::Done);
    }

    #[test]
    fn it_ends_at_once_however_long_the_interval() {
        let output = Output {
            progress: ProgressStyle::Plain,
            progress_interval: Duration::MAX,
            ..Output::default()
        };
        let started = Instant::now();
        Progress::start(&output, "s3://b/k", || Tally::default().snapshot()).finish(End::Failed);
        drop(Progress::start(&output, "s3://b/k", || {
            Tally::default().snapshot()
        }));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
