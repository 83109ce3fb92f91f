//! Case 25: the commit was carried out and its answer lost, in every form this has been seen in.

use crate::harness::*;
use s3_server::{Fault, Nth, Op, Server};

const SIZE: usize = PART + 1;
const COMPLETE: Op = Op::CompleteMultipartUpload;
const TOKEN: &str = "x-amz-meta-s3stream-upload";

fn blind() -> Server {
    let server = Server::builder().deny_head(true).start();
    server.create_bucket(BUCKET);
    server
}

/// The object is ours, and carries the token that Create brought.
#[track_caller]
fn assert_ours(server: &Server, bytes: &[u8]) {
    assert_stored(server, "key", bytes);
    let create = only(server, Op::CreateMultipartUpload);
    let token = create.header(TOKEN).expect("a token");
    assert_eq!(token.len(), 32, "{token}");
    let object = server.object(BUCKET, "key").unwrap();
    assert_eq!(object.header(TOKEN), Some(token));
}

#[test]
fn case_25_a_lost_answer_is_settled_by_looking() {
    for fault in [
        Fault::ActThenReset,
        Fault::ActThenForgetUpload,
        Fault::ActThenNeverAnswer,
    ] {
        for with_old in [false, true] {
            let (server, bytes) = (server(), noise(SIZE, 25));
            if with_old {
                old_object(&server, "key", SIZE);
            }
            server.fail(COMPLETE, Nth::Call(1), fault.clone());
            let run = S3stream::put(&server, "bucket/key")
                .arg("-v")
                .impatient_with(&fault)
                .stdin(bytes.clone())
                .run()
                .code(0);
            assert!(run.stderr.contains("the object is there"), "{run}");
            assert_ours(&server, &bytes);
            assert_eq!(server.count(COMPLETE), 1);
            assert_eq!(server.count(Op::AbortMultipartUpload), 0);
        }
    }
}

#[test]
fn case_25_no_such_upload_after_a_lost_answer() {
    // The object can't be looked at at first; the second Complete finds the upload gone.
    for fault in [Fault::ActThenForgetUpload, Fault::ActThenReset] {
        let (server, bytes) = (server(), noise(SIZE, 26));
        old_object(&server, "key", SIZE);
        server.fail(COMPLETE, Nth::Call(1), fault);
        server.fail(Op::HeadObject, Nth::Call(1), Fault::slow_down());
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_ours(&server, &bytes);
        let codes: Vec<_> = server
            .requests_of(COMPLETE)
            .into_iter()
            .map(|it| it.code)
            .collect();
        assert_eq!(codes, [None, Some("NoSuchUpload".to_owned())]);
    }
}

#[test]
fn case_25_a_store_that_answers_500_for_ever_after() {
    // As Ceph does for an upload that it has completed.
    let (server, bytes) = (server(), noise(SIZE, 27));
    old_object(&server, "key", SIZE);
    server.fail(COMPLETE, Nth::Call(1), Fault::ActThenReset);
    server.fail(COMPLETE, Nth::From(1), Fault::internal_error());
    for number in 1..=2 {
        server.fail(Op::HeadObject, Nth::Call(number), Fault::slow_down());
    }
    S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_ours(&server, &bytes);
    assert_eq!(server.count(COMPLETE), 3);
}

#[test]
fn case_25_last_night_s_object_is_not_taken_for_ours() {
    // Nothing is carried out; an object of the same size lies under the key.
    for fault in [
        Fault::internal_error(),
        Fault::status(404, "NoSuchUpload"),
        Fault::NeverAnswer,
        Fault::ResetMidBody(10),
    ] {
        let server = server();
        let old = old_object(&server, "key", SIZE);
        server.fail(COMPLETE, Nth::From(1), fault.clone());
        S3stream::put(&server, "bucket/key")
            .args(["--retries", "1", "--retry-for", "0s"])
            .impatient_with(&fault)
            .stdin(noise(SIZE, 28))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "CompleteMultipartUpload"]);
        assert_stored(&server, "key", &old);
        assert!(server.count(Op::AbortMultipartUpload) > 0);
    }
}

#[test]
fn case_25_who_may_not_look_is_told_that_it_is_not_known() {
    for fault in [Fault::ActThenForgetUpload, Fault::ActThenReset] {
        let (server, bytes) = (blind(), noise(SIZE, 30));
        server.fail(COMPLETE, Nth::Call(1), fault);
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .code(1)
            .error(&["s3://bucket/key", "NoSuchUpload", "not known"])
            .hint("s3stream-upload=");
        // It was made: the message must not say that it was not.
        assert_ours(&server, &bytes);
    }
}

#[test]
fn case_25_a_clear_refusal_leaves_nothing_open() {
    let server = blind();
    server.fail(COMPLETE, Nth::Call(1), Fault::status(403, "AccessDenied"));
    let run = S3stream::put(&server, "bucket/key")
        .stdin(noise(SIZE, 31))
        .run()
        .code(1)
        .error(&["s3://bucket/key was not stored", "AccessDenied"]);
    assert!(!run.stderr.contains("may have"), "{run}");
    assert_clean(&server);
}

#[test]
fn case_32_our_own_object_is_not_in_the_way() {
    // Complete is done and its answer lost; the second one finds what the first has made.
    let (server, bytes) = (server(), noise(SIZE, 32));
    server.fail(COMPLETE, Nth::Call(1), Fault::ActThenReset);
    server.fail(
        COMPLETE,
        Nth::Call(2),
        Fault::status(412, "PreconditionFailed"),
    );
    // The first two looks are for an object in the way, the third for ours.
    server.fail(Op::HeadObject, Nth::Call(3), Fault::slow_down());
    S3stream::put(&server, "bucket/key")
        .arg("--no-overwrite")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_ours(&server, &bytes);
    assert_eq!(server.count(COMPLETE), 2);

    let (server, bytes) = (crate::harness::server(), noise(9, 33));
    server.fail(Op::PutObject, Nth::Call(1), Fault::ActThenReset);
    S3stream::put(&server, "bucket/key")
        .arg("--no-overwrite")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    let codes: Vec<_> = server
        .requests_of(Op::PutObject)
        .into_iter()
        .map(|it| it.code)
        .collect();
    assert_eq!(codes, [None, Some("PreconditionFailed".to_owned())]);
}

#[test]
fn case_32_whose_object_is_in_the_way_is_not_known_to_who_may_not_look() {
    for (size, commit) in [(9, Op::PutObject), (SIZE, COMPLETE)] {
        let (server, bytes) = (blind(), noise(size, 34));
        server.fail(commit, Nth::Call(1), Fault::ActThenReset);
        server.fail(
            commit,
            Nth::Call(2),
            Fault::status(412, "PreconditionFailed"),
        );
        // Not 4, which promises that nothing was committed.
        S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(bytes.clone())
            .run()
            .code(1)
            .error(&["s3://bucket/key", "PreconditionFailed", "not known"])
            .hint("s3stream-upload=");
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn case_32_another_s_object_is_in_the_way_after_a_lost_attempt() {
    for (size, commit) in [(9, Op::PutObject), (SIZE, COMPLETE)] {
        let server = std::sync::Arc::new(server());
        let weak = std::sync::Arc::downgrade(&server);
        server.fail(commit, Nth::Call(1), Fault::internal_error());
        server.on(commit, Nth::Call(2), move |_| {
            old_object(&weak.upgrade().unwrap(), "key", size);
        });
        S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(noise(size, 35))
            .run()
            .code(4)
            .error(&["s3://bucket/key", "PreconditionFailed"]);
        assert_stored(&server, "key", &noise(size, 0x01d));
    }
}

#[test]
fn case_25_a_lost_put_object_is_sent_again() {
    for fault in [Fault::ActThenReset, Fault::ActThenNeverAnswer] {
        let (server, bytes) = (server(), noise(9, 36));
        server.fail(Op::PutObject, Nth::Call(1), fault.clone());
        S3stream::put(&server, "bucket/key")
            .impatient_with(&fault)
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        assert_eq!(server.count(Op::PutObject), 2);
    }
}

#[test]
fn case_25_a_put_object_whose_answers_are_all_lost_may_be_stored() {
    let (server, bytes) = (blind(), noise(9, 37));
    server.fail(Op::PutObject, Nth::From(1), Fault::ActThenReset);
    S3stream::put(&server, "bucket/key")
        .args(["--retries", "1"])
        .stdin(bytes.clone())
        .run()
        .code(1)
        .error(&["s3://bucket/key", "PutObject", "not known"]);
    assert_stored(&server, "key", &bytes);
}
