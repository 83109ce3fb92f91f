//! A socket that knows what went through it.

use super::unacknowledged;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
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

/// An extension of a request, to be told how much of it the peer has acknowledged; clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Acknowledged(Arc<Mutex<Option<Exchange>>>);

/// The connection that a request went over, and what had gone through it before.
#[derive(Debug)]
struct Exchange {
    /// Not held: a connection that is dropped closes at once.
    meter: Weak<Meter>,
    before: u64,
}

impl Acknowledged {
    /// The request is about to go over the connection of `meter`.
    pub(super) fn begins(&self, meter: &Arc<Meter>) {
        let exchange = Exchange {
            meter: Arc::downgrade(meter),
            before: meter.progress(),
        };
        *self.exchange() = Some(exchange);
    }

    /// Bytes of the request, with its head, that have arrived, and of the answer; `None` where it is not under
    /// way.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let exchange = self.exchange();
        let Exchange { meter, before } = exchange.as_ref()?;
        Some(meter.upgrade()?.progress().saturating_sub(*before))
    }

    fn exchange(&self) -> MutexGuard<'_, Option<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpSocket};

    /// A connection to a peer that takes a few KiB before it reads.
    async fn connected() -> (Metered, Arc<Meter>, TcpStream) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener: TcpListener = socket.listen(1).unwrap();
        let here = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (there, _) = listener.accept().await.unwrap();
        let (metered, meter) = Metered::new(here.unwrap());
        (metered, meter, there)
    }

    #[tokio::test]
    async fn of_a_request_what_the_peer_has_counts_and_nothing_from_before() {
        const SIZE: usize = 64 << 10;
        let (mut here, meter, mut there) = connected().await;
        let request = Acknowledged::default();
        assert_eq!(request.bytes(), None);
        request.begins(&meter);
        assert_eq!(request.bytes(), Some(0));
        here.write_all(&[0; SIZE]).await.unwrap();
        let held = request.bytes().unwrap();
        assert!(held < SIZE as u64, "{held} bytes, and nobody reads");
        there.read_exact(&mut [0; SIZE]).await.unwrap();
        while request.bytes() != Some(SIZE as u64) {
            tokio::task::yield_now().await;
        }
        request.begins(&meter);
        assert_eq!(request.bytes(), Some(0));
        drop((here, meter));
        assert_eq!(request.bytes(), None);
        assert_eq!(there.read(&mut [0]).await.unwrap(), 0);
    }
}
