//! As much of HTTP/1.1 as the sink and the floor need: heads are read, bodies kept or dropped.

use nix::sys::socket::{MsgFlags, recv};
use std::io::{self, IoSlice, Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

/// Room for a head, and for what is dropped at once.
const BUFFER: usize = 1 << 20;
/// What is dropped at once of a connection that is to be slow.
const SLOW_BUFFER: usize = 64 << 10;

/// The beginning of a request or of an answer.
pub(crate) struct Head {
    /// The first line.
    pub(crate) line: String,
    /// Length of the body in bytes.
    pub(crate) length: u64,
    /// Whether the client waits for a word before it sends the body.
    pub(crate) waits: bool,
}

impl Head {
    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let text = str::from_utf8(bytes).map_err(io::Error::other)?;
        let mut lines = text.split("\r\n");
        let mut head = Self {
            line: lines.next().unwrap_or_default().to_owned(),
            length: 0,
            waits: false,
        };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                head.length = value.trim().parse().map_err(io::Error::other)?;
            } else if name.eq_ignore_ascii_case("expect") {
                head.waits = true;
            }
        }
        Ok(head)
    }
}

/// One side of a connection.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// What is in the buffer and not used yet: from here
    start: usize,
    /// to here.
    end: usize,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
        })
    }

    /// Sends all of these, one after another, with as few system calls as it takes.
    pub(crate) fn send(&mut self, pieces: [&[u8]; 2]) -> io::Result<()> {
        let mut pieces = &mut pieces.map(IoSlice::new)[..];
        while !pieces.is_empty() {
            match self.stream.write_vectored(pieces)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                sent => IoSlice::advance_slices(&mut pieces, sent),
            }
        }
        Ok(())
    }

    /// The next head; `None` where the other side has closed the connection instead.
    pub(crate) fn head(&mut self) -> io::Result<Option<Head>> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        loop {
            let unused = &self.buffer[..self.end];
            if let Some(length) = unused.windows(4).position(|four| four == b"\r\n\r\n") {
                self.start = length + 4;
                return Head::parse(&self.buffer[..length]).map(Some);
            }
            match self.stream.read(&mut self.buffer[self.end..])? {
                0 if self.end == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => self.end += n,
            }
        }
    }

    /// The body that follows a head.
    pub(crate) fn body(&mut self, length: u64) -> io::Result<Vec<u8>> {
        let mut body = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        let n = body.len().min(self.end - self.start);
        body[..n].copy_from_slice(&self.buffer[self.start..self.start + n]);
        self.start += n;
        self.stream.read_exact(&mut body[n..])?;
        Ok(body)
    }

    /// Drops the body that follows a head, no faster than `rate` bytes a second where there is one. On
    /// Linux `MSG_TRUNC` means that the kernel drops the bytes itself; elsewhere they are copied into the
    /// buffer, which nobody reads.
    pub(crate) fn drop_body(&mut self, length: u64, rate: Option<f64>) -> io::Result<()> {
        let began = Instant::now();
        let at_once = if rate.is_some() { SLOW_BUFFER } else { BUFFER };
        let least = |left: u64, n: usize| usize::try_from(left).map_or(n, |left| left.min(n));
        let buffered = least(length, self.end - self.start);
        self.start += buffered;
        let mut left = length - buffered as u64;
        while left > 0 {
            let room = &mut self.buffer[..least(left, at_once)];
            match recv(self.stream.as_raw_fd(), room, MsgFlags::MSG_TRUNC)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => left -= n as u64,
            }
            if let Some(rate) = rate {
                let due = Duration::from_secs_f64((length - left) as f64 / rate);
                std::thread::sleep(due.saturating_sub(began.elapsed()));
            }
        }
        Ok(())
    }
}
