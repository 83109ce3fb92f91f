//! Cases 16 and 17, and other ways for a connection to end.

use crate::harness::*;
use s3_server::{Fault, Nth, Op, Server};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::Duration;

#[test]
fn case_16_a_refused_connection_is_retried_and_named() {
    let server = server();
    let nobody = unused_address();
    for size in [1, PART + 1] {
        S3stream::put(&server, "bucket/key")
            .args([
                "--retries",
                "2",
                "--endpoint-url",
                &format!("http://{nobody}"),
            ])
            .stdin(noise(size, 16))
            .run()
            .code(1)
            .error(&[
                "s3://bucket/key",
                &format!("http://{nobody}"),
                "after 3 attempts",
                "refused",
            ])
            .hint("--endpoint-url");
    }
}

#[test]
fn case_16_an_unknown_name_is_told() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .args(["--retries", "0", "--connect-timeout", "5s"])
        .args(["--endpoint-url", "http://store.invalid:9000"])
        .stdin("bytes")
        .run()
        .code(1)
        .error(&["s3://bucket/key", "http://store.invalid:9000"]);
}

/// Servers without and with TLS, and the options that reach them.
fn both() -> Vec<(Server, Vec<&'static str>)> {
    let (secure, _, _) = tls_server();
    vec![(server(), vec![]), (secure, vec!["--no-verify-ssl"])]
}

#[test]
fn case_17_a_reset_or_a_close_in_a_body_is_retried() {
    for (server, options) in both() {
        let faults = [
            Fault::ResetMidBody(0),
            Fault::ResetMidBody(1 << 20),
            Fault::CloseMidBody(0),
            Fault::CloseMidBody(3 << 20),
        ];
        let bytes = noise(4 * PART + 1, 17);
        for (part, fault) in (1..).zip(faults) {
            server.fail(Op::UploadPart, Nth::Part(part), fault);
        }
        S3stream::put(&server, "bucket/key")
            .args(options)
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_eq!(assert_stored(&server, "key", &bytes).len(), 5);
        assert_eq!(server.count(Op::UploadPart), 9);
    }
}

#[test]
fn case_17_a_reset_of_a_single_request_is_retried() {
    for fault in [
        Fault::ResetMidBody(1 << 20),
        Fault::CloseMidBody(1 << 20),
        Fault::ActThenReset,
    ] {
        let server = server();
        server.fail(Op::PutObject, Nth::Call(1), fault);
        let bytes = noise(3 * MIB, 17);
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        assert_eq!(server.count(Op::PutObject), 2);
    }
}

#[test]
fn an_answer_in_the_middle_of_a_body_is_read() {
    for (server, options) in both() {
        for (size, op) in [(4 * MIB, Op::PutObject), (PART + 1, Op::UploadPart)] {
            server.fail(op, Nth::From(1), Fault::status_early(403, "AccessDenied"));
            let before = server.count(op);
            S3stream::put(&server, "bucket/key")
                .args(&options)
                .args(["--retry-delay", "1h", "--retry-max-delay", "1h"])
                .stdin(noise(size, 18))
                .run()
                .code(1)
                .error(&["s3://bucket/key", "AccessDenied", "HTTP 403"]);
            assert!(server.count(op) - before <= 2);
            assert_clean(&server);
        }
    }
}

#[test]
fn an_answer_of_the_moment_in_the_middle_of_a_body_is_retried() {
    for (server, options) in both() {
        server.fail(
            Op::UploadPart,
            Nth::Call(1),
            Fault::status_early(503, "SlowDown"),
        );
        let bytes = noise(PART + 1, 19);
        S3stream::put(&server, "bucket/key")
            .args(options)
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        assert_eq!(server.count(Op::UploadPart), 3);
    }
}

#[test]
fn a_connection_that_was_closed_while_idle_costs_no_retry() {
    let server = server();
    let relay = Relay::to(server.address());
    let bytes = noise(3 * PART + 1, 20);
    let mut run = S3stream::put(&server, "bucket/key")
        .args(["--workers", "1", "--retries", "0", "--output", "json"])
        .args(["--endpoint-url", &relay.url()])
        .stdin_handle(Stdio::piped())
        .start();
    let mut stdin = run.stdin();
    // The first byte of the second part proves that there is more than one.
    stdin.write_all(&bytes[..=PART]).unwrap();
    // Of Create and of part 1.
    relay.wait_for_answers(2);
    relay.close_all();
    stdin.write_all(&bytes[PART + 1..=2 * PART]).unwrap();
    relay.wait_for_answers(3);
    relay.close_all();
    stdin.write_all(&bytes[2 * PART + 1..]).unwrap();
    drop(stdin);
    let outcome = run.wait().code(0);
    assert!(outcome.stdout.contains("\"retries\":0"), "{outcome}");
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.count(Op::UploadPart), 4);
    assert_eq!(relay.connections(), 3);
}

/// A port that lets nobody in: its backlog is full. It stays so while the result lives.
fn full_backlog() -> (SocketAddr, impl Drop) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        socket.listen(0).unwrap().into_std().unwrap()
    });
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(one) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(one);
    }
    (address, Full(Some((listener, waiting))))
}

struct Full(Option<(std::net::TcpListener, Vec<TcpStream>)>);

impl Drop for Full {
    fn drop(&mut self) {
        self.0.take();
    }
}

#[test]
fn a_connection_has_its_time() {
    let server = server();
    let (address, _full) = full_backlog();
    for size in [1, PART + 1] {
        S3stream::put(&server, "bucket/key")
            .args(["--connect-timeout", "300ms", "--retries", "1"])
            .args(["--endpoint-url", &format!("http://{address}")])
            .stdin(noise(size, 21))
            .run()
            .code(1)
            .error(&[
                "s3://bucket/key",
                &format!("http://{address}"),
                "no connection within 300ms",
                "after 2 attempts",
            ]);
    }
}

#[test]
fn without_credentials_a_dead_metadata_service_is_not_waited_for() {
    let server = server();
    let (address, _full) = full_backlog();
    let outcome = S3stream::put(&server, "bucket/key")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .without_env("AWS_EC2_METADATA_DISABLED")
        .env(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            format!("http://{address}"),
        )
        .args(["--connect-timeout", "1h"])
        .stdin("bytes")
        .run()
        .code(2)
        .error(&["no AWS credentials"]);
    assert!(outcome.took < Duration::from_secs(30), "{outcome}");
    assert_eq!(server.count(Op::Any), 0);
}

/// Answers 403 after the first bytes of a body and resets the connection, as a server does that
/// closes a socket with unread bytes. Gives its endpoint.
fn answering_and_resetting() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
            let size = error.len();
            // A client that is gone already is found out by the test.
            let _ = client.read(&mut [0; 64 << 10]);
            let answer = format!(
                "HTTP/1.1 403 Forbidden\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n{error}"
            );
            // In one piece: what the kernel has not sent yet is lost by the reset.
            let _ = client.write_all(answer.as_bytes());
        }
    });
    endpoint
}

#[test]
fn an_answer_is_read_though_the_body_can_t_be_written_any_more() {
    let endpoint = answering_and_resetting();
    // Which of the two is seen first is a matter of luck.
    for _ in 0..30 {
        S3stream::put(&endpoint, "bucket/key")
            .args(["--retries", "0"])
            .stdin(noise(4 * MIB, 22))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "AccessDenied", "HTTP 403"]);
    }
}
