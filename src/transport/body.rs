//! The body of a request that carries a part.

use crate::progress::PartTally;
use bytes::Bytes;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota};
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::{Sleep, sleep};

/// The bytes of a part, handed to the connection in frames: slices of the same memory. Small
/// frames show progress as it happens, and hyper holds at most 16 of them beyond what was written.
pub struct PartBody {
    rest: Bytes,
    tally: Arc<PartTally>,
    limit: Option<RateLimit>,
    waiting: Option<Pin<Box<Sleep>>>,
}

/// Largest frame in bytes.
const FRAME: usize = 128 << 10;

impl PartBody {
    /// A body of `bytes` that counts what leaves in `tally`.
    pub fn new(bytes: Bytes, tally: Arc<PartTally>, limit: Option<RateLimit>) -> Self {
        Self {
            rest: bytes,
            tally,
            limit,
            waiting: None,
        }
    }
}

impl Body for PartBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let most = self.limit.as_ref().map_or(FRAME, |limit| limit.frame);
        let size = self.rest.len().min(most);
        loop {
            if let Some(waiting) = &mut self.waiting {
                std::task::ready!(waiting.as_mut().poll(cx));
                self.waiting = None;
            }
            match self.limit.as_ref().map_or(Ok(()), |limit| limit.take(size)) {
                Ok(()) => break,
                Err(wait) => self.waiting = Some(Box::pin(sleep(wait))),
            }
        }
        self.tally.sent(size as u64);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(size)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// A bound on the bytes a second of all who share it.
#[derive(Debug, Clone)]
pub struct RateLimit {
    limiter: Arc<DefaultDirectRateLimiter>,
    frame: usize,
}

impl RateLimit {
    /// At most `rate` bytes a second.
    pub fn new(rate: NonZeroU32) -> Self {
        // Frames of an eighth of a second at most: a connection never waits so long for its turn
        // that it looks stalled.
        let frame = (rate.get() / 8).max(1);
        let burst = NonZeroU32::new(frame).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(burst);
        Self {
            limiter: Arc::new(DefaultDirectRateLimiter::direct(quota)),
            frame: FRAME.min(frame as usize),
        }
    }

    /// Takes `size` bytes now, or says how long to wait before asking again.
    fn take(&self, size: usize) -> Result<(), std::time::Duration> {
        let size = u32::try_from(size)
            .ok()
            .and_then(NonZeroU32::new)
            .unwrap_or(NonZeroU32::MIN);
        match self.limiter.check_n(size) {
            // A frame is never larger than the burst: the second error can't occur.
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(not_until)) => Err(not_until.wait_time_from(DefaultClock::default().now())),
        }
    }
}
