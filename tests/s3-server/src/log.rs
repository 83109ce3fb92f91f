//! The request log: what came, what was answered, how many at once.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::http::Head;
use crate::route::{Op, route};

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it asked for.
    pub op: Op,
    /// GET, PUT, ...
    pub method: String,
    /// Empty where it names none.
    pub bucket: String,
    /// Decoded; empty where it names none.
    pub key: String,
    /// Decoded names and values.
    pub query: HashMap<String, String>,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// Bytes of the body that were really read.
    pub body_len: u64,
    /// The body's SHA-256 in hex, where it was read to its end.
    pub body_sha256: Option<String>,
    /// The body of a request that carries no object and no part, such as Complete's XML.
    pub text: String,
    /// The answer's status; `None` when none was sent.
    pub status: Option<u16>,
    /// The S3 code of the error that was answered.
    pub code: Option<String>,
    /// The connection, counted from 1.
    pub connection: usize,
    /// Of UploadPart.
    pub part_number: Option<u32>,
    /// Of operations on an upload.
    pub upload_id: Option<String>,
    /// What was verified, such as `signature`, `x-amz-content-sha256`, `content-md5`.
    pub checks: Vec<String>,
    /// When its head had arrived.
    pub at: Instant,
}

impl Request {
    /// A request whose head has arrived.
    pub(crate) fn arrived(head: &Head, connection: usize) -> Self {
        let route = route(head);
        let number = route.query.get("partNumber");
        Self {
            op: route.op,
            method: head.method.clone(),
            bucket: route.bucket,
            key: route.key,
            part_number: number.and_then(|number| number.parse().ok()),
            upload_id: route.query.get("uploadId").cloned(),
            query: route.query,
            headers: head.map(),
            body_len: 0,
            body_sha256: None,
            text: String::new(),
            status: None,
            code: None,
            connection,
            checks: Vec::new(),
            at: Instant::now(),
        }
    }

    /// A header's value; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Headers whose name starts so.
    pub fn headers_with(&self, prefix: &str) -> Vec<(&str, &str)> {
        let all = self.headers.iter();
        all.filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}

#[derive(Default)]
struct Inner {
    requests: Vec<Request>,
    answered: Vec<bool>,
    in_flight: usize,
    max_in_flight: usize,
}

/// The log, shared by all connections and the tests.
#[derive(Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    pub(crate) fn count(&self, op: Op) -> usize {
        let inner = self.lock();
        inner.requests.iter().filter(|r| op.matches(r.op)).count()
    }

    pub(crate) fn max_in_flight(&self) -> usize {
        self.lock().max_in_flight
    }

    /// Blocks until that many requests have come, or where `ended`, have been dealt with.
    pub(crate) fn wait_for(&self, op: Op, count: usize, ended: bool, timeout: Duration) -> bool {
        let short = |inner: &mut Inner| {
            let all = inner.requests.iter().zip(&inner.answered);
            all.filter(|(r, done)| op.matches(r.op) && (**done || !ended))
                .count()
                < count
        };
        let wait = self.changed.wait_timeout_while(self.lock(), timeout, short);
        !wait.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Enters a request whose head has arrived.
    pub(crate) fn begin(self: &Arc<Self>, request: Request) -> Entry {
        let mut inner = self.lock();
        let counted = request.op.has_data();
        inner.in_flight += usize::from(counted);
        inner.max_in_flight = inner.max_in_flight.max(inner.in_flight);
        inner.requests.push(request.clone());
        inner.answered.push(false);
        let index = inner.requests.len() - 1;
        drop(inner);
        self.changed.notify_all();
        Entry {
            log: Arc::clone(self),
            index,
            counted,
            request,
        }
    }
}

/// A request being dealt with; what became of it is logged even when its task is dropped.
pub(crate) struct Entry {
    log: Arc<Log>,
    index: usize,
    counted: bool,
    pub(crate) request: Request,
}

impl Entry {
    /// Logs the end: before the answer is written, since the client's next request may overtake it.
    pub(crate) fn end(&mut self, status: Option<u16>, code: Option<String>) {
        self.request.status = status;
        self.request.code = code;
        self.record();
    }

    fn record(&mut self) {
        let mut inner = self.log.lock();
        inner.in_flight -= usize::from(std::mem::take(&mut self.counted));
        inner.requests[self.index] = self.request.clone();
        inner.answered[self.index] = true;
        drop(inner);
        self.log.changed.notify_all();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.record();
    }
}
