//! What is told, and where.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use strum::{Display, EnumString, VariantNames};

/// How progress is shown, on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Display, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub(crate) enum ProgressStyle {
    /// A bar on a terminal, else nothing.
    #[default]
    Auto,
    /// Bars, redrawn in place.
    Bar,
    /// One line an interval.
    Plain,
    /// One JSON object a line, an interval.
    Json,
    /// Nothing.
    None,
}

/// What standard output carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Display, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub(crate) enum OutputFormat {
    /// Nothing.
    #[default]
    None,
    /// The `s3://bucket/key` alone.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is told, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    /// How progress is shown.
    pub progress: ProgressStyle,
    /// Time between two lines of progress.
    pub progress_interval: Duration,
    /// What standard output carries.
    pub format: OutputFormat,
    /// Errors only.
    pub quiet: bool,
    /// What the settings themselves give reason to say, unless `quiet`.
    pub warnings: Vec<String>,
    /// 0, 1 or 2: how much of the log goes to standard error.
    pub verbosity: u8,
    /// Where what is stored is written down.
    pub receipt: Option<ReceiptTarget>,
}

/// The options that were given, on the command line or by variables, with their values as they were
/// written; of a switch there are none. No option takes a secret.
pub(crate) type GivenOptions = BTreeMap<String, Vec<String>>;

/// Where what is stored is written down, in a file that is replaced as a whole.
#[derive(Debug, Clone)]
pub(crate) struct ReceiptTarget {
    /// The file.
    pub path: PathBuf,
    /// What to say of the options.
    pub options: GivenOptions,
}

/// Where the metrics of a run are written.
#[derive(Debug, Clone)]
pub(crate) struct MetricsTarget {
    /// The file.
    pub path: PathBuf,
    /// What its series are told apart by; `None` where a usage error leaves it open.
    pub labels: Option<MetricsLabels>,
    /// Whether the run is one over many files.
    pub many: bool,
}

/// Labels of all series of a file of metrics, beside its name.
#[derive(Debug, Clone)]
pub(crate) struct MetricsLabels {
    /// The bucket that is written to.
    pub bucket: String,
    /// Names and values that the user adds.
    pub others: Vec<(String, String)>,
}
