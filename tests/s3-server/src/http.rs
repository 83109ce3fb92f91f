//! HTTP/1.1 on a socket: heads and bodies in, answers out, and ways to break off.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_rustls::server::TlsStream;

use crate::text::http_date;

const BUFFER: usize = 256 << 10;
const MAX_HEAD: usize = 64 << 10;
/// Bytes that a dripped answer has in one piece.
const PIECE: usize = 32;

/// A request's first line and headers.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    /// As sent, still encoded.
    pub(crate) path: String,
    /// As sent, still encoded.
    pub(crate) query: String,
    /// Names in lower case, in the order sent.
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        all.find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All values of a header, with commas between them.
    pub(crate) fn joined(&self, name: &str) -> String {
        let all = self.headers.iter().filter(|(n, _)| n == name);
        let values: Vec<&str> = all.map(|(_, value)| value.as_str()).collect();
        values.join(",")
    }

    /// All headers, one entry a name.
    pub(crate) fn map(&self) -> HashMap<String, String> {
        let names = self.headers.iter().map(|(name, _)| name);
        names
            .map(|name| (name.clone(), self.joined(name)))
            .collect()
    }

    pub(crate) fn content_length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    pub(crate) fn expects_continue(&self) -> bool {
        let expect = self.header("expect").unwrap_or_default();
        expect.eq_ignore_ascii_case("100-continue")
    }

    fn parse(bytes: &[u8]) -> io::Result<Option<(usize, Self)>> {
        let mut slots = [httparse::EMPTY_HEADER; 128];
        let mut request = httparse::Request::new(&mut slots);
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let httparse::Status::Complete(size) = request.parse(bytes).map_err(invalid)? else {
            return Ok(None);
        };
        let target = request.path.unwrap_or("/");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |header: &httparse::Header<'_>| {
            let value = String::from_utf8_lossy(header.value).trim().to_owned();
            (header.name.to_ascii_lowercase(), value)
        };
        let head = Self {
            method: request.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: request.headers.iter().map(pair).collect(),
        };
        Ok(Some((size, head)))
    }
}

/// A response before it is written.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// Content-Length where it is not the body's, as for HEAD.
    pub(crate) length: Option<u64>,
    /// Leave Content-Length out, as an answer to HEAD may.
    pub(crate) without_length: bool,
    /// Whether the connection ends with it.
    pub(crate) close: bool,
    /// The S3 error code, for the log.
    pub(crate) code: Option<String>,
}

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            length: None,
            without_length: false,
            close: false,
            code: None,
        }
    }

    pub(crate) fn xml(status: u16, body: String) -> Self {
        let mut answer = Self::new(status).with("content-type", "application/xml");
        answer.body = Bytes::from(body);
        answer
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// So many more headers, which say nothing.
    pub(crate) fn with_more(mut self, count: usize) -> Self {
        let more = (0..count).map(|it| (format!("more-{it}"), it.to_string()));
        self.headers.extend(more);
        self
    }

    fn head(&self, request_id: &str) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let length = self.length.unwrap_or(self.body.len() as u64);
        let mut line = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        // A fault may show another clock.
        if !self.headers.iter().any(|(name, _)| name == "date") {
            line("date", &http_date(SystemTime::now()));
        }
        line("server", "AmazonS3");
        line("x-amz-request-id", request_id);
        line("x-amz-id-2", &format!("{request_id}/host"));
        for (name, value) in &self.headers {
            line(name, value);
        }
        if self.status != 204 && !self.without_length {
            line("content-length", &length.to_string());
        }
        if self.close {
            line("connection", "close");
        }
        head.push_str("\r\n");
        head
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        416 => "Requested Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Slow Down",
        _ => "Status",
    }
}

/// The socket, with or without TLS.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        }
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer).await,
            Self::Tls(tls) => tls.read(buffer).await,
        }
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.write_all(bytes).await,
            Self::Tls(tls) => {
                tls.write_all(bytes).await?;
                tls.flush().await
            }
        }
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.shutdown().await,
            Self::Tls(tls) => tls.shutdown().await,
        }
    }
}

/// One client connection and its one buffer.
pub(crate) struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    rate: Option<u64>,
    /// When the slow reader reads again.
    due: Instant,
    pub(crate) number: usize,
}

impl Connection {
    pub(crate) fn new(stream: Stream, number: usize, rate: Option<u64>) -> Self {
        Self {
            stream,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            rate,
            due: Instant::now(),
            number,
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// The next request's head; `None` when the client has closed the connection.
    pub(crate) async fn read_head(&mut self) -> io::Result<Option<Head>> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        loop {
            if let Some((size, head)) = Head::parse(&self.buffer[..self.end])? {
                self.start = size;
                return Ok(Some(head));
            }
            if self.end >= MAX_HEAD {
                return Err(io::Error::other("the head is too large"));
            }
            let room = &mut self.buffer[self.end..MAX_HEAD];
            match self.stream.read(room).await? {
                0 => return Ok(None),
                size => self.end += size,
            }
        }
    }

    /// The next bytes of the body, at least one and `at_most` that many.
    pub(crate) async fn read_some(&mut self, at_most: u64) -> io::Result<&[u8]> {
        let at_most = usize::try_from(at_most).unwrap_or(usize::MAX);
        if self.start == self.end {
            let mut room = BUFFER.min(at_most);
            if let Some(rate) = self.rate {
                sleep_until(self.due).await;
                let slice = usize::try_from(rate / 50).unwrap_or(usize::MAX);
                room = room.min(slice.max(1));
            }
            self.start = 0;
            self.end = self.stream.read(&mut self.buffer[..room]).await?;
            if self.end == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(rate) = self.rate {
                let share = self.end as f64 / rate as f64;
                self.due = self.due.max(Instant::now()) + Duration::from_secs_f64(share);
            }
        }
        let from = self.start;
        self.start = self.end.min(from.saturating_add(at_most));
        Ok(&self.buffer[from..self.start])
    }

    pub(crate) async fn write_continue(&mut self) -> io::Result<()> {
        self.stream
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .await
    }

    pub(crate) async fn write(&mut self, answer: &Answer, request_id: &str) -> io::Result<()> {
        let mut bytes = answer.head(request_id).into_bytes();
        if answer.body.len() < BUFFER {
            bytes.extend_from_slice(&answer.body);
            return self.stream.write_all(&bytes).await;
        }
        self.stream.write_all(&bytes).await?;
        self.stream.write_all(&answer.body).await
    }

    /// Writes bytes as they are.
    pub(crate) async fn write_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Writes the head of the answer, and so many bytes of its body.
    pub(crate) async fn write_cut(
        &mut self,
        answer: &Answer,
        request_id: &str,
        size: usize,
    ) -> io::Result<()> {
        let mut bytes = answer.head(request_id).into_bytes();
        bytes.extend_from_slice(&answer.body[..size.min(answer.body.len())]);
        self.stream.write_all(&bytes).await
    }

    /// Writes the answer in small pieces with a pause after each.
    pub(crate) async fn write_slowly(
        &mut self,
        answer: &Answer,
        request_id: &str,
        pause: Duration,
    ) -> io::Result<()> {
        let mut bytes = answer.head(request_id).into_bytes();
        bytes.extend_from_slice(&answer.body);
        for piece in bytes.chunks(PIECE) {
            self.stream.write_all(piece).await?;
            sleep(pause).await;
        }
        Ok(())
    }

    /// Ends with RST: what was sent before may be lost to the client.
    pub(crate) fn reset(self) {
        // A failure means that the connection is gone already.
        let _ = self.stream.tcp().set_zero_linger();
    }

    /// Ends with FIN, then takes what the client still sends, since an early close would send RST.
    pub(crate) async fn close(mut self, patience: Duration) {
        let _ = self.stream.shutdown().await;
        let _ = tokio::time::timeout(patience, self.drain()).await;
    }

    /// Ends with FIN and reads no more, so that a client in the middle of a body runs into it.
    pub(crate) async fn close_unread(mut self, patience: Duration) {
        let _ = self.stream.shutdown().await;
        sleep(patience).await;
    }

    /// Reads and drops until the client closes.
    pub(crate) async fn drain(&mut self) {
        while matches!(self.stream.read(&mut self.buffer).await, Ok(1..)) {}
    }

    /// Reads nothing until the client's close is seen.
    pub(crate) async fn ignore(&mut self) {
        while let Ok(ready) = self.stream.tcp().ready(Interest::READABLE).await {
            if ready.is_read_closed() {
                return;
            }
            // Unread bytes keep the socket ready: a wait is needed, and its length decides nothing.
            sleep(Duration::from_millis(100)).await;
        }
    }
}
