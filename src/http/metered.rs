//! A socket that knows what went through it.

use super::unacknowledged;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What went through a socket; shared by the socket's user and by the watch on it.
#[derive(Debug)]
pub(super) struct Meter {
    /// One uses it, and the watch asks what it has sent: nobody waits for the other for long.
    socket: Mutex<TcpStream>,
    read: AtomicU64,
    written: AtomicU64,
    over: AtomicBool,
    speaks_tls: AtomicBool,
}

/// The first byte of a TLS alert: what a server of TLS says to plain HTTP. An answer of HTTP begins
/// with an H.
const ALERT: u8 = 0x15;

impl Meter {
    /// A number that grows when a byte arrived here or was acknowledged over there: bytes that only
    /// wait in the kernel to be sent do not count, so a slow link shows as the progress that it is.
    pub(super) fn progress(&self) -> u64 {
        let waiting = unacknowledged::bytes(&self.socket());
        self.moved().saturating_sub(waiting)
    }

    /// The same with the bytes that still wait.
    pub(super) fn moved(&self) -> u64 {
        self.read.load(Relaxed) + self.written.load(Relaxed)
    }

    fn socket(&self) -> MutexGuard<'_, TcpStream> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the peer has closed the connection, or it broke. hyper may know later: TLS ends with
    /// a write of its own, which never comes to an end here.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    /// Whether the first that the peer said was a TLS alert.
    pub(super) fn speaks_tls(&self) -> bool {
        self.speaks_tls.load(Relaxed)
    }
}

/// The socket's user.
#[derive(Debug)]
pub(super) struct Metered {
    meter: Arc<Meter>,
}

impl Metered {
    pub(super) fn new(socket: TcpStream) -> (Self, Arc<Meter>) {
        let meter = Arc::new(Meter {
            socket: Mutex::new(socket),
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            over: AtomicBool::new(false),
            speaks_tls: AtomicBool::new(false),
        });
        (
            Self {
                meter: Arc::clone(&meter),
            },
            meter,
        )
    }

    fn written(&self, written: io::Result<usize>) -> Poll<io::Result<usize>> {
        match written {
            Ok(n) => {
                self.meter.written.fetch_add(n as u64, Relaxed);
                Poll::Ready(Ok(n))
            }
            // Garage and s3s answer 403 and close in the middle of a large body. The answer is
            // there to be read; hyper would fail on this write first and never look. So this
            // write never ends, and the reading side finds the answer, or the same error.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                ) =>
            {
                self.meter.over.store(true, Relaxed);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let held = buf.filled().len();
        let read = ready!(Pin::new(&mut *self.meter.socket()).poll_read(cx, buf));
        if let Err(error) = read {
            self.meter.over.store(true, Relaxed);
            return Poll::Ready(Err(error));
        }
        let arrived = &buf.filled()[held..];
        self.meter.over.fetch_or(arrived.is_empty(), Relaxed);
        let before = self.meter.read.fetch_add(arrived.len() as u64, Relaxed);
        if before == 0 && arrived.first() == Some(&ALERT) {
            self.meter.speaks_tls.store(true, Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut *self.meter.socket()).poll_write(cx, buf));
        self.written(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut *self.meter.socket()).poll_write_vectored(cx, bufs));
        self.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The socket closes when its last user drops it; a FIN of its own is never needed.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
