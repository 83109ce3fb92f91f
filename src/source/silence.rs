//! How long a stream has been waited for. While nobody reads, because the store is slow, its producer
//! is not silent: it can't get a word in.

use crate::error::Error;
use crate::signals::interrupt::Interrupt;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The longest time between two looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// How long the producer of a stream has been silent; clones tell the same. It is, to begin with.
#[derive(Debug, Clone)]
pub(crate) struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    /// The producer is waited for from now on.
    pub(crate) fn begun() -> Self {
        Self(Arc::new(Mutex::new(Some(Instant::now()))))
    }

    /// The producer is waited for, unless it is already.
    pub(crate) fn begin(&self) {
        self.since().get_or_insert_with(Instant::now);
    }

    /// The producer was heard.
    pub(crate) fn end(&self) {
        *self.since() = None;
    }

    /// Waits for a silence of `limit`, then does `act`, before which it can't end.
    pub(crate) async fn lasting<T>(&self, limit: Duration, act: impl Fn() -> T) -> T {
        loop {
            let pause = {
                let since = self.since();
                let left = limit.saturating_sub(since.map_or(Duration::ZERO, |it| it.elapsed()));
                if left.is_zero() {
                    return act();
                }
                left.min(TICK)
            };
            let asleep = Instant::now();
            sleep(pause).await;
            self.forgive(asleep.elapsed().saturating_sub(pause));
        }
    }

    /// Ends the run once the producer has been silent for `--idle-timeout`.
    pub(crate) fn end_after(&self, limit: Duration, interrupt: &Interrupt) {
        let (silence, interrupt) = (self.clone(), interrupt.clone());
        let text = humantime::format_duration(limit);
        let error = Error::failed(format!("the source was silent for --idle-timeout {text}"));
        tokio::spawn(async move {
            let stop = || interrupt.stop(error.clone());
            silence.lasting(limit, stop).await;
        });
    }

    /// Leaves out the time for which this process overslept. If that is long, it was stopped, most
    /// likely by Ctrl-Z, and its producer with it.
    fn forgive(&self, overslept: Duration) {
        if overslept > TICK
            && let Some(since) = &mut *self.since()
        {
            *since = (*since + overslept).min(Instant::now());
        }
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream whose silence is measured.
#[derive(Debug)]
pub(crate) struct Heard<R> {
    inner: R,
    silence: Silence,
}

impl<R> Heard<R> {
    pub(crate) fn new(inner: R, silence: Silence) -> Self {
        Self { inner, silence }
    }
}

impl<R: Read> Read for Heard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.silence.begin();
        let read = self.inner.read(buffer);
        let goes_on = |error: &io::Error| {
            matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
        };
        if !read.as_ref().is_err_and(goes_on) {
            self.silence.end();
        }
        read
    }
}

impl<R: AsFd> AsFd for Heard<R> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    const LIMIT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    async fn is_noticed(silence: &Silence) -> bool {
        let lasts = silence.lasting(LIMIT, || ());
        timeout(LIMIT * 10, lasts).await.is_ok()
    }

    #[tokio::test]
    async fn a_stream_that_nobody_reads_is_not_silent() {
        let silence = Silence::begun();
        assert!(timeout(LONG, silence.lasting(LIMIT, || ())).await.is_ok());
        silence.end();
        assert!(!is_noticed(&silence).await);
        silence.begin();
        assert!(timeout(LONG, silence.lasting(LIMIT, || ())).await.is_ok());
    }

    #[tokio::test]
    async fn a_read_that_would_block_does_not_end_it_and_any_other_does() {
        use nix::fcntl::{FcntlArg, OFlag, fcntl};
        let (reader, mut writer) = io::pipe().unwrap();
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let silence = Silence::begun();
        let mut heard = Heard::new(reader, silence.clone());
        let mut buffer = [0; 2];
        heard.read(&mut buffer).unwrap_err();
        assert!(silence.since().is_some());
        io::Write::write_all(&mut writer, b"x").unwrap();
        assert_eq!(heard.read(&mut buffer).unwrap(), 1);
        assert!(silence.since().is_none());
        drop(writer);
        assert_eq!(heard.read(&mut buffer).unwrap(), 0);
        assert!(silence.since().is_none());
    }

    #[test]
    fn the_time_for_which_the_process_was_stopped_is_left_out() {
        let Some(then) = Instant::now().checked_sub(Duration::from_secs(30)) else {
            return;
        };
        let silence = Silence(Arc::new(Mutex::new(Some(then))));
        silence.forgive(TICK);
        assert_eq!(*silence.since(), Some(then));
        silence.forgive(Duration::from_secs(20));
        assert_eq!(*silence.since(), Some(then + Duration::from_secs(20)));
        silence.forgive(Duration::from_secs(20));
        assert!(silence.since().unwrap() <= Instant::now());
    }
}
