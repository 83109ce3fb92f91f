//! That the store plays what is asked of it: else the trial would prove nothing.

use crate::harness::{BUCKET, S3stream, server};
use s3_server::{Door, Fault, Nth, Op, Server};
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(10);

fn put(server: &Server) -> S3stream {
    S3stream::put(server, "bucket/key")
        .args(["--retries", "0", "--stall-timeout", "500ms"])
        .stdin("new")
}

#[test]
fn a_late_effect_comes_after_its_answer_and_before_the_store_has_settled() {
    let server = server();
    let after = Duration::from_millis(300);
    let status = Some(504);
    server.fail(Op::PutObject, Nth::Call(1), Fault::Late { status, after });
    let started = Instant::now();
    put(&server).run();
    assert!(server.settle(LONG));
    assert!(started.elapsed() >= after);
    assert_eq!(server.requests_of(Op::PutObject)[0].status, status);
    assert!(server.object(BUCKET, "key").is_some());
}

#[test]
fn garbled_and_dripped_answers_follow_the_effect() {
    for fault in [
        Fault::Dripped(Duration::from_millis(2)),
        Fault::Garbled {
            act: true,
            bytes: "nonsense".to_owned(),
        },
    ] {
        let server = server();
        server.fail(Op::PutObject, Nth::Call(1), fault.clone());
        let status = put(&server).run().status;
        assert!(server.settle(LONG));
        assert!(server.object(BUCKET, "key").is_some(), "{fault:?}");
        let is_dripped = matches!(fault, Fault::Dripped(_));
        assert!(status.success() || !is_dripped, "{fault:?} {status}");
    }
}

#[test]
fn a_closed_door_refuses_or_resets_and_opens_at_the_same_port() {
    let server = server();
    server.door().set(Door::Refuses);
    let started = Instant::now();
    let refused = || {
        let connected = TcpStream::connect(server.address());
        connected.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    };
    while !refused() {
        assert!(started.elapsed() < LONG, "never refused");
    }
    put(&server).run().code(1);
    server.door().set(Door::Resets);
    put(&server).run().code(1);
    assert!(server.requests().is_empty());
    assert!(server.settle(LONG));
    put(&server).run().silent();
    assert_eq!(server.object(BUCKET, "key").unwrap().size, 3);
}

#[test]
#[should_panic(expected = "set and never come up: a hold for GetObject Call(1), of which 0 came")]
fn a_hold_that_never_comes_up_fails_the_test() {
    let server = server();
    let _hold = server.hold(Op::GetObject, Nth::Call(1));
    put(&server).run().silent();
}

/// The first of two faults is the one: the second had no effect.
#[test]
#[should_panic(expected = "set and never come up: Dripped")]
fn a_fault_behind_another_fails_the_test() {
    let server = server();
    server.fail(Op::PutObject, Nth::From(1), Fault::internal_error());
    let behind = Fault::Dripped(Duration::from_millis(2));
    server.fail(Op::PutObject, Nth::Call(1), behind);
    put(&server).run().code(1);
}

#[test]
fn what_may_stay_unused_may() {
    let server = server();
    server.allow_unused_faults();
    server.fail(Op::GetObject, Nth::Call(1), Fault::internal_error());
}
