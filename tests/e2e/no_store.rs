//! Case 70: what answers is no store, or a proxy that lets nothing through to one.

use crate::harness::*;
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
        let length = crate::relay::header(&request, "content-length");
        let length = length.map_or(0, |it| it.parse().unwrap());
        client.read_exact(&mut vec![0; length])?;
        let first = request.lines().next().unwrap_or_default().to_owned();
        let body = if first.starts_with("HEAD") { "" } else { body };
        log.lock().unwrap().push(first);
        let length = body.len();
        client.write_all(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes())?;
    }
}

const SIZES: [usize; 2] = [9, PART + 1];

#[test]
fn case_70_a_web_server_is_no_store() {
    for (head, body) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html",
            "<!DOCTYPE html><title>Console</title>",
        ),
        ("HTTP/1.1 200 OK\r\netag: \"5f\"", "<html>welcome</html>"),
        ("HTTP/1.1 200 OK", "{\"ok\": true}"),
        ("HTTP/1.1 404 Not Found", "<html>nothing here</html>"),
    ] {
        for size in SIZES {
            let web = Parrot::saying(head, body);
            S3stream::put_to(&web.url(), "bucket/key")
                .stdin(noise(size, 70))
                .run()
                .code(1)
                .error(&["s3://bucket/key", "not an S3 store"])
                .hint("--endpoint-url");
            let asked = web.asked();
            assert!(asked.len() <= 2, "{head} {size}: {asked:?}");
        }
    }
}

#[test]
fn case_70_a_200_without_an_etag_is_no_store_s() {
    let web = Parrot::saying("HTTP/1.1 200 OK", "");
    for more in [&[][..], &["--no-overwrite"]] {
        let before = web.asked().len();
        S3stream::put_to(&web.url(), "bucket/key")
            .args(more)
            .stdin("data")
            .run()
            .code(1)
            .error(&["s3://bucket/key was not stored", "not an S3 store"])
            .hint("--endpoint-url");
        let asked = web.asked();
        assert!(asked.len() - before <= 2, "{asked:?}");
    }
}

/// A page that comes between two answers of a store is a gateway's.
#[test]
fn case_70_a_store_stays_one_after_a_page() {
    let server = server();
    let page = crate::s3::Fault::Garbled {
        act: false,
        bytes: "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_owned(),
    };
    server.fail(crate::s3::Op::UploadPart, crate::s3::Nth::Call(1), page);
    let bytes = noise(PART + 1, 71);
    S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
}

#[test]
fn case_70_a_proxy_that_refuses_is_named_with_its_status() {
    for (endpoint, asked_for) in [
        ("http://store.example", "PUT"),
        ("https://store.example", "CONNECT"),
    ] {
        for (status, tries) in [
            ("403 Forbidden", 2),
            ("407 Proxy Authentication Required", 1),
        ] {
            for size in SIZES {
                let proxy = Parrot::saying(&format!("HTTP/1.1 {status}"), "<html>no</html>");
                let run = S3stream::put_to(endpoint, "bucket/key")
                    .env("ALL_PROXY", proxy.url())
                    .stdin(noise(size, 72))
                    .run()
                    .code(1)
                    .error(&["s3://bucket/key was not stored", &proxy.url(), status]);
                let asked = proxy.asked();
                assert!(asked.len() <= tries, "{status}: {asked:?}: {run}");
                assert!(size > 9 || asked[0].starts_with(asked_for), "{asked:?}");
            }
        }
    }
}

#[test]
fn case_70_a_proxy_that_reaches_nobody_is_asked_again() {
    for endpoint in ["http://store.example", "https://store.example"] {
        let proxy = Parrot::saying("HTTP/1.1 502 Bad Gateway", "<html>no</html>");
        S3stream::put_to(endpoint, "bucket/key")
            .args(["--retries", "1"])
            .env("ALL_PROXY", proxy.url())
            .stdin(noise(PART + 1, 73))
            .run()
            .code(1)
            .error(&[
                "s3://bucket/key",
                &proxy.url(),
                "502 Bad Gateway",
                "2 attempts",
            ]);
        assert!(proxy.asked().len() >= 2);
    }
}
