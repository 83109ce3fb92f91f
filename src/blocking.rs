//! Work that may block, on a thread that may be blocked.

use crate::error::{Error, Result};

/// Does `work` where nobody else waits for the thread.
///
/// # Errors
/// When the work fails, or panics.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::failed(error.to_string()))?
}
