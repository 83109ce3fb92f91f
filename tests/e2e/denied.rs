//! Cases 26 and 31, and what else a store refuses for good: who is told what, and what stays behind.

use crate::harness::*;
use s3_server::{Fault, Nth, Op, Server};
use std::process::Stdio;
use std::time::Duration;

const SIZE: usize = PART + 1;

#[test]
fn case_26_an_upload_that_is_gone_ends_the_run_at_once() {
    for number in [1, 2] {
        let server = server();
        let gone = Fault::status(404, "NoSuchUpload");
        server.fail(Op::UploadPart, Nth::PartAlways(number), gone);
        // Standard input stays open: nothing must wait for its end.
        let mut run = S3stream::put(&server, "bucket/key")
            .stdin_handle(Stdio::piped())
            .start();
        let mut stdin = run.stdin();
        let _ = std::io::Write::write_all(&mut stdin, &noise(2 * PART + 1, 26));
        run.wait()
            .code(1)
            .error(&["s3://bucket/key", "part", "NoSuchUpload"])
            .hint("lifecycle");
        drop(stdin);
        assert_clean(&server);
        let sent = server.requests_of(Op::UploadPart);
        let refused = sent
            .iter()
            .filter(|it| it.part_number == Some(number))
            .count();
        assert_eq!(refused, 1);
        assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
    }
}

#[test]
fn case_26_access_denied_at_create_and_in_a_part() {
    for op in [Op::CreateMultipartUpload, Op::UploadPart] {
        for fault in [
            Fault::status(403, "AccessDenied"),
            Fault::status_early(403, "AccessDenied"),
        ] {
            let server = server();
            let old = old_object(&server, "key", SIZE);
            server.fail(op, Nth::From(1), fault);
            S3stream::put(&server, "bucket/key")
                .stdin(noise(SIZE, 31))
                .run()
                .code(1)
                .error(&["s3://bucket/key", "AccessDenied", "HTTP 403"])
                .hint("s3:PutObject");
            assert_stored(&server, "key", &old);
            let aborts = usize::from(op == Op::UploadPart);
            assert_eq!(server.count(Op::AbortMultipartUpload), aborts);
        }
    }
}

#[test]
fn case_31_an_upload_that_can_t_be_aborted_is_named() {
    let server = Server::builder().deny_abort(true).start();
    server.create_bucket(BUCKET);
    server.fail(
        Op::UploadPart,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    let run = S3stream::put(&server, "bucket/it's a key")
        .stdin(noise(SIZE, 32))
        .run()
        .code(1);
    let upload = server.uploads().remove(0).id;
    run.error(&[
        "s3://bucket/it's a key",
        "AccessDenied",
        &upload,
        "left behind",
    ])
    .hint(&format!(
        "s3stream uploads abort 'bucket/it'\\''s a key' --upload-id {upload} --endpoint-url {}",
        server.endpoint()
    ));
}

#[test]
fn case_31_a_failing_abort_is_tried_again_and_hides_nothing() {
    let server = server();
    server.fail(
        Op::UploadPart,
        Nth::From(1),
        Fault::status(400, "InvalidArgument"),
    );
    server.fail(Op::AbortMultipartUpload, Nth::Call(1), Fault::slow_down());
    S3stream::put(&server, "bucket/key")
        .stdin(noise(SIZE, 33))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "InvalidArgument"]);
    assert_clean(&server);
    assert_eq!(server.count(Op::AbortMultipartUpload), 2);
}

#[test]
fn case_31_parts_that_outlive_an_abort_are_aborted_again() {
    // Says yes and does nothing, as if a part had been on its way.
    let overtaken = Fault::status(204, "");
    let server = server();
    server.fail(
        Op::UploadPart,
        Nth::Part(2),
        Fault::status(400, "InvalidArgument"),
    );
    server.fail(Op::AbortMultipartUpload, Nth::Call(1), overtaken.clone());
    let run = S3stream::put(&server, "bucket/key")
        .args(["--workers", "1"])
        .stdin(noise(SIZE, 34))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "InvalidArgument"]);
    assert!(!run.stderr.contains("left behind"), "{run}");
    assert_clean(&server);
    assert_eq!(server.count(Op::AbortMultipartUpload), 2);

    let server = crate::harness::server();
    server.fail(
        Op::UploadPart,
        Nth::Part(2),
        Fault::status(400, "InvalidArgument"),
    );
    server.fail(Op::AbortMultipartUpload, Nth::From(1), overtaken);
    let run = S3stream::put(&server, "bucket/key")
        .args(["--workers", "1"])
        .stdin(noise(SIZE, 34))
        .run()
        .code(1);
    let upload = server.uploads().remove(0).id;
    run.error(&["s3://bucket/key", "InvalidArgument", &upload, "left behind"])
        .hint("s3stream uploads abort bucket/key");
}

#[test]
fn case_31_who_may_not_list_parts_has_the_store_s_word() {
    let server = Server::builder().deny_list_parts(true).start();
    server.create_bucket(BUCKET);
    server.fail(
        Op::UploadPart,
        Nth::From(1),
        Fault::status(400, "InvalidArgument"),
    );
    let run = S3stream::put(&server, "bucket/key")
        .stdin(noise(SIZE, 35))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "InvalidArgument"]);
    assert!(!run.stderr.contains("left behind"), "{run}");
    assert_clean(&server);
    assert_eq!(server.count(Op::AbortMultipartUpload), 1);
}

#[test]
fn case_31_no_part_is_tried_again_once_the_abort_is_sent() {
    let server = server();
    // Part 1 is tried again and again: also while the abort, which takes its time, is under way?
    server.fail(Op::UploadPart, Nth::PartAlways(1), Fault::slow_down());
    server.fail(
        Op::UploadPart,
        Nth::Part(2),
        Fault::status(400, "InvalidArgument"),
    );
    let while_it_lasts = Fault::Delay(Duration::from_millis(300));
    server.fail(Op::AbortMultipartUpload, Nth::Call(1), while_it_lasts);
    S3stream::put(&server, "bucket/key")
        .args(["--retries", "1000"])
        .stdin(noise(4 * PART, 36))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "part 2"]);
    // What had left before may arrive after it, once.
    let mut requests = server.requests().into_iter();
    requests.find(|it| it.op == Op::AbortMultipartUpload);
    let late = requests.filter(|it| it.part_number == Some(1)).count();
    assert!(late <= 1, "{late}");
    assert_clean(&server);
}

#[test]
fn case_36_a_bucket_that_is_not_there() {
    for size in [9, SIZE] {
        let server = server();
        S3stream::put(&server, "other/key")
            .stdin(noise(size, 37))
            .run()
            .code(1)
            .error(&["s3://other/key", "NoSuchBucket", "HTTP 404"])
            .hint("aws s3 mb s3://other");
        assert_clean(&server);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn case_26_a_store_that_is_full() {
    for (status, code) in [
        (403, "QuotaExceeded"),
        (507, "XMinioStorageFull"),
        (507, "InsufficientStorage"),
    ] {
        for (op, size) in [(Op::PutObject, 9), (Op::UploadPart, SIZE)] {
            let server = server();
            server.fail(op, Nth::From(1), Fault::status(status, code));
            S3stream::put(&server, "bucket/key")
                .args(["--workers", "1"])
                .stdin(noise(size, 38))
                .run()
                .code(1)
                .error(&["s3://bucket/key", code])
                .hint("full");
            assert_clean(&server);
            assert_eq!(server.count(op), 1);
        }
    }
}

#[test]
fn case_26_wrong_keys_are_told_from_missing_rights() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "not the one that belongs to it 000000000",
        )
        .stdin(noise(9, 39))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "SignatureDoesNotMatch"])
        .hint("AWS_SECRET_ACCESS_KEY");
    S3stream::put(&server, "bucket/key")
        .env("AWS_ACCESS_KEY_ID", "AKIDNOBODY")
        .stdin(noise(9, 39))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "InvalidAccessKeyId"])
        .hint("AWS_ACCESS_KEY_ID");
    assert_clean(&server);
    // The keys did not change in between: no request was repeated.
    assert_eq!(server.requests().len(), 2);
}
