//! Prometheus' text format: <https://prometheus.io/docs/instrumenting/exposition_formats/>. All files
//! have the same HELP and TYPE for the same name: else the collector drops them.

use super::last_run::LastRun;
use crate::config::MetricsTarget;
use crate::progress::{FileCounts, RetryReason, Totals};
use std::fmt::{Display, Write as _};
use std::path::Path;
use std::time::Duration;
use strum::VariantArray as _;

/// The one series that is read again by the next run.
pub(super) const LAST_SUCCESS: &str = "s3stream_last_success_timestamp_seconds";

/// What is told of a run.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) exit_status: u8,
    /// Seconds since 1970, at its end.
    pub(super) now: f64,
    /// The same of the last run that succeeded; 0 where none did.
    pub(super) last_success: f64,
    pub(super) took: Duration,
    pub(super) totals: &'a Totals,
    /// Whether it is one of put-many.
    pub(super) many: bool,
}

/// The labels that all series of a file have.
#[derive(Debug)]
pub(super) struct Labels {
    /// That of the bucket, which comes first.
    pub(super) bucket: String,
    /// All of them, as they stand between the braces.
    all: String,
}

impl Labels {
    /// Those of `target`. Where a usage error leaves them open, those of the run before: a series that
    /// changed its labels would be another, and alerts would lose it.
    pub(super) fn of(target: &MetricsTarget, last: Option<&LastRun>) -> Self {
        let name = label("name", &name_of(&target.path));
        let Some(labels) = &target.labels else {
            let kept = last.map(|it| it.labels.clone());
            let kept = kept.filter(|it| it.contains(&format!(",{name}")));
            let all = kept.unwrap_or_else(|| format!("{},{name}", label("bucket", "")));
            return Self {
                bucket: all.split_inclusive("\",").next().unwrap_or(&all).to_owned(),
                all,
            };
        };
        let bucket = label("bucket", &labels.bucket) + ",";
        let mut all = format!("{bucket}{name}");
        for (key, value) in &labels.others {
            let _ = write!(all, ",{}", label(key, value));
        }
        Self { bucket, all }
    }
}

/// FILE without its folder and `.prom`: no two files of a collector's folder have the same.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".prom").unwrap_or(&name).to_owned()
}

fn label(name: &str, value: &str) -> String {
    let value = value
        .replace('\\', r"\\")
        .replace('"', r#"\""#)
        .replace('\n', r"\n");
    format!("{name}=\"{value}\"")
}

/// The whole file.
pub(super) fn text(labels: &Labels, run: &Run<'_>) -> String {
    let mut text = Text {
        labels: &labels.all,
        text: String::new(),
    };
    text.gauge(
        "s3stream_success",
        "Whether the last run succeeded (1) or not (0).",
        u8::from(run.exit_status == 0),
    );
    text.gauge(
        LAST_SUCCESS,
        "When the last successful run ended, in seconds since 1970; 0 if there was none.",
        format_args!("{:.3}", run.last_success),
    );
    text.gauge(
        "s3stream_last_run_timestamp_seconds",
        "When the last run ended, in seconds since 1970.",
        format_args!("{:.3}", run.now),
    );
    text.gauge(
        "s3stream_duration_seconds",
        "How long the last run took.",
        format_args!("{:.3}", run.took.as_secs_f64()),
    );
    text.gauge(
        "s3stream_exit_status",
        "Exit status of the last run; 128+N if signal N ended it.",
        run.exit_status,
    );
    text.totals(run.totals);
    if run.many {
        text.files(run.totals.files.unwrap_or_default());
    }
    text.text
}

struct Text<'a> {
    labels: &'a str,
    text: String,
}

impl Text<'_> {
    fn totals(&mut self, totals: &Totals) {
        self.gauge(
            "s3stream_bytes",
            "Bytes of the parts that the store took in the last run, also if that failed later.",
            totals.bytes,
        );
        self.gauge(
            "s3stream_parts",
            "Parts that the store took in the last run; an object sent in one request counts as one.",
            totals.parts,
        );
        let name = "s3stream_retries";
        self.head(
            name,
            "Requests of the last run that were sent again, by why.",
        );
        for (reason, count) in RetryReason::VARIANTS.iter().zip(totals.retries) {
            self.sample(name, &format!(",reason=\"{reason}\""), count);
        }
    }

    fn files(&mut self, files: FileCounts) {
        let name = "s3stream_files";
        self.head(
            name,
            "Files of the last run: uploaded, skipped (passed over), or failed (not stored, tried or not).",
        );
        let left = files.found.saturating_sub(files.uploaded + files.skipped);
        for (result, count) in [
            ("uploaded", files.uploaded),
            ("skipped", files.skipped),
            ("failed", left.max(files.failed)),
        ] {
            self.sample(name, &format!(",result=\"{result}\""), count);
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help);
        self.sample(name, "", value);
    }

    fn head(&mut self, name: &str, help: &str) {
        let head = format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
        self.text.push_str(&head);
    }

    fn sample(&mut self, name: &str, more: &str, value: impl Display) {
        let labels = self.labels;
        // Into a string it can't fail.
        let _ = writeln!(self.text, "{name}{{{labels}{more}}} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MetricsLabels;

    fn target(path: &str, labels: Option<MetricsLabels>) -> MetricsTarget {
        MetricsTarget {
            path: path.into(),
            labels,
            many: false,
        }
    }

    #[test]
    fn labels_are_escaped_and_the_name_is_that_of_the_file() {
        let labels = MetricsLabels {
            bucket: "b".to_owned(),
            others: vec![("k".to_owned(), "a\"b\\c\nd".to_owned())],
        };
        let found = Labels::of(&target("/x/y.z.prom", Some(labels)), None);
        assert_eq!(found.all, r#"bucket="b",name="y.z",k="a\"b\\c\nd""#);
        assert_eq!(found.bucket, r#"bucket="b","#);
    }

    #[test]
    fn labels_that_are_open_have_a_bucket_all_the_same() {
        let found = Labels::of(&target("y", None), None);
        assert_eq!(found.all, r#"bucket="",name="y""#);
        assert_eq!(found.bucket, r#"bucket="","#);
    }
}
