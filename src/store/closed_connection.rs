//! A connection that was kept and turns out closed, seen from the request that meets it.

use super::Store;
use crate::cli::{Cli, Command};
use crate::concurrency::Concurrency;
use crate::config::PutConfig;
use clap::Parser as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};

const OBJECT: &[u8] =
    b"HTTP/1.1 200 OK\r\nx-amz-request-id: 1\r\netag: \"1\"\r\ncontent-length: 3\r\n\r\n";

/// Reads one request; answers it or not.
fn serve(client: &mut TcpStream, answers: bool) {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).expect("a whole head");
        read.extend(byte);
    }
    if answers {
        client.write_all(OBJECT).expect("a waiting client");
    }
}

async fn store(address: &str) -> (Store, PutConfig) {
    let arguments = ["s3stream", "put", "bucket/key", "--retries", "0"];
    let more = [
        "--no-sign-request",
        "--region",
        "r",
        "--endpoint-url",
        address,
    ];
    let Command::Put(put) = Cli::parse_from(arguments.iter().chain(&more)).command else {
        unreachable!("it was asked for put");
    };
    let config = put.config().expect("usable settings");
    let concurrency = Concurrency::new(&config.upload.transfer);
    let store = Store::open(&config.upload, Arc::default(), concurrency);
    (store.await.expect("a store"), config)
}

/// All of the client runs on this thread: while it waits for the server by blocking, it learns
/// nothing of what happens to its socket, and writes to one that has been closed.
#[tokio::test]
async fn a_request_that_met_a_closed_connection_is_sent_once_more_without_retries() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (close, is_to_close) = mpsc::channel();
    let (closed, is_closed) = mpsc::channel();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            serve(&mut client, true);
            is_to_close.recv().expect("a running test");
            drop(client);
            closed.send(()).expect("a waiting test");
        }
    });
    let (store, config) = store(&address).await;
    for _ in 0..3 {
        let head = store.head(&config.destination).await.unwrap();
        assert_eq!(head.unwrap().size, Some(3));
        close.send(()).unwrap();
        is_closed.recv().unwrap();
    }
}

/// What arrived may have been carried out.
#[tokio::test]
async fn a_request_that_arrived_is_not_sent_once_more_without_retries() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        serve(&mut client, true);
        serve(&mut client, false);
        drop(client);
        listener.set_nonblocking(true).unwrap();
        listener
    });
    let (store, config) = store(&address).await;
    assert!(store.head(&config.destination).await.is_ok());
    assert!(store.head(&config.destination).await.is_err());
    let listener = server.join().unwrap();
    assert!(listener.accept().is_err(), "there is another connection");
}
