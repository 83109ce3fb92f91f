//! A connection's life: requests one after the other, each with the fault that was asked for.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use super::act::act;
use super::admit::admit;
use super::builder::{Config, Storage};
use super::checks::checksum_header;
use super::digest::{Body, Digester};
use super::failure::Failure;
use super::faults::{Fault, Rules};
use super::http::{Answer, Connection, Head, Stream};
use super::log::{Entry, Log, Request};
use super::route::{Op, route};
use super::state::State;
use super::text::hex;
use super::xml;

/// How long a closing connection takes what the client still sends.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an early answer is left for a client that is still sending.
const EARLY: Duration = Duration::from_millis(500);

/// What connections and tests share.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) state: Mutex<State>,
    pub(super) log: Arc<Log>,
    pub(super) rules: Rules,
    pub(super) acceptor: Option<TlsAcceptor>,
    pub(super) connections: AtomicUsize,
    pub(super) h2_connections: AtomicUsize,
    requests: AtomicU64,
}

impl Shared {
    pub(super) fn new(config: Config, acceptor: Option<TlsAcceptor>) -> Self {
        Self {
            config,
            state: Mutex::default(),
            log: Arc::default(),
            rules: Rules::default(),
            acceptor,
            connections: AtomicUsize::new(0),
            h2_connections: AtomicUsize::new(0),
            requests: AtomicU64::new(0),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The random failure of the request with this number.
    fn random_fault(&self, number: u64) -> Option<Fault> {
        let rate = self.config.error_rate.as_ref()?;
        let random = mix(rate.seed.wrapping_add(number));
        if random % 100 >= u64::from(rate.percent) {
            return None;
        }
        let count = u64::try_from(rate.statuses.len()).ok()?;
        let index = usize::try_from((random >> 32).checked_rem(count)?).ok()?;
        let status = rate.statuses[index];
        let code = match status {
            429 => "TooManyRequests",
            503 => "SlowDown",
            408 => "RequestTimeout",
            _ => "InternalError",
        };
        Some(Fault::status(status, code))
    }
}

/// One step of SplitMix64.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Serves a connection to its end.
pub(super) async fn serve(shared: Arc<Shared>, tcp: TcpStream) {
    let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
    // Without it the answers only come later.
    let _ = tcp.set_nodelay(true);
    let stream = match &shared.acceptor {
        None => Stream::Plain(tcp),
        // A failed handshake is the client's matter.
        Some(acceptor) => match acceptor.accept(tcp).await {
            Ok(tls) if tls.get_ref().1.alpn_protocol() == Some(b"h2") => {
                shared.h2_connections.fetch_add(1, Ordering::SeqCst);
                return;
            }
            Ok(tls) => Stream::Tls(Box::new(tls)),
            Err(_) => return,
        },
    };
    let mut connection = Connection::new(stream, number, shared.config.read_rate);
    while let Ok(Some(head)) = connection.read_head().await {
        let next = Exchange::new(&shared, connection.number, &head);
        match next.run(&head, connection).await {
            Ok(Some(kept)) => connection = kept,
            // The client is gone, or the connection was to end here.
            Ok(None) | Err(_) => return,
        }
    }
}

/// One request and its answer.
struct Exchange<'a> {
    shared: &'a Shared,
    entry: Entry,
    id: String,
    number: u64,
}

impl<'a> Exchange<'a> {
    fn new(shared: &'a Shared, connection: usize, head: &Head) -> Self {
        let number = shared.requests.fetch_add(1, Ordering::SeqCst);
        Self {
            shared,
            entry: shared.log.begin(request(head, connection)),
            id: format!("{:016X}", mix(number + 1)),
            number,
        }
    }

    /// Gives the connection back where it goes on.
    async fn run(mut self, head: &Head, mut conn: Connection) -> io::Result<Option<Connection>> {
        let shared = self.shared;
        let fired = shared.rules.arrive(&self.entry.request);
        for hook in &fired.hooks {
            hook(&self.entry.request);
        }
        let fault = fired.fault.or_else(|| shared.random_fault(self.number));
        let admitted = admit(&shared.config, head, &self.entry.request, conn.is_tls());
        if let Some(Fault::NeverRead) = fault {
            self.entry.end(None, None);
            conn.ignore().await;
            return Ok(None);
        }
        let length = head.content_length().unwrap_or_default();
        let waiting = length > 0 && head.expects_continue();
        let admitted = match admitted {
            Err(failure) if fault.is_none() && (failure.close || waiting) => {
                return self.finish(conn, failure.closing(), PATIENCE).await;
            }
            other => other,
        };
        if waiting {
            conn.write_continue().await?;
        }
        let stop = match fault {
            Some(Fault::ResetMidBody(size) | Fault::CloseMidBody(size)) => size.min(length),
            Some(Fault::StatusEarly { .. }) => length / 2,
            _ => length,
        };
        let keep = admitted.is_ok() && shared.config.storage == Storage::Memory;
        let body = self.read(&mut conn, stop, keep).await?;
        match fault {
            Some(Fault::ResetMidBody(_)) => {
                self.entry.end(None, None);
                conn.reset();
                return Ok(None);
            }
            Some(Fault::CloseMidBody(_)) => {
                self.entry.end(None, None);
                conn.close(PATIENCE).await;
                return Ok(None);
            }
            _ => self.entry.request.body_sha256 = (stop == length).then(|| hex(&body.sha256)),
        }
        if !self.entry.request.op.has_data() {
            let text = body.bytes.as_deref().unwrap_or_default();
            self.entry.request.text = String::from_utf8_lossy(text).into_owned();
        }
        for hold in &fired.holds {
            hold.wait().await;
        }
        sleep(shared.config.latency).await;
        self.answer(head, conn, fault, admitted, body).await
    }

    /// Reads that many bytes of the body.
    async fn read(&mut self, conn: &mut Connection, stop: u64, keep: bool) -> io::Result<Body> {
        let request = &mut self.entry.request;
        let data = request.op.has_data();
        let md5 = data && self.shared.config.md5_etags() || request.header("content-md5").is_some();
        let algorithm = checksum_header(request).ok().flatten();
        let algorithm = algorithm.filter(|_| data).map(|(algorithm, _)| algorithm);
        let mut digester = Digester::new(md5, algorithm, (keep || !data).then_some(stop));
        while request.body_len < stop {
            let bytes = conn.read_some(stop - request.body_len).await?;
            request.body_len += bytes.len() as u64;
            digester.update(bytes);
        }
        Ok(digester.finish())
    }

    async fn answer(
        mut self,
        head: &Head,
        mut conn: Connection,
        fault: Option<Fault>,
        admitted: Result<Vec<String>, Failure>,
        body: Body,
    ) -> io::Result<Option<Connection>> {
        let injected = |status: u16, code: &str, headers: &[(String, String)]| {
            Failure::new(status, code, "Injected fault").headers(headers)
        };
        match &fault {
            Some(Fault::Status {
                status,
                code,
                headers,
            }) => {
                let failure = injected(*status, code, headers);
                let answer = failure.answer(&head.method, &self.id);
                return self.write(head, conn, answer).await;
            }
            Some(Fault::StatusEarly {
                status,
                code,
                headers,
            }) => {
                let failure = injected(*status, code, headers).closing();
                return self.finish(conn, failure, EARLY).await;
            }
            Some(Fault::OkWithErrorBody { code }) => {
                let answer = ok_with_error(code, &self.id);
                return self.write(head, conn, answer).await;
            }
            Some(Fault::NeverAnswer) => {
                self.entry.end(None, None);
                conn.drain().await;
                return Ok(None);
            }
            Some(Fault::Delay(time)) => sleep(*time).await,
            _ => {}
        }
        let answer = match fault {
            Some(Fault::Instead { act: false, .. }) => Answer::new(200),
            _ => self.act(admitted, body),
        };
        match fault {
            Some(Fault::ActThenNeverAnswer) => {
                self.entry.end(None, answer.code);
                conn.drain().await;
                Ok(None)
            }
            Some(Fault::ActThenReset | Fault::ActThenForgetUpload) => {
                self.entry.end(None, answer.code);
                conn.reset();
                Ok(None)
            }
            Some(Fault::Instead { status, body, .. }) => {
                let body = if head.method == "HEAD" { "" } else { &body };
                let mut answer = Answer::new(status);
                answer.body = body.to_owned().into();
                self.write(head, conn, answer).await
            }
            Some(fault) => self.write(head, conn, spoil(answer, &fault)).await,
            None => self.write(head, conn, answer).await,
        }
    }

    fn act(&mut self, admitted: Result<Vec<String>, Failure>, body: Body) -> Answer {
        let request = &mut self.entry.request;
        let done = admitted.and_then(|checks| {
            request.checks = checks;
            act(&self.shared.config, &mut self.shared.state(), request, body)
        });
        done.unwrap_or_else(|failure| failure.answer(&request.method, &self.id))
    }

    /// Writes the answer and keeps the connection, unless one side wants it closed.
    async fn write(
        mut self,
        head: &Head,
        mut conn: Connection,
        mut answer: Answer,
    ) -> io::Result<Option<Connection>> {
        let wish = head.joined("connection");
        answer.close |= wish.eq_ignore_ascii_case("close");
        self.entry.end(Some(answer.status), answer.code.take());
        conn.write(&answer, &self.id).await?;
        if answer.close {
            conn.close(PATIENCE).await;
            return Ok(None);
        }
        Ok(Some(conn))
    }

    /// Answers before the body is read, and closes.
    async fn finish(
        mut self,
        mut conn: Connection,
        failure: Failure,
        patience: Duration,
    ) -> io::Result<Option<Connection>> {
        let answer = failure.answer(&self.entry.request.method, &self.id);
        self.entry.end(Some(answer.status), answer.code.clone());
        conn.write(&answer, &self.id).await?;
        conn.close_unread(patience).await;
        Ok(None)
    }
}

fn request(head: &Head, connection: usize) -> Request {
    let route = route(head);
    let number = route.query.get("partNumber");
    Request {
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

/// What S3 sends when it fails after it has begun to answer 200.
fn ok_with_error(code: &str, id: &str) -> Answer {
    let error = xml::error(code, "Injected fault", "", id);
    let space = " ".repeat(20);
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{space}\n{error}");
    let mut answer = Answer::xml(200, text);
    answer.code = Some(code.to_owned());
    answer
}

/// Takes from a good answer what the fault takes.
fn spoil(mut answer: Answer, fault: &Fault) -> Answer {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    match fault {
        Fault::NoEtag => {
            answer.headers.retain(|(name, _)| name != "etag");
            answer.body = xml::replace(&text, "ETag", None).into();
        }
        Fault::EmptyEtag => {
            let etag = answer.headers.iter_mut().find(|(name, _)| name == "etag");
            etag.into_iter().for_each(|(_, value)| value.clear());
            answer.body = xml::replace(&text, "ETag", Some("")).into();
        }
        Fault::WrongChecksum => {
            let mut body = text;
            for algorithm in super::Algorithm::ALL {
                for (name, value) in &mut answer.headers {
                    if name == algorithm.header() {
                        *value = wrong(value);
                    }
                }
                if let Some(value) = xml::text(&body, algorithm.element()) {
                    body = xml::replace(&body, algorithm.element(), Some(&wrong(&value)));
                }
            }
            answer.body = body.into();
        }
        _ => {}
    }
    answer
}

/// Another value of the same form.
fn wrong(value: &str) -> String {
    let first = if value.starts_with('A') { "B" } else { "A" };
    format!("{first}{}", value.get(1..).unwrap_or_default())
}
