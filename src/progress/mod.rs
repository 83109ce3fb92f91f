//! Progress: counters of what was moved, and a display of them on standard error, which a command
//! starts and stops. Other rooms only count.

mod bars;
mod counted_reader;
mod counters;
mod files_progress;
mod json_lines;
mod plain_lines;
mod rates;
mod terminal;
mod totals;
mod waits;

pub(crate) use counted_reader::CountedReader;
pub(crate) use counters::{InFlight, PartGuard, PartProgress, Snapshot, UploadProgress};
pub(crate) use files_progress::{FileCounts, FilesProgress};
pub(crate) use plain_lines::{count, rate, size, time};
pub(crate) use totals::{RetryReason, Totals};
pub(crate) use waits::{NextAttempt, WaitGuard};

use crate::config::{Output, ProgressStyle};
use crate::log::{printable, stderr_line};
use bars::Bars;
use nix::sys::signal::{SigSet, Signal};
use rates::{Estimators, Speed};
use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Time between two looks at the counters, and two frames of the bars.
const FRAME: Duration = Duration::from_millis(100);

/// Shows counters on standard error until it is finished or dropped.
///
/// It does so on a thread of its own: a terminal that takes no bytes holds up nothing else. Dropping it
/// tells of a failure.
#[derive(Debug)]
pub(crate) struct ProgressDisplay {
    running: Option<(Sender<bool>, JoinHandle<()>)>,
}

impl ProgressDisplay {
    /// Shows what `state` gives in the way that `output` asks for, under the name `s3://bucket/key`.
    ///
    /// Bars need a terminal that can move its cursor; where they are asked for and there is none,
    /// plain lines take their place.
    pub(crate) fn start(
        output: &Output,
        name: &str,
        state: impl Fn() -> Snapshot + Send + 'static,
    ) -> Self {
        let terminal = io::stderr().is_terminal();
        let Some(mut style) = Style::choose(output, name, terminal, console::is_dumb()) else {
            return Self { running: None };
        };
        let interval = match style {
            Style::Bars(_) => FRAME,
            Style::Plain(_) | Style::Json(_) => output.progress_interval.max(FRAME),
        };
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || {
                // Else `stty tostop` would stop the whole run with a frame drawn as it goes to the
                // background.
                let _ = SigSet::from(Signal::SIGTTOU).thread_block();
                let mut estimators = Estimators::new();
                let mut shown = Instant::now();
                loop {
                    let done = match receiver.recv_timeout(FRAME) {
                        Err(RecvTimeoutError::Timeout) => None,
                        Ok(done) => Some(done),
                        Err(RecvTimeoutError::Disconnected) => Some(false),
                    };
                    let now = state();
                    let speed = estimators.update(&now);
                    if let Some(done) = done {
                        return style.end(&now, &speed, done);
                    }
                    if shown.elapsed() >= interval && style.may_show(&now) {
                        shown = Instant::now();
                        style.show(&now, &speed);
                    }
                }
            });
        // An upload is worth more than its bar.
        let running = thread.ok().map(|thread| (sender, thread));
        Self { running }
    }

    /// Whether anybody may see it.
    pub(crate) fn is_shown(&self) -> bool {
        self.running.is_some()
    }

    /// Ends it: bars go, and a run that is done, since all is stored, is summed up in one line.
    pub(crate) fn finish(mut self, done: bool) {
        self.stop(done);
    }

    fn stop(&mut self, done: bool) {
        if let Some((sender, thread)) = self.running.take() {
            let _ = sender.send(done);
            let _ = thread.join();
        }
    }
}

impl Drop for ProgressDisplay {
    fn drop(&mut self) {
        self.stop(false);
    }
}

/// One way to show progress.
#[derive(Debug)]
enum Style {
    Bars(Box<Bars>),
    /// With the name.
    Plain(String),
    /// With the URI.
    Json(String),
}

impl Style {
    fn choose(output: &Output, name: &str, terminal: bool, dumb: bool) -> Option<Self> {
        if output.quiet {
            return None;
        }
        match output.progress {
            ProgressStyle::None => None,
            ProgressStyle::Auto if !terminal => None,
            ProgressStyle::Auto | ProgressStyle::Bar if terminal && !dumb => {
                Some(Self::Bars(Box::new(Bars::new(printable(name)))))
            }
            ProgressStyle::Auto | ProgressStyle::Bar | ProgressStyle::Plain => {
                Some(Self::Plain(name.to_owned()))
            }
            ProgressStyle::Json => Some(Self::Json(name.to_owned())),
        }
    }

    /// Whether it is time to show anything: bars would overwrite the question for a password, be it of
    /// COMMAND or of another program of the pipeline.
    fn may_show(&self, now: &Snapshot) -> bool {
        now.flows || !matches!(self, Self::Bars(_))
    }

    fn show(&mut self, now: &Snapshot, speed: &Speed) {
        match self {
            Self::Bars(bars) => bars.draw(now, speed),
            Self::Plain(name) => write(&plain_lines::line(name, now, speed)),
            Self::Json(uri) => write(&json_lines::line(uri, json_lines::PROGRESS, now, speed)),
        }
    }

    fn end(self, now: &Snapshot, speed: &Speed, done: bool) {
        let name = match self {
            Self::Bars(bars) => bars.clear(),
            Self::Plain(name) => name,
            Self::Json(uri) => {
                let event = if done { "done" } else { "failed" };
                return write(&json_lines::line(&uri, event, now, speed));
            }
        };
        // Of many files, those that are stored are worth telling even when others failed.
        if done || now.files.is_some() {
            write(&plain_lines::summary(&name, now, speed));
        }
    }
}

fn write(line: &str) {
    stderr_line(format_args!("{line}"));
}

#[cfg(test)]
mod progress_tests;
