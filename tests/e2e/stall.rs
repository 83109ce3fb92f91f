//! Cases 18, 19 and 21: peers that stop, and peers that are only slow.

use crate::harness::*;
use s3_server::{Fault, Nth, Op, Server};

fn put(server: &Server) -> S3stream {
    S3stream::put(&server, "bucket/key").env("S3STREAM_STALL_TIMEOUT", "1s")
}

/// One call of `op` gets nowhere: it is given up, and made again.
#[track_caller]
fn recovers(server: &Server, op: Op, fault: Fault, options: &[&str]) {
    let size = if op == Op::PutObject {
        4 * MIB
    } else {
        2 * PART
    };
    let bytes = noise(size, 18);
    server.fail(op, Nth::Call(1), fault);
    put(server)
        .args(options)
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(server, "key", &bytes);
    let expected = if op == Op::UploadPart { 3 } else { 2 };
    assert_eq!(server.count(op), expected);
}

#[test]
fn case_18_a_part_that_is_never_read() {
    recovers(&server(), Op::UploadPart, Fault::NeverRead, &[]);
}

#[test]
fn case_18_a_part_that_is_never_read_over_tls() {
    let (server, _folder, _bundle) = tls_server();
    let options = ["--no-verify-ssl"];
    recovers(&server, Op::UploadPart, Fault::NeverRead, &options);
}

#[test]
fn case_18_an_object_that_is_never_read() {
    recovers(&server(), Op::PutObject, Fault::NeverRead, &[]);
}

#[test]
fn case_19_a_part_that_is_never_answered() {
    recovers(&server(), Op::UploadPart, Fault::NeverAnswer, &[]);
}

#[test]
fn case_19_an_object_that_is_never_answered() {
    recovers(&server(), Op::PutObject, Fault::NeverAnswer, &[]);
}

#[test]
fn case_19_an_object_that_is_stored_and_never_answered() {
    recovers(&server(), Op::PutObject, Fault::ActThenNeverAnswer, &[]);
}

#[test]
fn case_19_a_creation_that_is_never_answered() {
    recovers(
        &server(),
        Op::CreateMultipartUpload,
        Fault::NeverAnswer,
        &[],
    );
}

#[test]
fn case_19_a_completion_that_is_never_answered() {
    // Putting the object together may take long: a completion gets five times as much.
    let options = ["--stall-timeout", "600ms"];
    let server = server();
    recovers(
        &server,
        Op::CompleteMultipartUpload,
        Fault::NeverAnswer,
        &options,
    );
}

#[test]
fn case_19_a_completion_that_is_done_and_never_answered() {
    let server = server();
    let bytes = noise(PART + 1, 19);
    let op = Op::CompleteMultipartUpload;
    server.fail(op, Nth::Call(1), Fault::ActThenNeverAnswer);
    put(&server)
        .args(["--stall-timeout", "600ms"])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.count(op), 1);
    // The object is found by a HEAD.
    assert!(server.count(Op::HeadObject) >= 1);
}

#[test]
fn case_19_an_abort_that_is_never_answered() {
    let server = server();
    server.fail(
        Op::UploadPart,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    server.fail(Op::AbortMultipartUpload, Nth::Call(1), Fault::NeverAnswer);
    put(&server)
        .stdin(noise(PART + 1, 20))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "AccessDenied"]);
    assert_clean(&server);
}

#[test]
fn case_19_a_server_that_never_answers_is_given_up() {
    for (op, size) in [(Op::PutObject, 1), (Op::UploadPart, PART + 1)] {
        let server = server();
        server.fail(op, Nth::From(1), Fault::NeverAnswer);
        S3stream::put(&server, "bucket/key")
            .args(["--stall-timeout", "500ms", "--retries", "1"])
            .args(["--retry-for", "0s"])
            .stdin(noise(size, 19))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "stalled", "500ms", &server.endpoint()]);
        assert_clean(&server);
    }
}

#[test]
fn case_21_a_slow_link_is_no_stall() {
    let server = Server::builder().read_rate(2_000_000).start();
    server.create_bucket(BUCKET);
    let bytes = noise(PART + MIB, 21);
    put(&server).stdin(bytes.clone()).run().silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.count(Op::UploadPart), 2);
}

#[test]
fn case_21_a_very_slow_link_is_no_stall_though_the_kernel_took_all_at_once() {
    // 1.5 MiB fit into the send buffer of a loopback socket: to the writer all is sent at once,
    // and nothing happens for the four seconds that it takes to arrive.
    let server = Server::builder().read_rate(400_000).start();
    server.create_bucket(BUCKET);
    let bytes = noise(3 * MIB / 2, 21);
    put(&server).stdin(bytes.clone()).run().silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.count(Op::PutObject), 1);
}
