//! A run from its command line to its exit status.

use crate::cli::{
    self, Command, DoctorArgs, ManArgs, PutArgs, PutManyArgs, UploadsCommand, VerifyArgs,
};
use crate::command::{descriptors, doctor, put, put_dry_run, put_many, texts, uploads, verify};
use crate::config::{Output, PutConfig};
use crate::error::{Error, Result};
use crate::log::stderr_line;
use crate::metrics::RunMetrics;
use crate::part::plan;
use crate::progress::{FilesProgress, UploadProgress};
use crate::signals::{self, Queue};
use crate::signals::{interrupt, unfinished};
use crate::source::command_stderr;
use crate::threads::{NO_THREAD, start_runtime};
use crate::{descendants, log};
use std::ffi::OsString;
use std::io::Write as _;
use std::panic;
use std::process::ExitCode;
use std::sync::Arc;

/// Threads that move bytes at most; reading and hashing a stream has one of its own.
const MOST_THREADS: usize = 8;
/// The run itself is a task: while a file system keeps it waiting, signals are still heeded.
const LEAST_THREADS: usize = 2;

/// Does what the command line says, the program's name first; tells of a failure on standard error.
/// After a signal it does not return: the process ends by that signal.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = match cli::try_parse_from(&arguments) {
        Ok(cli) => cli.command,
        Err(usage) => return refuse(&usage, &arguments),
    };
    let mut metrics = RunMetrics::begin(command.metrics());
    let done = start(command, &mut metrics);
    interrupt::end();
    let status = match &done {
        Ok(()) => 0,
        Err(error) => {
            tell(error);
            error.exit_status()
        }
    };
    // After the error is told: a file system that hangs must not hide it.
    metrics.write(status);
    if let Some(number) = done.err().and_then(|error| error.kind.signal()) {
        signals::end_by(number);
    }
    ExitCode::from(status)
}

/// Says what clap has to say of the command line, which may be the help that was asked for.
fn refuse(usage: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let _ = usage.print();
    let status = u8::try_from(usage.exit_code()).unwrap_or(2);
    if status != 0 {
        RunMetrics::begin(cli::metrics_of_refused(arguments)).write(status);
    }
    ExitCode::from(status)
}

fn start(command: Command, metrics: &mut RunMetrics) -> Result<()> {
    if !command.is_quiet()
        && let Some(warning) = cli::unknown_variables()
    {
        stderr_line(format_args!("warning: {warning}"));
    }
    match command {
        Command::Put(arguments) => {
            let format = arguments.output.output;
            match put_config(arguments) {
                Ok(config) => put(config, metrics),
                Err(error) => Err(put::tell_failure(format, None, None, error)),
            }
        }
        Command::PutMany(arguments) => put_many(arguments, metrics),
        Command::Uploads(arguments) => uploads(arguments),
        Command::Verify(arguments) => verify(*arguments),
        Command::Doctor(arguments) => doctor(arguments),
        Command::Completions(arguments) => texts::print(&arguments.script()),
        Command::Man(arguments) => man(&arguments),
        Command::Version(arguments) => texts::print(arguments.text().as_bytes()),
    }
}

fn put_config(arguments: PutArgs) -> Result<PutConfig> {
    let config = arguments.config()?;
    plan::check(&config.upload).map_err(cli::point_out)?;
    Ok(config)
}

fn put(mut config: PutConfig, metrics: &mut RunMetrics) -> Result<()> {
    // A socket for each request.
    let transfer = &mut config.upload.transfer;
    transfer.keep_to(descriptors::make_room(transfer.workers, 1));
    let (output, workers) = (config.output.clone(), transfer.workers);
    let (destination, source) = (config.destination.clone(), config.source.clone());
    let done = if config.dry_run {
        drive(&output, workers, |queue| put_dry_run::run(config, queue))
    } else {
        let progress = Arc::new(UploadProgress::default());
        let counted = Arc::clone(&progress);
        let done = drive(&output, workers, |queue| put::run(config, queue, counted));
        metrics.count(progress.totals());
        done
    };
    let (path, destination) = (source.path(), Some(&destination));
    done.map_err(|error| put::tell_failure(output.format, path, destination, error))
}

fn put_many(arguments: PutManyArgs, metrics: &mut RunMetrics) -> Result<()> {
    let mut config = arguments.config()?;
    // A socket and a file for each.
    let transfer = &mut config.upload.transfer;
    transfer.keep_to(descriptors::make_room(transfer.workers, 2));
    let (output, workers) = (config.output.clone(), transfer.workers);
    let progress = Arc::new(FilesProgress::default());
    let counted = Arc::clone(&progress);
    let done = drive(&output, workers, |queue| {
        put_many::run(config, queue, counted)
    });
    metrics.count(progress.totals());
    done
}

fn uploads(arguments: UploadsCommand) -> Result<()> {
    let config = arguments.config()?;
    let output = config.output.clone();
    drive(&output, 1, |queue| uploads::run(config, queue))
}

fn verify(arguments: VerifyArgs) -> Result<()> {
    let format = arguments.output.output;
    let mut config = arguments.config().inspect_err(|error| {
        verify::tell_refused(format, error);
    })?;
    // A socket and a file for each.
    let transfer = &mut config.upload.transfer;
    transfer.keep_to(descriptors::make_room(transfer.workers, 2));
    let (output, workers) = (config.output.clone(), transfer.workers);
    drive(&output, workers, |queue| verify::run(config, queue))
}

fn doctor(arguments: DoctorArgs) -> Result<()> {
    let format = arguments.output.format();
    let config = arguments.config().inspect_err(|error| {
        doctor::tell_refused(format, error);
    })?;
    let (output, workers) = (config.output.clone(), config.speed.unwrap_or(1));
    drive(&output, workers, |queue| doctor::run(config, queue))
}

fn man(arguments: &ManArgs) -> Result<()> {
    let pages = cli::manual_pages()?;
    match &arguments.dir {
        None => pages
            .first()
            .map_or(Ok(()), |main| texts::print(&main.text)),
        Some(folder) => pages
            .iter()
            .try_for_each(|page| texts::write(folder, &page.name, &page.text)),
    }
}

fn drive<F>(output: &Output, workers: usize, work: impl FnOnce(Queue) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    log::start(output.verbosity);
    for warning in output.warnings.iter().filter(|_| !output.quiet) {
        stderr_line(format_args!("warning: {warning}"));
    }
    let cant_start = |error: std::io::Error| Error::failed("can't start").caused_by(error);
    // Before the first thread: each begins with the mask of the one that starts it.
    let queue = signals::hold().map_err(cant_start)?;
    descendants::adopt_orphans();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime
        .worker_threads(cores.min(workers).clamp(LEAST_THREADS, MOST_THREADS))
        .enable_all()
        .on_thread_start(signals::hold_here);
    let runtime = or_exit(|| start_runtime(runtime)).map_err(cant_start)?;
    // As a task: driven by this thread, every event would wake it on its way to a worker.
    let done = runtime
        .block_on(runtime.spawn(work(queue)))
        .unwrap_or_else(|error| Err(Error::failed("s3stream failed").caused_by(error)))
        .map_err(unfinished::with_abandoned);
    if done.is_err() {
        descendants::end_all();
    }
    command_stderr::finish();
    // A read that blocks must not hold up the end.
    runtime.shutdown_background();
    done
}

/// Builds the runtime. Where the system has no thread to give, tokio panics, and then waits for ever for
/// those that it has started (1.54, tried with `ulimit -v`): the run ends here, before anything was sent.
fn or_exit<T>(build: impl FnOnce() -> T) -> T {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(|why| {
        let why = why.payload_as_str().unwrap_or_default();
        let error = Error::failed("can't start").because(why);
        let error = error.hint(NO_THREAD);
        tell(&error);
        std::process::exit(error.exit_status().into());
    }));
    let built = build();
    panic::set_hook(usual);
    built
}

/// One `error:` line, then the hints. Nobody may be listening: that is no reason to panic.
fn tell(error: &Error) {
    let mut stderr = std::io::stderr().lock();
    let error_line = format!("error: {error:#}");
    let _ = writeln!(stderr, "{}", log::printable(&error_line));
    for hint in error.leftovers.iter().chain(&error.hints) {
        let _ = writeln!(stderr, "hint: {}", log::printable(hint));
    }
}
