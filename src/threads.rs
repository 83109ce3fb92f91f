//! Threads for work that may block: of its own for work that lasts, of a pool for what is soon done.

use crate::error::{Error, Result};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::runtime;

/// How long a thread of the pool waits for work: longer than any run lasts. With none left that could take
/// the work later, tokio panics where the system has no thread to give (1.54, tried with `ulimit -u`).
const KEPT: Duration = Duration::from_secs(u32::MAX as u64);

/// The way out where the system has no thread to give.
pub(crate) const NO_THREAD: &str =
    "raise the limits of memory and of processes (ulimit -v, ulimit -u)";

/// Builds the runtime, and the first thread of its pool.
///
/// # Errors
/// When the runtime can't be built.
///
/// # Panics
/// When the system has no thread to give.
pub(crate) fn start_runtime(builder: &mut runtime::Builder) -> std::io::Result<runtime::Runtime> {
    let runtime = builder.thread_keep_alive(KEPT).build()?;
    runtime.spawn_blocking(|| ());
    Ok(runtime)
}

/// Does `work` on a thread of the pool, where nobody else waits for the thread. It may have to wait for
/// others of its kind, so it must not wait for what they do.
///
/// # Errors
/// When the work fails, or panics.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::failed(error.to_string()))?
}

/// Starts a thread of its own for `work` that lasts.
///
/// # Errors
/// When the system has none to give.
pub(crate) fn start_thread<T: Send + 'static>(
    builder: Builder,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    let cant_start = |error| {
        let error = Error::failed("can't start a thread").caused_by(error);
        error.hint(NO_THREAD)
    };
    builder.spawn(work).map_err(cant_start)
}
