//! What monitoring is told of a run: a file in Prometheus' text format, as the textfile collector of
//! node_exporter reads it. It is written at the end, whatever that was.

mod last_run;
mod text;

use crate::config::MetricsTarget;
use crate::log::warn;
use crate::progress::Totals;
use crate::whole_file;
use last_run::LastRun;
use std::time::{Duration, Instant, SystemTime};
use text::{Labels, Run};

/// The collector runs as a user of its own, whatever the umask here is.
const MODE: u32 = 0o644;

/// The metrics of this run, to be written at its end.
#[derive(Debug)]
pub(crate) struct RunMetrics {
    target: Option<MetricsTarget>,
    began: Instant,
    totals: Totals,
}

impl RunMetrics {
    /// The run begins; without a target, nothing is written.
    pub(crate) fn begin(target: Option<MetricsTarget>) -> Self {
        Self {
            target,
            began: Instant::now(),
            totals: Totals::default(),
        }
    }

    /// Takes note of what was done.
    pub(crate) fn count(&mut self, totals: Totals) {
        self.totals = totals;
    }

    /// Writes the file: the run ends with that exit status. That it can't be written is a warning, since
    /// it changes nothing of what is stored.
    pub(crate) fn write(&self, exit_status: u8) {
        let Some(target) = &self.target else {
            return;
        };
        let last = match exit_status {
            0 => None,
            _ => LastRun::read(&target.path).unwrap_or_else(|why| {
                let lost = format!("the time of the last success is lost: {why}");
                warn(target.path.display(), lost);
                None
            }),
        };
        let text = self.text(target, last.as_ref(), exit_status);
        if let Err(error) = whole_file::replace(&target.path, Some(MODE), text.as_bytes()) {
            let what = format!("the metrics can't be written: {error}");
            warn(target.path.display(), what);
        }
    }

    fn text(&self, target: &MetricsTarget, last: Option<&LastRun>, exit_status: u8) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.unwrap_or(Duration::ZERO).as_secs_f64();
        let labels = Labels::of(target, last);
        let run = Run {
            exit_status,
            now,
            last_success: match exit_status {
                0 => now,
                _ => last.map_or(0.0, |it| it.success_of(&labels)),
            },
            took: self.began.elapsed(),
            totals: &self.totals,
            many: target.many,
        };
        text::text(&labels, &run)
    }
}
