//! A repeated attempt counts, whatever the request: in the receipt, and in what progress shows.

use crate::harness::*;

use s3_server::{BucketOptions, Builder, Fault, Nth, Op, Server};
use serde_json::Value;

/// Standard error and output as JSON: progress, and then the receipts.
fn lines(outcome: &Outcome) -> (Vec<Value>, Vec<Value>) {
    let json = |text: &str| {
        let lines = text.lines().filter(|line| line.starts_with('{'));
        let lines = lines.map(|line| serde_json::from_str(line).unwrap());
        lines.collect::<Vec<Value>>()
    };
    (json(&outcome.stderr), json(&outcome.stdout))
}

/// Retries by the last line of progress, and by all receipts.
fn retries(outcome: &Outcome) -> (u64, u64) {
    let (progress, receipts) = lines(outcome);
    let shown = progress.last().unwrap()["retries"].as_u64().unwrap();
    let told = receipts.iter().filter_map(|it| it["retries"].as_u64());
    (shown, told.sum())
}

fn start(builder: Builder) -> Server {
    let server = builder.start();
    let options = BucketOptions {
        object_lock: true,
        ..BucketOptions::default()
    };
    server.create_bucket_with(BUCKET, options);
    server
}

fn put(server: &Server, args: &[&str], size: usize) -> S3stream {
    S3stream::put(server, "bucket/key")
        .args(["--output", "json", "--progress", "json"])
        .args(args)
        .stdin(noise(size, 22))
}

#[test]
fn each_request_of_put_counts_its_retries() {
    let plain = Server::builder;
    let hiding = || Server::builder().hide_attributes(true);
    let dropping = || plain().drop_multipart_tags(true).count_no_tags(true);
    let lock = [
        "--object-lock-mode=COMPLIANCE",
        "--object-lock-retain=2099-01-31T12:00:00Z",
    ];
    let rows: [(Op, Builder, &[&str], usize); 10] = [
        (Op::HeadObject, plain(), &["--no-overwrite"], 9),
        (Op::PutObject, plain(), &[], 9),
        (Op::CreateMultipartUpload, plain(), &[], PART + 1),
        (Op::UploadPart, plain(), &[], PART + 1),
        (Op::CompleteMultipartUpload, plain(), &[], PART + 1),
        (Op::GetObjectAcl, plain(), &["--acl", "public-read"], 9),
        (Op::GetObjectRetention, hiding(), &lock, 9),
        (
            Op::GetObjectLegalHold,
            hiding(),
            &["--object-lock-legal-hold"],
            9,
        ),
        (Op::GetObjectTagging, hiding(), &["--tag", "a=b"], 9),
        (
            Op::PutObjectTagging,
            dropping(),
            &["--tag", "a=b"],
            PART + 1,
        ),
    ];
    for (op, builder, args, size) in rows {
        let server = start(builder);
        server.fail(op, Nth::Call(1), Fault::internal_error());
        let run = put(&server, args, size).run().code(0);
        assert!(server.count(op) >= 2, "{op:?}: {run}");
        assert_eq!(retries(&run), (1, 1), "{op:?}: {run}");
    }
}

#[test]
fn requests_that_clean_up_count_their_retries() {
    for op in [Op::AbortMultipartUpload, Op::ListParts] {
        let server = server();
        let denied = Fault::status(403, "AccessDenied");
        server.fail(Op::UploadPart, Nth::From(1), denied);
        server.fail(op, Nth::Call(1), Fault::internal_error());
        let run = put(&server, &[], PART + 1).run().code(1);
        assert_eq!(retries(&run), (1, 0), "{op:?}: {run}");
    }
}

/// The line of a part tells as many as the run.
#[test]
fn a_part_in_flight_shows_its_retries() {
    for (op, size) in [(Op::PutObject, 9), (Op::UploadPart, PART + 1)] {
        let server = server();
        server.fail(op, Nth::Call(1), Fault::slow_down());
        let hold = server.hold(op, Nth::Call(2));
        let args = ["--workers", "1", "--progress-interval", "100ms"];
        let run = put(&server, &args, size).start();
        assert!(hold.reached(PATIENCE));
        // Progress is told by the clock: some of it has to pass.
        std::thread::sleep(std::time::Duration::from_millis(400));
        hold.release();
        let run = run.wait().code(0);
        let (progress, _) = lines(&run);
        let shown = progress.iter().any(|line| {
            let of_part = &line["in_flight"][0]["retries"];
            *of_part == 1 && line["retries"] == 1
        });
        assert!(shown, "{op:?}: {run}");
    }
}

#[test]
fn each_request_of_put_many_counts_its_retries() {
    // It is the HEADs that are to fail.
    let server = Server::builder().deny_list(true).start();
    server.create_bucket(BUCKET);
    let folder = tree(&small(3));
    let put = |args: &[&str]| {
        S3stream::put_many(&server, "bucket")
            .args(["-r", "--output", "json", "--progress", "json"])
            .args(args)
            .arg(folder.path().join("src"))
            .run()
            .code(0)
    };
    for op in [Op::HeadObject, Op::PutObject] {
        server.fail(op, Nth::Call(1), Fault::internal_error());
    }
    let run = put(&["--skip-existing"]);
    assert_eq!(retries(&run), (2, 2), "{run}");
    // Of a file that is passed over, no receipt tells.
    server.fail(Op::HeadObject, Nth::Call(1), Fault::internal_error());
    let run = put(&["--skip-unchanged"]);
    assert_eq!(retries(&run), (1, 0), "{run}");
}
