//! Case 94: `doctor` says what stands in the way of uploads, a line each, and what the store lacks.

use crate::harness::*;
use s3_server::{ACCESS_KEY, BucketSettings, Fault, Nth, Op, SECRET_KEY, Server};
use serde_json::Value;
use std::time::Duration;

/// The checks that every run tells of.
const ALWAYS: [&str; 20] = [
    "name-resolution",
    "connection",
    "tls",
    "clock",
    "credentials",
    "bucket",
    "list",
    "head",
    "versioning",
    "object-lock",
    "encryption",
    "lifecycle",
    "multipart",
    "checksums",
    "bad-checksum",
    "part-limit",
    "abort",
    "put-object",
    "no-overwrite",
    "delete",
];

fn doctor(server: &Server) -> S3stream {
    S3stream::doctor(server, "bucket/p/").args(["--output", "json"])
}

/// A server whose bucket aborts unfinished uploads of `prefix`.
fn tidy(server: Server, prefix: &str) -> Server {
    server.create_bucket(BUCKET);
    let settings = BucketSettings {
        abort_rule: Some(prefix.to_owned()),
        ..BucketSettings::default()
    };
    server.set_bucket(BUCKET, settings);
    server
}

/// The one line of a check.
#[track_caller]
fn line(outcome: &Outcome, check: &str) -> Value {
    let lines = doctor_lines(outcome);
    let mut found = lines.into_iter().filter(|it| it["check"] == check);
    let line = found.next().unwrap_or_else(|| panic!("{check}: {outcome}"));
    assert!(found.next().is_none(), "{check}: {outcome}");
    line
}

/// A check came to that, in these words.
#[track_caller]
fn found(outcome: &Outcome, check: &str, status: &str, words: &[&str]) {
    let line = line(outcome, check);
    assert_eq!(line["status"], status, "{line}: {outcome}");
    let text = format!("{} {}", line["found"], line["hint"]);
    for word in words {
        assert!(text.contains(word), "{word:?} in {line}: {outcome}");
    }
}

#[track_caller]
fn those(outcome: &Outcome, status: &str) -> Vec<String> {
    let lines = doctor_lines(outcome);
    let lines = lines.iter().filter(|it| it["status"] == status);
    lines
        .map(|it| it["check"].as_str().unwrap().to_owned())
        .collect()
}

fn denied() -> Fault {
    Fault::status(403, "AccessDenied")
}

#[test]
fn case_94_where_all_is_well_each_check_is_ok_and_nothing_is_left() {
    let server = tidy(Server::start(), "p/");
    let run = doctor(&server).run().code(0);
    let mut told: Vec<_> = those(&run, "ok");
    told.retain(|it| it != "settings");
    assert_eq!(told, ALWAYS, "{run}");
    assert!(run.stderr.is_empty(), "{run}");
    found(&run, "lifecycle", "ok", &["7 days"]);
    found(&run, "part-limit", "ok", &["10,000"]);
    found(&run, "bucket", "ok", &["us-east-1"]);
    assert_clean(&server);
}

#[test]
fn case_94_wrong_keys_end_it_before_anything_is_written() {
    let server = server();
    for (name, code) in [
        ("AWS_SECRET_ACCESS_KEY", "SignatureDoesNotMatch"),
        ("AWS_ACCESS_KEY_ID", "InvalidAccessKeyId"),
    ] {
        let run = doctor(&server).env(name, "AKIDNOBODYKNOWS00001").run();
        let run = run
            .code(1)
            .error(&["s3://bucket/p/ can't be written", code]);
        found(&run, "credentials", "failed", &[code, "AWS_ACCESS_KEY_ID"]);
        found(&run, "multipart", "skipped", &["refuses the credentials"]);
        assert_eq!(those(&run, "failed"), ["credentials"]);
    }
    assert_eq!(writes(&server), 0);
}

#[test]
fn case_94_a_clock_that_is_off_is_a_warning() {
    for (ahead, words) in [(120, "behind the store's"), (3600, "59m")] {
        let server = Server::builder()
            .clock_ahead(Duration::from_secs(ahead))
            .start();
        let server = tidy(server, "");
        let run = doctor(&server).run().code(0);
        assert_eq!(those(&run, "warning"), ["clock"], "{run}");
        found(&run, "clock", "warning", &["behind the store's", "NTP"]);
        assert!(run.stdout.contains(words), "{run}");
        assert_clean(&server);
    }
}

#[test]
fn case_94_a_bucket_that_is_not_there() {
    let server = Server::start();
    let run = doctor(&server).run().code(1).error(&["NoSuchBucket"]);
    found(&run, "credentials", "ok", &["of the environment"]);
    found(&run, "bucket", "failed", &["NoSuchBucket", "aws s3 mb"]);
    found(&run, "put-object", "skipped", &["not tried, because"]);
    assert_eq!(writes(&server), 0);
}

#[test]
fn case_94_writing_is_denied() {
    let server = tidy(Server::start(), "");
    server.fail(Op::CreateMultipartUpload, Nth::From(1), denied());
    let run = doctor(&server).run().code(1).error(&["AccessDenied"]);
    let words = ["AccessDenied", "request id", "s3:PutObject"];
    found(&run, "multipart", "failed", &words);
    found(&run, "part-limit", "skipped", &["no upload can be made"]);
    assert_eq!(server.count(Op::PutObject), 0);
    let server = tidy(Server::start(), "");
    server.fail(Op::PutObject, Nth::From(1), denied());
    let run = doctor(&server).run().code(1);
    assert_eq!(those(&run, "failed"), ["put-object"]);
    assert_clean(&server);
}

#[test]
fn case_94_if_none_match_is_ignored() {
    let server = Server::builder().drop_if_none_match(true).start();
    let server = tidy(server, "");
    let run = doctor(&server).run().code(0);
    let words = ["PutObject and CompleteMultipartUpload", "still replaced"];
    found(&run, "no-overwrite", "warning", &words);
    assert_eq!(those(&run, "warning"), ["no-overwrite"]);
    assert_clean(&server);
}

#[test]
fn case_94_the_part_limit_is_found() {
    for (most, requests) in [(1000, 12), (1001, 12), (37, 28)] {
        let server = Server::builder().max_parts(most).start();
        let server = tidy(server, "");
        let run = doctor(&server).run().code(0);
        let hint = format!("--max-parts {most} ");
        found(&run, "part-limit", "warning", &[&hint]);
        assert!(server.count(Op::UploadPart) <= requests, "{most}: {run}");
        assert_clean(&server);
    }
}

#[test]
fn case_94_no_rule_aborts_unfinished_uploads() {
    let run = doctor(&server()).run().code(0);
    let words = ["put-bucket-lifecycle-configuration", "DaysAfterInitiation"];
    found(&run, "lifecycle", "warning", &words);
    assert_eq!(those(&run, "warning"), ["lifecycle"]);
    let other = tidy(Server::start(), "q/");
    let run = doctor(&other).run().code(0);
    found(&run, "lifecycle", "warning", &["add this one"]);
}

#[test]
fn case_94_settings_that_can_t_be_used_are_2_and_send_nothing() {
    let server = server();
    let run = doctor(&server).args(["--profile", "nope"]).run().code(2);
    found(&run.error(&["nope"]), "settings", "failed", &["nope"]);
    let run = doctor(&server)
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .run();
    let run = run.code(2).error(&["no AWS credentials"]);
    found(&run, "credentials", "failed", &["no AWS credentials"]);
    S3stream::doctor(&server, "bucket/../k").run().code(2);
    assert_no_requests(&server);
}

#[test]
fn case_94_settings_are_told_with_what_gave_them_and_secrets_are_not() {
    let server = tidy(Server::start(), "");
    let run = S3stream::doctor(&server, "bucket/p/")
        .args(["--region", "us-east-1"])
        .env("S3STREAM_RETRIES", "1")
        .run()
        .code(0);
    for words in [
        "(AWS_ENDPOINT_URL)",
        "region us-east-1 (--region)",
        "retries 1 (S3STREAM_RETRIES)",
        "profile default (by default)",
        "AKID…LE00, of the environment",
    ] {
        assert!(run.stdout.contains(words), "{words}: {run}");
    }
    run.without(SECRET_KEY).without(ACCESS_KEY);
}

#[test]
fn case_94_nobody_listens_or_nobody_answers() {
    let run = S3stream::doctor("http://127.0.0.1:1", "bucket")
        .args(["--output", "json"])
        .run()
        .code(1);
    found(&run, "connection", "failed", &["refused", "--endpoint-url"]);
    assert_eq!(those(&run, "failed"), ["connection"]);
    assert!(run.took < Duration::from_secs(5), "{run}");
    let run = S3stream::doctor("http://no-such-host.invalid", "bucket")
        .args(["--output", "json"])
        .run()
        .code(1);
    found(&run, "name-resolution", "failed", &["no-such-host.invalid"]);
    let server = server();
    server.fail(Op::ListObjectsV2, Nth::From(1), Fault::NeverAnswer);
    let run = doctor(&server).args(["--stall-timeout", "300ms"]).run();
    let run = run.code(1);
    found(&run, "bucket", "failed", &["no byte moved"]);
    assert_eq!(server.count(Op::ListObjectsV2), 3);
    assert_eq!(writes(&server), 0);
}

#[test]
fn case_94_who_answers_is_no_store() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html";
    let parrot = Parrot::saying(page, "<!DOCTYPE html><p>");
    let run = S3stream::doctor(&parrot, "bucket").args(["--output", "json"]);
    let run = run.run().code(1);
    found(&run, "bucket", "failed", &["HTML"]);
    assert!(parrot.asked().len() <= 3, "{run}");
}

#[test]
fn case_94_checksums_that_are_not_kept_or_not_compared() {
    let server = tidy(Server::builder().echo_checksums(false).start(), "");
    let run = doctor(&server).run().code(0);
    found(&run, "checksums", "warning", &["SHA256", "not verified"]);
    found(&run, "bad-checksum", "ok", &["BadDigest"]);
    assert_clean(&server);
    let server = tidy(Server::builder().ignore_checksums(true).start(), "");
    let run = doctor(&server).run().code(0);
    found(&run, "bad-checksum", "warning", &["is taken", "https"]);
    assert_clean(&server);
    let server = tidy(Server::builder().refuse_checksum_headers(true).start(), "");
    let run = doctor(&server).run().code(0);
    let words = ["SHA256 is refused", "--checksum-algorithm MD5"];
    found(&run, "multipart", "warning", &words);
    found(&run, "bad-checksum", "ok", &["a wrong MD5 is refused"]);
    assert_clean(&server);
}

#[test]
fn case_94_who_may_only_write_gets_an_answer_all_the_same() {
    let server = Server::builder().deny_head(true).deny_list(true).start();
    let server = tidy(server, "");
    for op in [
        Op::HeadBucket,
        Op::GetBucketVersioning,
        Op::GetObjectLockConfiguration,
        Op::GetBucketEncryption,
        Op::GetBucketLifecycleConfiguration,
    ] {
        server.fail(op, Nth::From(1), denied());
    }
    let run = doctor(&server).run().code(0);
    assert!(those(&run, "failed").is_empty(), "{run}");
    for (check, word) in [
        ("bucket", "s3:ListBucket is denied"),
        ("list", "s3:ListBucket is denied"),
        ("head", "s3:GetObject"),
        ("versioning", "s3:GetBucketVersioning is denied"),
        ("lifecycle", "s3:GetLifecycleConfiguration is denied"),
        ("encryption", "s3:GetEncryptionConfiguration is denied"),
        ("put-object", "not tried, because whether it keeps versions"),
    ] {
        found(&run, check, "skipped", &[word]);
    }
    found(&run, "multipart", "ok", &[]);
    assert_eq!(server.count(Op::PutObject), 0);
    assert_clean(&server);
}

#[test]
fn case_94_tls_is_told_with_issuer_and_end() {
    let (server, _folder, bundle) = tls_server();
    let bundle = bundle.to_str().unwrap();
    let run = doctor(&server).args(["--ca-bundle", bundle]).run().code(0);
    found(&run, "tls", "ok", &["CN=test CA", "days left", "TLSv1_3"]);
    let run = doctor(&server).run().code(1);
    found(&run, "tls", "failed", &["UnknownIssuer", "--ca-bundle"]);
    found(&run, "multipart", "skipped", &["no connection"]);
}

#[test]
fn quiet_shows_what_is_wrong_and_no_more() {
    let server = server();
    let run = S3stream::doctor(&server, "bucket").arg("-q").run().code(0);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{run}");
    assert!(lines[0].starts_with("warning  lifecycle "), "{run}");
    assert!(lines[1].starts_with("         hint: "), "{run}");
    assert!(run.stderr.is_empty(), "{run}");
    let tidy = tidy(Server::start(), "");
    S3stream::doctor(&tidy, "bucket").arg("-q").run().silent();
}
