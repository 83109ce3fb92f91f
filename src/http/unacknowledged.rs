//! How much of what was written the peer has not acknowledged yet.

use tokio::net::TcpStream;

/// Bytes in the socket's send queue: not sent, or sent and not acknowledged. 0 where the system
/// can't say.
#[allow(unsafe_code)]
pub(super) fn bytes(socket: &TcpStream) -> u64 {
    use std::os::fd::AsRawFd as _;
    nix::ioctl_read_bad!(siocoutq, nix::libc::TIOCOUTQ, nix::libc::c_int);
    let mut queued = 0;
    // SAFETY: SIOCOUTQ (the same number as TIOCOUTQ, tcp(7)) writes one int to the pointer, which
    // is that of a live int; the descriptor is open for as long as `socket` is borrowed.
    match unsafe { siocoutq(socket.as_raw_fd(), &raw mut queued) } {
        Ok(_) => u64::try_from(queued).unwrap_or(0),
        Err(_) => 0,
    }
}
