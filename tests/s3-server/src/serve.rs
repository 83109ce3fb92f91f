//! A connection's life: requests one after the other, each with the fault that was asked for.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::act::act;
use crate::admit::admit;
use crate::builder::Storage;
use crate::checks::checksum_header;
use crate::digest::{Body, Digester};
use crate::failure::Failure;
use crate::faults::{Fault, Fired};
use crate::http::{Answer, Connection, Head, Stream};
use crate::log::{Entry, Request};
use crate::shared::{Shared, mix};
use crate::spoiled::{ok_with_error, spoil, with_blanks};
use crate::text::{hex, http_date};

/// How long a closing connection takes what the client still sends.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an early answer is left for a client that is still sending.
const EARLY: Duration = Duration::from_millis(500);

/// Serves a connection to its end, or to that of the door being open.
pub(crate) async fn serve(shared: Arc<Shared>, tcp: TcpStream) {
    let _busy = Arc::clone(&shared.busy);
    let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
    let door = Arc::clone(&shared.door);
    door.connected(number);
    if !door.is_open() {
        // A failure means that the connection is gone already.
        let _ = tcp.set_zero_linger();
        return;
    }
    tokio::select! {
        () = door.closed() => {}
        () = serve_to_its_end(shared, tcp, number) => {}
    }
}

async fn serve_to_its_end(shared: Arc<Shared>, tcp: TcpStream, number: usize) {
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
    shared: &'a Arc<Shared>,
    entry: Entry,
    id: String,
    number: u64,
}

impl<'a> Exchange<'a> {
    fn new(shared: &'a Arc<Shared>, connection: usize, head: &Head) -> Self {
        let number = shared.next_request();
        Self {
            shared,
            entry: shared.log.begin(Request::arrived(head, connection)),
            id: format!("{:016X}", mix(number + 1)),
            number,
        }
    }

    /// Gives the connection back where it goes on.
    async fn run(mut self, head: &Head, mut conn: Connection) -> io::Result<Option<Connection>> {
        let shared = self.shared;
        let mut fired = shared.rules.arrive(&self.entry.request);
        for hook in &fired.hooks {
            hook(&self.entry.request);
        }
        let fault = fired
            .fault
            .take()
            .or_else(|| shared.random_fault(self.number));
        let admitted = admit(&shared.config, head, &self.entry.request, conn.is_tls());
        if let Some(Fault::NeverRead) = fault {
            self.entry.end(None, None);
            // On its own: what is left of the body may keep a client's socket for minutes after its
            // process has ended, and nothing comes of it.
            tokio::spawn(async move { conn.ignore().await });
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
        let body = self.read(&mut conn, stop, keep, &mut fired).await?;
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
    async fn read(
        &mut self,
        conn: &mut Connection,
        stop: u64,
        keep: bool,
        fired: &mut Fired,
    ) -> io::Result<Body> {
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
            fired.read(request, stop);
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
            Some(Fault::ForgetUpload) => self.forget_upload(),
            _ => {}
        }
        let answer = match fault {
            Some(Fault::Instead { act: false, .. } | Fault::Garbled { act: false, .. }) => {
                Answer::new(200)
            }
            Some(Fault::Late { after, .. }) => self.act_later(admitted, body, after),
            _ => self.act(admitted, body),
        };
        match fault {
            Some(Fault::ActThenNeverAnswer) => {
                self.entry.end(None, answer.code);
                conn.drain().await;
                Ok(None)
            }
            Some(
                Fault::ActThenReset | Fault::ActThenForgetUpload | Fault::Late { status: None, .. },
            ) => {
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
            Some(Fault::Late {
                status: Some(status),
                ..
            }) => self.write(head, conn, Answer::new(status)).await,
            Some(Fault::Garbled { bytes, .. }) => {
                self.entry.end(None, answer.code);
                conn.write_raw(bytes.as_bytes()).await?;
                conn.close(PATIENCE).await;
                Ok(None)
            }
            Some(Fault::CutAnswer(size)) => {
                self.entry.end(Some(answer.status), answer.code.clone());
                conn.write_cut(&answer, &self.id, size).await?;
                conn.reset();
                Ok(None)
            }
            Some(Fault::StalledAnswer(size)) => {
                self.entry.end(Some(answer.status), answer.code.clone());
                conn.write_cut(&answer, &self.id, size).await?;
                conn.drain().await;
                Ok(None)
            }
            Some(Fault::Dripped(pause)) => {
                self.entry.end(Some(answer.status), answer.code.clone());
                let answer = with_blanks(answer);
                conn.write_slowly(&answer, &self.id, pause).await?;
                Ok(Some(conn))
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

    /// What a gateway leads to that gives up on a store which goes on.
    fn act_later(
        &self,
        admitted: Result<Vec<String>, Failure>,
        body: Body,
        after: Duration,
    ) -> Answer {
        let (shared, busy) = (Arc::clone(self.shared), Arc::clone(&self.shared.busy));
        let mut request = self.entry.request.clone();
        tokio::spawn(async move {
            sleep(after).await;
            if admitted.is_ok() {
                // Nobody is there to be answered.
                drop(act(&shared.config, &mut shared.state(), &mut request, body));
            }
            drop(busy);
        });
        Answer::new(200)
    }

    fn forget_upload(&self) {
        if let Some(id) = &self.entry.request.upload_id {
            self.shared.state().uploads.remove(id);
        }
    }

    /// Writes the answer and keeps the connection, unless one side wants it closed.
    async fn write(
        mut self,
        head: &Head,
        mut conn: Connection,
        mut answer: Answer,
    ) -> io::Result<Option<Connection>> {
        let ahead = self.shared.config.clock_ahead;
        if !ahead.is_zero() {
            answer = answer.with("date", http_date(SystemTime::now() + ahead));
        }
        answer = answer.with_more(self.shared.config.more_headers);
        answer.close |= head.joined("connection").eq_ignore_ascii_case("close");
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
