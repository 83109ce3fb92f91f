//! Many requests, a bounded number of them at a time.

use crate::error::{Error, Result};
use crate::signals::interrupt::Interrupt;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Requests in flight at most.
pub(super) const AT_ONCE: usize = 16;
/// Time that a signal leaves what is under way to be answered.
const GRACE: Duration = Duration::from_secs(5);

/// Does `work` for each of `items`, and hands what comes of each to `done`. Once `interrupt` has a reason
/// to end, nothing more is begun; gives how many of those under way were not waited for any longer.
///
/// # Errors
/// When one of them panics.
pub(super) async fn for_each<T, R, F>(
    items: Vec<T>,
    interrupt: &Interrupt,
    work: impl Fn(T) -> F,
    mut done: impl FnMut(R),
) -> Result<usize>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    let mut items = items.into_iter();
    let mut under_way = JoinSet::new();
    let ending = async {
        interrupt.wait().await;
        sleep(GRACE).await;
    };
    tokio::pin!(ending);
    loop {
        while under_way.len() < AT_ONCE
            && interrupt.check().is_ok()
            && let Some(item) = items.next()
        {
            under_way.spawn(work(item));
        }
        tokio::select! {
            biased;
            ended = under_way.join_next() => match ended {
                Some(Ok(result)) => done(result),
                Some(Err(error)) => return Err(Error::failed("s3stream failed").caused_by(error)),
                None => return Ok(0),
            },
            () = &mut ending => return Ok(under_way.len()),
        }
    }
}
