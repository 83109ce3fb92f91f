//! A server that is no store.

use super::relay::header;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A server that says the same to everybody, whatever they ask.
pub(crate) struct Parrot {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Parrot {
    /// `head`: status line and headers, without a length.
    pub(crate) fn saying(head: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, head, body) = (Arc::clone(&asked), head.to_owned(), body.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (log, head, body) = (Arc::clone(&log), head.clone(), body.clone());
                // The client may go away at any time.
                std::thread::spawn(move || drop(talk(client, &log, &head, &body)));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The first lines of all requests.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn talk(
    mut client: TcpStream,
    log: &Mutex<Vec<String>>,
    head: &str,
    body: &str,
) -> std::io::Result<()> {
    loop {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte)?;
            request.extend(byte);
        }
        let request = String::from_utf8_lossy(&request).into_owned();
        let length = header(&request, "content-length");
        let length = length.map_or(0, |it| it.parse().unwrap());
        client.read_exact(&mut vec![0; length])?;
        let first = request.lines().next().unwrap_or_default().to_owned();
        let body = if first.starts_with("HEAD") { "" } else { body };
        log.lock().unwrap().push(first);
        let length = body.len();
        client.write_all(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes())?;
    }
}
