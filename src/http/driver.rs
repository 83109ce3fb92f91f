//! What moves the bytes of a connection, in both directions: hyper's half of it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Moves bytes for as long as somebody waits for them. As a task of its own it would have to be woken
/// for each request, and wake whoever sent it: for a small object, that is a good part of the work.
/// Dropped, it closes the socket at once, and lets go of the part that was being sent.
pub(super) struct Driver(Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>);

impl Driver {
    pub(super) fn new(driver: impl Future<Output = hyper::Result<()>> + Send + 'static) -> Self {
        Self(Some(Box::pin(driver)))
    }

    /// Whether nothing more can go through the connection.
    pub(super) fn has_ended(&self) -> bool {
        self.0.is_none()
    }

    /// Takes note of what has happened since it was driven last: the server may have closed.
    pub(super) fn catch_up(&mut self) {
        self.poll(&mut Context::from_waker(Waker::noop()));
    }

    /// Moves bytes until `future` is done.
    pub(super) async fn drive<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            self.poll(cx);
            future.as_mut().poll(cx)
        })
        .await
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        // An error reaches the request that is waiting.
        if let Some(driver) = &mut self.0
            && let Poll::Ready(_) = driver.as_mut().poll(cx)
        {
            self.0 = None;
        }
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Driver")
    }
}
