//! `s3stream uploads`: its arguments, and the settings they give.

use crate::cli::environment::{Env, switch};
use crate::cli::values::named_value::named;
use crate::cli::values::{destination_value, duration_value};
use crate::cli::{ConnectionArgs, RetryArgs, environment, help};
use crate::config::{
    Connection, Output, OutputFormat, ProgressStyle, StoreConfig, ToAbort, UploadsConfig,
    UploadsTask,
};
use crate::error::{Error, Result};
use clap::{ArgAction, Subcommand, ValueHint};
use std::time::Duration;

/// What is done with unfinished uploads.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum UploadsCommand {
    /// List unfinished multipart uploads: age, parts, bytes, key, id, and who began them
    ///
    /// Their parts cost money, and no listing of objects shows them. Ages are by the store's clock.
    List(ListArgs),

    /// Abort unfinished multipart uploads that are old, or that are named by id
    ///
    /// Wants --older-than or --upload-id. What is aborted can't be completed: choose an age that no
    /// upload under way reaches. An upload counts as aborted once the store shows no part of it.
    Abort(AbortArgs),
}

/// The arguments of `s3stream uploads list`, as they were given.
#[derive(Debug, Clone, clap::Args)]
#[command(
    override_usage = help::UPLOADS_LIST_USAGE,
    after_help = help::UPLOADS_AFTER,
    after_long_help = help::uploads_after_long()
)]
pub(crate) struct ListArgs {
    /// bucket or bucket/prefix, also as s3://bucket/prefix
    ///
    /// Everything that begins with PREFIX counts: b/p also means b/pq; write b/p/ for a folder. An access
    /// point's ARN serves as well.
    #[arg(value_name = "BUCKET[/PREFIX]", value_hint = ValueHint::Other)]
    pub place: String,

    /// Only uploads that were begun so long ago, by the store's clock
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, value_hint = ValueHint::Other)]
    #[arg(help_heading = "Which")]
    pub older_than: Option<Duration>,

    /// How the store is reached, and what is told.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The arguments of `s3stream uploads abort`, as they were given.
#[derive(Debug, Clone, clap::Args)]
#[command(
    override_usage = help::UPLOADS_ABORT_USAGE,
    after_help = help::UPLOADS_AFTER,
    after_long_help = help::uploads_after_long()
)]
pub(crate) struct AbortArgs {
    /// bucket or bucket/prefix, also as s3://bucket/prefix; with --upload-id the bucket and whole key
    ///
    /// Everything that begins with PREFIX counts: b/p also means b/pq; write b/p/ for a folder. An access
    /// point's ARN serves as well.
    #[arg(value_name = "BUCKET[/PREFIX]", value_hint = ValueHint::Other)]
    pub place: String,

    /// Uploads that were begun so long ago, by the store's clock; 0s for all
    #[arg(long, value_name = "TIME", value_parser = duration_value::parse, value_hint = ValueHint::Other)]
    #[arg(help_heading = "Which", conflicts_with = "upload_id")]
    pub older_than: Option<Duration>,

    /// The upload with this id, of the key BUCKET/KEY; may be given several times
    ///
    /// Needs no permission to list uploads.
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other, allow_hyphen_values = true)]
    #[arg(help_heading = "Which")]
    pub upload_id: Vec<String>,

    /// Only say what would be aborted
    #[arg(long, alias = "dryrun", value_parser = switch, help_heading = "Which")]
    pub dry_run: bool,

    /// How the store is reached, and what is told.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// What both take.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CommonArgs {
    /// How the store is reached.
    #[command(flatten)]
    pub connection: ConnectionArgs,

    /// How long to try.
    #[command(flatten)]
    pub retry_policy: RetryArgs,

    /// What is told, and where.
    #[command(flatten)]
    pub output: UploadsOutputArgs,
}

/// What is told, and where.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct UploadsOutputArgs {
    /// What standard output carries [default: text; none for what is really aborted]
    ///
    /// json: one object a line, as schemas/upload.schema.json in the source describes it.
    #[arg(long, value_name = "FORMAT", value_parser = named::<OutputFormat>(), ignore_case = true)]
    pub output: Option<OutputFormat>,

    /// Show only errors
    #[arg(short, long, alias = "only-show-errors", value_parser = switch)]
    pub quiet: bool,

    /// Say what is done, and why it waits, on standard error; -vv adds the log of the SDK
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

impl UploadsOutputArgs {
    fn config(self, by_default: OutputFormat, connection: &Connection) -> Result<Output> {
        if self.quiet && self.verbose > 0 {
            return Err(Error::usage("--quiet and --verbose can't be had together"));
        }
        Ok(Output {
            progress: ProgressStyle::None,
            format: self.output.unwrap_or(by_default),
            quiet: self.quiet,
            warnings: connection.warnings.clone(),
            verbosity: self.verbose.min(2),
            ..Output::default()
        })
    }
}

impl UploadsCommand {
    /// Whether only errors are to be told.
    pub(crate) fn is_quiet(&self) -> bool {
        match self {
            Self::List(list) => list.common.output.quiet,
            Self::Abort(abort) => abort.common.output.quiet,
        }
    }

    /// Checks everything that can be checked without a request.
    ///
    /// # Errors
    /// A usage error that says which option is wrong and why.
    pub(crate) fn config(self) -> Result<UploadsConfig> {
        self.config_in(&Env::real(&|name| std::env::var_os(name)))
    }

    fn config_in(self, env: &Env<'_>) -> Result<UploadsConfig> {
        let checked = match self {
            Self::List(list) => list.checked(env),
            Self::Abort(abort) => abort.checked(env),
        };
        checked.map_err(|error| environment::point_out(error, env))
    }
}

impl ListArgs {
    fn checked(self, env: &Env<'_>) -> Result<UploadsConfig> {
        let (bucket, key) = destination_value::parse_bucket(&self.place)?;
        let older_than = self.older_than;
        let task = UploadsTask::List { older_than };
        self.common
            .config(bucket, key, task, OutputFormat::Text, env)
    }
}

impl AbortArgs {
    fn checked(self, env: &Env<'_>) -> Result<UploadsConfig> {
        let (bucket, key) = destination_value::parse_bucket(&self.place)?;
        let which = which(self.older_than, self.upload_id, &key)?;
        let dry_run = self.dry_run;
        let by_default = match dry_run {
            true => OutputFormat::Text,
            false => OutputFormat::None,
        };
        let task = UploadsTask::Abort { which, dry_run };
        self.common.config(bucket, key, task, by_default, env)
    }
}

impl CommonArgs {
    fn config(
        self,
        bucket: String,
        key: String,
        task: UploadsTask,
        by_default: OutputFormat,
        env: &Env<'_>,
    ) -> Result<UploadsConfig> {
        let connection = self.connection.config(&bucket, env)?;
        Ok(UploadsConfig {
            bucket,
            key,
            task,
            output: self.output.config(by_default, &connection)?,
            store: StoreConfig {
                connection,
                retry_policy: self.retry_policy.config()?,
            },
        })
    }
}

/// What `--older-than` and `--upload-id`, of which clap lets one through, say.
fn which(older_than: Option<Duration>, mut ids: Vec<String>, key: &str) -> Result<ToAbort> {
    let Some(age) = older_than else {
        if ids.is_empty() {
            return Err(Error::usage("nothing says which uploads to abort").hint(
                "give --older-than TIME, which spares those that are under way, or --upload-id ID",
            )
            .because("it takes --older-than or --upload-id"));
        }
        if ids.iter().any(String::is_empty) {
            return Err(Error::usage("--upload-id is empty").hint("is a variable unset?"));
        }
        if key.is_empty() {
            return Err(Error::usage("--upload-id wants the key, too")
                .hint("write BUCKET/KEY as uploads list shows it"));
        }
        ids.sort();
        ids.dedup();
        return Ok(ToAbort::Ids(ids));
    };
    Ok(ToAbort::OlderThan(age))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::tests::surrounded;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn config(args: &[&str]) -> Result<UploadsConfig, String> {
        let argv = ["s3stream", "uploads"].iter().chain(args);
        let cli = Cli::try_parse_from(argv).map_err(|error| error.to_string())?;
        let Command::Uploads(command) = cli.command else {
            unreachable!("it was asked for uploads")
        };
        let config = surrounded(&[], |env| command.config_in(env));
        config.map_err(|error| {
            assert_eq!(error.exit_status(), 2);
            format!("{error:#}")
        })
    }

    #[test]
    fn places() {
        for (text, bucket, key) in [
            ("b", "b", ""),
            ("b/", "b", ""),
            ("s3://b/p", "b", "p"),
            ("b/p/", "b", "p/"),
            ("b/../x", "b", "../x"),
            (
                "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/p",
                "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap",
                "p",
            ),
        ] {
            let found = config(&["list", text]).unwrap();
            assert_eq!((&*found.bucket, &*found.key), (bucket, key), "{text}");
        }
        for text in ["", "/p", "https://h/b"] {
            config(&["list", text]).unwrap_err();
        }
    }

    #[test]
    fn abort_wants_to_know_which() {
        let error = config(&["abort", "b"]).unwrap_err();
        assert!(
            error.contains("--older-than") && error.contains("--upload-id"),
            "{error}"
        );
        config(&["abort", "b", "--older-than", "0s"]).unwrap();
        config(&["abort", "b", "--upload-id", "x"]).unwrap_err();
        config(&["abort", "b/k", "--upload-id="]).unwrap_err();
        config(&["abort", "b/k", "--upload-id=x", "--older-than=1d"]).unwrap_err();
        let found = config(&["abort", "b/k/", "--upload-id", "-x", "--upload-id", "-x"]).unwrap();
        let UploadsTask::Abort {
            which: ToAbort::Ids(ids),
            dry_run: false,
        } = found.task
        else {
            panic!("{found:?}");
        };
        assert_eq!((ids, found.key), (vec!["-x".to_owned()], "k/".to_owned()));
    }

    #[test]
    fn what_is_told_by_default() {
        let format = |args: &[&str]| config(args).unwrap().output.format;
        assert_eq!(format(&["list", "b"]), OutputFormat::Text);
        assert_eq!(
            format(&["abort", "b", "--older-than=1d"]),
            OutputFormat::None
        );
        assert_eq!(
            format(&["abort", "b", "--older-than=1d", "--dry-run"]),
            OutputFormat::Text
        );
        assert_eq!(
            format(&["abort", "b", "--older-than=1d", "--output=json"]),
            OutputFormat::Json
        );
    }
}
