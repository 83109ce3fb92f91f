//! The body of a request that carries a part.

use crate::commit_switch::CommitSwitch;
use crate::error::Error;
use crate::part::Payload;
use crate::progress::PartProgress;
use crate::source::RangeReader;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::io;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// The bytes of a part, handed to the connection in frames: slices of the same memory. Small
/// frames show progress as it happens, and hyper holds at most 16 of them beyond what was written.
pub struct PartBody {
    bytes: Source,
    left: u64,
    progress: Arc<PartProgress>,
    limit: Option<RateLimit>,
    /// What has to let the last byte go, where that commits.
    switch: Option<CommitSwitch>,
    /// The next frame, and the time when its turn comes.
    waiting: Option<(Bytes, Pin<Box<Sleep>>)>,
}

/// Where the frames come from.
enum Source {
    Held(Bytes),
    File(RangeReader),
}

/// Largest frame in bytes.
const FRAME: usize = 128 << 10;
/// What a timer that fires late may catch up on.
const SLACK: Duration = Duration::from_millis(20);

impl PartBody {
    /// A body of all of `payload` that counts what leaves in `progress`. The last byte leaves when
    /// `switch` lets it.
    pub fn new(
        payload: &Payload,
        progress: Arc<PartProgress>,
        limit: Option<RateLimit>,
        switch: Option<CommitSwitch>,
    ) -> Self {
        let bytes = match payload {
            Payload::Held(bytes) => Source::Held(bytes.clone()),
            Payload::InFile(range) => Source::File(RangeReader::new(range.clone())),
        };
        Self {
            bytes,
            left: payload.size(),
            progress,
            limit,
            switch,
            waiting: None,
        }
    }

    /// The frame to send, once its turn has come.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Error>> {
        if self.waiting.is_none() {
            let most = self.limit.as_ref().map_or(FRAME, |limit| limit.frame);
            let frame = ready!(self.bytes.poll_next(cx, most))?;
            match &self.limit {
                None => return Poll::Ready(Ok(frame)),
                Some(limit) => {
                    let turn = sleep_until(limit.take(frame.len()));
                    self.waiting = Some((frame, Box::pin(turn)));
                }
            }
        }
        if let Some((_, turn)) = &mut self.waiting {
            ready!(turn.as_mut().poll(cx));
        }
        let frame = self.waiting.take().map(|(frame, _)| frame);
        Poll::Ready(Ok(frame.unwrap_or_default()))
    }

    fn is_last(&self, frame: &Bytes) -> bool {
        frame.len() as u64 == self.left
    }
}

impl Source {
    /// The next bytes, at most `most`, of which there are some.
    fn poll_next(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Result<Bytes, Error>> {
        match self {
            Self::Held(rest) => Poll::Ready(Ok(rest.split_to(rest.len().min(most)))),
            Self::File(reader) => reader.poll_next(cx, most),
        }
    }
}

impl Body for PartBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let frame = ready!(self.poll_turn(cx)).and_then(|frame| {
            match self.switch.as_ref().filter(|_| self.is_last(&frame)) {
                Some(switch) => switch.send().map(|()| frame),
                None => Ok(frame),
            }
        });
        let frame = frame.map_err(|error| io::Error::other(error.to_string()));
        Poll::Ready(Some(frame.map(|frame| {
            self.left -= frame.len() as u64;
            self.progress.sent(frame.len() as u64);
            Frame::data(frame)
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A bound on the bytes a second of all who share it. They take turns: whoever asks first is served
/// first, so that none waits until it looks stalled.
#[derive(Debug, Clone)]
pub struct RateLimit {
    free: Arc<Mutex<Instant>>,
    rate: NonZeroU32,
    frame: usize,
}

impl RateLimit {
    /// At most `rate` bytes a second, for `workers` who share it.
    pub fn new(rate: NonZeroU32, workers: usize) -> Self {
        // Everybody's turn comes eight times a second, as far as a byte can be split no further.
        let frame = (rate.get() as usize / 8 / workers.max(1)).clamp(1, FRAME);
        Self {
            free: Arc::new(Mutex::new(Instant::now())),
            rate,
            frame,
        }
    }

    /// Takes the next turn, for `size` bytes; gives the time when it comes.
    fn take(&self, size: usize) -> Instant {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = (*free).max(now.checked_sub(SLACK).unwrap_or(now));
        *free = turn + Duration::from_secs(1).mul_f64(size as f64 / f64::from(self.rate.get()));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(rate: u32, workers: usize) -> RateLimit {
        RateLimit::new(NonZeroU32::new(rate).unwrap(), workers)
    }

    #[test]
    fn turns_follow_each_other_at_the_rate() {
        let limit = limit(1000, 1);
        let first = limit.take(500);
        for turn in 1..=4 {
            let expected = first + Duration::from_millis(500) * turn;
            assert_eq!(limit.take(500), expected);
        }
    }

    #[test]
    fn everybody_s_turn_comes_within_an_eighth_of_a_second() {
        for (rate, workers) in [(1 << 20, 4), (100_000, 64), (u32::MAX, 1), (8, 1)] {
            let limit = limit(rate, workers);
            assert!((1..=FRAME).contains(&limit.frame));
            let turns = limit.frame as f64 * workers as f64 / f64::from(rate);
            assert!(turns <= 0.125, "{rate} {workers}");
        }
    }
}
