//! Object Lock as it was asked for: a weaker or an absent one is a failure, one that may not be seen
//! is none.

use crate::harness::*;
use s3_server::{BucketOptions, Builder, Fault, Nth, Op, Server};

const SIZES: [usize; 2] = [9, PART + 1];
const MODE: &str = "x-amz-object-lock-mode";
const UNTIL: &str = "x-amz-object-lock-retain-until-date";
const HOLD: &str = "x-amz-object-lock-legal-hold";
const COMPLIANCE: [&str; 2] = [
    "--object-lock-mode=COMPLIANCE",
    "--object-lock-retain=2099-01-31T12:00:00Z",
];
const LEGAL_HOLD: [&str; 1] = ["--object-lock-legal-hold"];

fn lockable(builder: Builder) -> Server {
    let server = builder.start();
    let options = BucketOptions {
        object_lock: true,
        versioning: true,
    };
    server.create_bucket_with(BUCKET, options);
    server
}

#[track_caller]
fn put(server: &Server, args: &[&str], size: usize) -> Outcome {
    let bytes = noise(size, 10);
    let outcome = S3stream::put(server, "bucket/key")
        .args(args)
        .stdin(bytes.clone())
        .run();
    assert_stored(server, "key", &bytes);
    outcome
}

/// Whether HeadObject shows it, or only GetObjectRetention and GetObjectLegalHold.
#[test]
fn case_56_a_weaker_lock_is_told() {
    let weaker = || {
        let builder = Server::builder();
        builder.keep_instead(MODE, Some("GOVERNANCE"))
    };
    let sooner = || Server::builder().keep_instead(UNTIL, Some("2098-12-31T12:00:00Z"));
    let none = || {
        let builder = Server::builder().keep_instead(MODE, None);
        builder.keep_instead(UNTIL, None)
    };
    let no_hold = || Server::builder().keep_instead(HOLD, None);
    let hold_off = || Server::builder().keep_instead(HOLD, Some("OFF"));
    let wanted = "COMPLIANCE until 2099-01-31T12:00:00Z";
    let rows: [(&[&str], Builder, [&str; 2]); 5] = [
        (
            &COMPLIANCE,
            weaker(),
            [wanted, "GOVERNANCE until 2099-01-31T12:00:00Z"],
        ),
        (
            &COMPLIANCE,
            sooner(),
            [wanted, "COMPLIANCE until 2098-12-31T12:00:00Z"],
        ),
        (&COMPLIANCE, none(), [wanted, "the store has none"]),
        (&LEGAL_HOLD, no_hold(), ["legal hold", "the store has none"]),
        (
            &LEGAL_HOLD,
            hold_off(),
            ["legal hold", "the store has none"],
        ),
    ];
    for (args, builder, values) in rows {
        for hide in [false, true] {
            for size in SIZES {
                let server = lockable(builder.clone().hide_attributes(hide));
                put(&server, args, size)
                    .code(1)
                    .error(&["s3://bucket/key: stored, but not as asked: "])
                    .error(&values);
            }
        }
    }
}

#[test]
fn case_56_a_lock_that_headobject_hides_is_found_by_asking() {
    let args = [&COMPLIANCE[..], &LEGAL_HOLD].concat();
    for size in SIZES {
        let server = lockable(Server::builder().hide_attributes(true));
        put(&server, &args, size).silent();
        for op in [Op::GetObjectRetention, Op::GetObjectLegalHold] {
            assert_eq!(server.count(op), 1, "{op:?}");
        }
        let server = lockable(Server::builder());
        put(&server, &args, size).silent();
        for op in [Op::GetObjectRetention, Op::GetObjectLegalHold] {
            assert_eq!(server.count(op), 0, "{op:?}");
        }
    }
}

/// A store that knows no Object Lock takes the headers, and says that the bucket has none.
#[test]
fn case_56_a_lock_in_a_bucket_without_any_is_missing() {
    for (args, op) in [
        (&COMPLIANCE[..], Op::GetObjectRetention),
        (&LEGAL_HOLD, Op::GetObjectLegalHold),
    ] {
        for (status, body) in [
            (404, "<Code>ObjectLockConfigurationNotFoundError</Code>"),
            (404, "<Code>NoSuchObjectLockConfiguration</Code>"),
            // AWS.
            (
                400,
                "<Code>InvalidRequest</Code>\
                 <Message>Bucket is missing Object Lock Configuration</Message>",
            ),
        ] {
            let server = lockable(Server::builder().hide_attributes(true));
            let body = format!("<Error>{body}</Error>");
            let act = false;
            server.fail(op, Nth::From(1), Fault::Instead { act, status, body });
            put(&server, args, 9)
                .code(1)
                .error(&["stored, but not as asked: ", "the store has none"]);
        }
    }
}

#[test]
fn case_56_a_lock_that_may_not_be_seen_is_no_failure() {
    let args = [&COMPLIANCE[..], &LEGAL_HOLD, &["--tag", "a=b"]].concat();
    for fault in [
        Fault::status(403, "AccessDenied"),
        Fault::status(501, "NotImplemented"),
        Fault::status(404, "NoSuchKey"),
        Fault::bare(false, 405),
        Fault::slow_down(),
    ] {
        for deny_head in [false, true] {
            let builder = Server::builder().hide_attributes(true);
            let server = lockable(builder.deny_head(deny_head));
            let ops = [
                Op::GetObjectRetention,
                Op::GetObjectLegalHold,
                Op::GetObjectTagging,
            ];
            for op in ops {
                server.fail(op, Nth::From(1), fault.clone());
            }
            put(&server, &args, 9).silent();
            for op in ops {
                assert!(server.count(op) <= 3, "{op:?}");
            }
            let told = put(&server, &[&args[..], &["-v"]].concat(), 9).code(0);
            for what in ["retention", "legal hold", "tags"] {
                let words = format!("the {what} could not be confirmed");
                assert!(told.stderr.contains(&words), "{told}");
            }
        }
    }
}
