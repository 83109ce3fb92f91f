//! What stands between the binary and the server: a proxy, or a box that cuts connections.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Passes requests on, over plain http or through CONNECT. It ends with the test's process.
pub(crate) struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    target: SocketAddr,
    /// The `Proxy-Authorization` that it insists on.
    authorization: Option<&'static str>,
    refuses_tunnels: bool,
    heads: Mutex<Vec<String>>,
    answers: Arc<AtomicUsize>,
    clients: Mutex<Vec<TcpStream>>,
}

impl Relay {
    /// Everything goes to `target`, whatever name was asked for.
    pub(crate) fn to(target: SocketAddr) -> Self {
        Self::start(target, None, false)
    }

    /// The same, listening on the IPv6 loopback; `None` where there is none.
    pub(crate) fn on_ipv6(target: SocketAddr) -> Option<Self> {
        let listener = TcpListener::bind("[::1]:0").ok()?;
        Some(Self::serve(listener, target, None, false))
    }

    /// The same, for clients that send this `Proxy-Authorization`.
    pub(crate) fn with_authorization(target: SocketAddr, value: &'static str) -> Self {
        Self::start(target, Some(value), false)
    }

    /// Answers 403 to each CONNECT.
    pub(crate) fn refusing() -> Self {
        Self::start(SocketAddr::from(([127, 0, 0, 1], 9)), None, true)
    }

    fn start(
        target: SocketAddr,
        authorization: Option<&'static str>,
        refuses_tunnels: bool,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::serve(listener, target, authorization, refuses_tunnels)
    }

    fn serve(
        listener: TcpListener,
        target: SocketAddr,
        authorization: Option<&'static str>,
        refuses_tunnels: bool,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            target,
            authorization,
            refuses_tunnels,
            heads: Mutex::default(),
            answers: Arc::default(),
            clients: Mutex::default(),
        });
        let inside = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&inside);
                // Either side may go away at any time: that ends the connection and no more.
                std::thread::spawn(move || {
                    let again = client.try_clone();
                    drop(shared.client(client));
                    // The list of clients keeps the socket open.
                    drop(again.map(|it| it.shutdown(Shutdown::Both)));
                });
            }
        });
        Self { address, shared }
    }

    /// As an environment variable names it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn url_with(&self, user_and_password: &str) -> String {
        format!("http://{user_and_password}@{}", self.address)
    }

    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        lock(&self.shared.heads).clone()
    }

    /// The first lines of all requests so far, without the version.
    pub(crate) fn asked(&self) -> Vec<String> {
        let first = |head: &String| {
            let line = head.lines().next().unwrap_or_default();
            line.trim_end_matches(" HTTP/1.1").to_owned()
        };
        self.heads().iter().map(first).collect()
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        lock(&self.shared.clients).len()
    }

    /// Blocks until that many answers have been passed on; only over plain http.
    #[track_caller]
    pub(crate) fn wait_for_answers(&self, count: usize) {
        let started = Instant::now();
        while self.shared.answers.load(Ordering::SeqCst) < count {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "no {count} answers"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends FIN on all connections, as a server does that has waited long enough.
    pub(crate) fn close_all(&self) {
        for client in lock(&self.shared.clients).iter() {
            let _ = client.shutdown(Shutdown::Write);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn client(&self, mut client: TcpStream) -> std::io::Result<()> {
        lock(&self.clients).push(client.try_clone()?);
        let Some((head, rest)) = read_head(&mut client, Vec::new())? else {
            return Ok(());
        };
        lock(&self.heads).push(head.clone());
        if let Some(expected) = self.authorization
            && header(&head, "proxy-authorization") != Some(expected)
        {
            return client.write_all(
                b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
            );
        }
        if !head.starts_with("CONNECT ") {
            return self.forward(client, head, rest);
        }
        if self.refuses_tunnels {
            return client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        }
        let server = TcpStream::connect(self.target)?;
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        copy_back(&server, &client, &self.answers)?;
        pump(client, server, &self.answers)
    }

    /// Passes on request after request, in the form that a server takes.
    fn forward(
        &self,
        mut client: TcpStream,
        mut head: String,
        mut rest: Vec<u8>,
    ) -> std::io::Result<()> {
        let mut server = TcpStream::connect(self.target)?;
        copy_back(&server, &client, &self.answers)?;
        loop {
            server.write_all(origin_form(&head).as_bytes())?;
            let length = header(&head, "content-length").and_then(|it| it.parse().ok());
            let mut left: usize = length.unwrap_or(0);
            let mut buffer = [0; 64 << 10];
            while left > 0 {
                if rest.is_empty() {
                    let size = client.read(&mut buffer)?;
                    if size == 0 {
                        return server.shutdown(Shutdown::Write);
                    }
                    rest.extend_from_slice(&buffer[..size]);
                }
                let now = rest.len().min(left);
                server.write_all(&rest[..now])?;
                rest.drain(..now);
                left -= now;
            }
            match read_head(&mut client, rest)? {
                Some((next, behind)) => (head, rest) = (next, behind),
                None => return server.shutdown(Shutdown::Both),
            }
            lock(&self.heads).push(head.clone());
        }
    }
}

fn copy_back(
    server: &TcpStream,
    client: &TcpStream,
    answers: &Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let (server, client) = (server.try_clone()?, client.try_clone()?);
    let answers = Arc::clone(answers);
    std::thread::spawn(move || drop(pump(server, client, &answers)));
    Ok(())
}

/// Copies to the end; counts what begins like an answer.
fn pump(mut from: TcpStream, mut to: TcpStream, answers: &AtomicUsize) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let size = from.read(&mut buffer)?;
        if size == 0 {
            return to.shutdown(Shutdown::Write);
        }
        to.write_all(&buffer[..size])?;
        answers.fetch_add(
            usize::from(buffer.starts_with(b"HTTP/1.1 ")),
            Ordering::SeqCst,
        );
    }
}

/// A request's head, and what came behind it; `None` when the client has closed.
fn read_head(
    client: &mut TcpStream,
    mut bytes: Vec<u8>,
) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut buffer = [0; 16 << 10];
    loop {
        if let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let rest = bytes.split_off(at + 4);
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), rest)));
        }
        match client.read(&mut buffer)? {
            0 => return Ok(None),
            size => bytes.extend_from_slice(&buffer[..size]),
        }
    }
}

/// An address that nobody listens on.
pub(crate) fn unused_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// The value of a header; its name in lower case.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// `PUT http://host/path` becomes `PUT /path`, and the proxy's own header goes.
fn origin_form(head: &str) -> String {
    let (method, rest) = head.split_once(' ').unwrap_or((head, ""));
    let rest = match rest.strip_prefix("http://") {
        Some(absolute) => &absolute[absolute.find('/').unwrap_or(0)..],
        None => rest,
    };
    let lines = rest
        .split_inclusive("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("proxy-"));
    format!("{method} {}", lines.collect::<String>())
}
