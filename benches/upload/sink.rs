//! A store that keeps nothing but sizes, so cheap that the client is what is measured: a thread for
//! each connection, bodies dropped as they come, or as slowly as a line would bring them. Anyone may write,
//! nothing is checked.

use crate::http::{Head, Wire};
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How much came to be objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Objects.
    pub(crate) objects: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
}

/// How slow the way to the store is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Line {
    /// What each request waits for its answer.
    pub(crate) delay: Duration,
    /// Bytes a second of one connection; `None`: all that it can.
    pub(crate) rate: Option<f64>,
}

/// The store; it ends with the process.
pub(crate) struct Sink {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Sink {
    /// Listens on a free port of loopback.
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let sink = Self {
            address: listener.local_addr()?,
            state: Arc::default(),
        };
        let state = Arc::clone(&sink.state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || stream.and_then(|stream| serve(stream, &state)));
            }
        });
        Ok(sink)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Is as slow as `line` from now on.
    pub(crate) fn slow_down(&self, line: Line) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .line = line;
    }

    /// What was stored since it was last asked; it then starts anew.
    pub(crate) fn take(&self) -> Stored {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let objects = std::mem::take(&mut state.objects);
        state.uploads.clear();
        Stored {
            objects: objects.len() as u64,
            bytes: objects.values().sum(),
        }
    }
}

/// Answers the requests of one connection until the client closes it.
fn serve(stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let mut wire = Wire::new(stream)?;
    while let Some(head) = wire.head()? {
        if head.waits {
            wire.send([b"HTTP/1.1 100 Continue\r\n\r\n", b""])?;
        }
        let line = state.lock().unwrap_or_else(PoisonError::into_inner).line;
        wire.drop_body(head.length, line.rate)?;
        std::thread::sleep(line.delay);
        let answer = {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.answer(&head)
        };
        wire.send([answer.as_bytes(), b""])?;
    }
    Ok(())
}

/// Sizes in bytes.
#[derive(Default)]
struct State {
    line: Line,
    /// By path.
    objects: HashMap<String, u64>,
    /// The parts of the uploads that are neither completed nor aborted, by upload id.
    uploads: HashMap<String, HashMap<String, u64>>,
    /// Uploads that were ever created: the next id.
    created: u64,
}

impl State {
    /// Does what was asked for; gives the whole answer.
    fn answer(&mut self, head: &Head) -> String {
        let mut words = head.line.split(' ');
        let (method, target) = (words.next(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: HashMap<&str, &str> = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        let upload = query.get("uploadId").copied();
        match (method.unwrap_or_default(), upload) {
            ("POST", None) if query.contains_key("uploads") => self.create(),
            ("PUT", Some(id)) => self.part(id, query.get("partNumber"), head.length),
            ("POST", Some(id)) => self.complete(path, id),
            ("PUT", None) => {
                self.objects.insert(path.to_owned(), head.length);
                with_etag("")
            }
            ("HEAD", None) => self.head(path),
            _ => not_here(),
        }
    }

    fn create(&mut self) -> String {
        self.created += 1;
        let id = self.created.to_string();
        let xml = format!(
            "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        );
        self.uploads.insert(id, HashMap::new());
        with_etag(&xml)
    }

    fn part(&mut self, id: &str, number: Option<&&str>, size: u64) -> String {
        let (Some(parts), Some(number)) = (self.uploads.get_mut(id), number) else {
            return not_here();
        };
        parts.insert((*number).to_owned(), size);
        with_etag("")
    }

    fn complete(&mut self, path: &str, id: &str) -> String {
        let Some(parts) = self.uploads.remove(id) else {
            return not_here();
        };
        self.objects.insert(path.to_owned(), parts.values().sum());
        with_etag(
            "<CompleteMultipartUploadResult><ETag>\"sink\"</ETag></CompleteMultipartUploadResult>",
        )
    }

    fn head(&self, path: &str) -> String {
        self.objects.get(path).map_or_else(not_here, |size| {
            format!("HTTP/1.1 200 OK\r\nETag: \"sink\"\r\nContent-Length: {size}\r\n\r\n")
        })
    }
}

fn with_etag(xml: &str) -> String {
    let length = xml.len();
    format!("HTTP/1.1 200 OK\r\nETag: \"sink\"\r\nContent-Length: {length}\r\n\r\n{xml}")
}

fn not_here() -> String {
    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned()
}
