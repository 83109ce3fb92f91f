//! Cases 42 and 44: flags, their conflicts, and what beats what.

use crate::harness::*;
use s3_server::{ACCESS_KEY, Op, REGION, SECRET_KEY, Server};

#[test]
fn case_42_what_does_not_exist_is_refused() {
    for (arguments, word) in [
        (
            &["put", "bucket/key", "--part-sise", "6MiB"][..],
            "--part-sise",
        ),
        (&["put", "bucket/key", "-x"], "-x"),
        (&["put", "bucket/key", "file", "another"], "another"),
        (&["get", "bucket/key"], "get"),
    ] {
        let server = server();
        S3stream::new()
            .args(arguments)
            .env("AWS_ENDPOINT_URL", server.endpoint())
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .stdin("data")
            .run()
            .code(2)
            .error(&[word]);
        assert_no_requests(&server);
    }
}

/// An unset variable, unquoted, leaves nothing behind the two hyphens.
#[test]
fn case_80_a_command_that_is_not_there_is_refused() {
    let server = server();
    for extra in [&[][..], &["--no-overwrite"], &["file"]] {
        S3stream::put(&server, "bucket/key")
            .args(extra)
            .arg("--")
            .stdin("the list of a shell's loop")
            .run()
            .code(2)
            .error(&["COMMAND is missing"]);
    }
    assert_eq!(server.requests().len(), 0);
    // As the value of an option it stands for itself.
    S3stream::put(&server, "bucket/key")
        .args(["--require-tail", "--"])
        .stdin("-- Dump completed")
        .run()
        .silent();
}

#[test]
fn case_42_no_destination() {
    let outcome = S3stream::new().arg("put").run().code(2);
    let told = outcome.error(&["required"]);
    assert!(told.stderr.contains("<DESTINATION>"), "{told}");
    S3stream::new().run().code(2);
}

#[test]
fn case_42_options_that_exclude_each_other() {
    let (_folder, key) = file_with(&[7; 32]);
    let key = key.to_str().unwrap();
    for (options, words) in [
        (&["-q", "-v"][..], &["--quiet", "--verbose"][..]),
        (
            &["--no-verify-ssl", "--ca-bundle", key],
            &["--ca-bundle", "--no-verify-ssl"],
        ),
        (
            &["--no-sign-request", "--payload-signing", "always"],
            &["--no-sign-request"],
        ),
        (
            &["--use-fips-endpoint"],
            &["--use-fips-endpoint", "--endpoint-url"],
        ),
        (
            &["--use-accelerate-endpoint"],
            &["--use-accelerate-endpoint", "--endpoint-url"],
        ),
        (&["--sse", "AES256", "--sse-c-key-file", key], &["--sse"]),
        (&["--sse-kms-key-id", "k"], &["--sse"]),
        (&["--sse", "AES256", "--sse-kms-key-id", "k"], &["--sse"]),
        (&["--object-lock-mode", "GOVERNANCE"], &["--object-lock"]),
        (&["--object-lock-retain", "1d"], &["--object-lock"]),
        (
            &["--retry-delay", "1m"],
            &["--retry-delay", "--retry-max-delay"],
        ),
    ] {
        let server = server();
        S3stream::new()
            .args(["put", "bucket/key"])
            .keys()
            .args(["--endpoint-url", &server.endpoint()])
            .args(options)
            .stdin("data")
            .run()
            .code(2)
            .error(words);
        assert_no_requests(&server);
    }
}

/// Twelve MiB and a byte; the sizes of the parts in whole MiB, the odd byte's not counted.
#[track_caller]
fn part_sizes(run: impl FnOnce(S3stream) -> S3stream) -> Vec<u64> {
    let server = server();
    let bytes = noise(12 * MIB + 1, 42);
    run(S3stream::new().args(["put", "bucket/key"]).keys())
        .env("AWS_REGION", REGION)
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .stdin(bytes.clone())
        .run()
        .silent();
    let sizes = assert_stored(&server, "key", &bytes);
    sizes.iter().map(|size| size / MIB as u64).collect()
}

#[test]
fn case_42_flag_beats_environment_beats_default() {
    const NAME: &str = "S3STREAM_PART_SIZE";
    assert_eq!(part_sizes(|put| put), [10, 2]);
    assert_eq!(part_sizes(|put| put.env(NAME, "6MiB")), [6, 6, 0]);
    assert_eq!(part_sizes(|put| put.env(NAME, "")), [10, 2]);
    let both = |put: S3stream| put.env(NAME, "6MiB").args(["--part-size", "11MiB"]);
    assert_eq!(part_sizes(both), [11, 1]);
    // A flag is as good as a wrong variable is bad.
    let wrong = |put: S3stream| put.env(NAME, "1MiB").args(["--part-size", "11MiB"]);
    assert_eq!(part_sizes(wrong), [11, 1]);
}

#[test]
fn case_42_a_wrong_variable_is_named() {
    for (name, value, words) in [
        ("S3STREAM_PART_SIZE", "1MiB", &["--part-size"][..]),
        ("S3STREAM_PART_SIZE", "ten", &["--part-size", "ten"]),
        ("S3STREAM_WORKERS", "0", &["--workers"]),
        (
            "S3STREAM_NO_OVERWRITE",
            "perhaps",
            &["--no-overwrite", "perhaps"],
        ),
    ] {
        let server = server();
        let outcome = S3stream::new()
            .args(["put", "bucket/key"])
            .keys()
            .env("AWS_ENDPOINT_URL", server.endpoint())
            .env(name, value)
            .stdin("data")
            .run()
            .code(2)
            .error(words);
        assert!(outcome.stderr.contains(name), "{outcome}");
        assert_no_requests(&server);
    }
}

#[test]
fn case_42_switches_and_lists_in_the_environment() {
    for (value, requests) in [
        ("true", &[Op::HeadObject, Op::HeadObject, Op::PutObject][..]),
        ("1", &[Op::HeadObject, Op::HeadObject, Op::PutObject]),
        ("false", &[Op::PutObject]),
        ("0", &[Op::PutObject]),
        ("", &[Op::PutObject]),
    ] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .env("S3STREAM_NO_OVERWRITE", value)
            .env("S3STREAM_METADATA", "a=1,b=2")
            .stdin("data")
            .run()
            .silent();
        let ops: Vec<_> = server.requests().iter().map(|it| it.op).collect();
        assert_eq!(ops, requests, "{value:?}");
        let object = server.object(BUCKET, "key").unwrap();
        assert_eq!(object.header("x-amz-meta-a"), Some("1"));
        assert_eq!(object.header("x-amz-meta-b"), Some("2"));
    }
}

/// The name of each option, and whether it takes a value.
fn options() -> Vec<(String, String, bool)> {
    let mut command = s3stream::command();
    command.build();
    let of = |subcommand: &clap::Command| {
        let name = subcommand.get_name().to_owned();
        // Those that are hidden are other tools' names for some of them.
        let shown = subcommand.get_arguments().filter(|it| !it.is_hide_set());
        let long = shown.filter_map(|it| {
            let takes_value = it.get_action().takes_values();
            Some((name.clone(), it.get_long()?.to_owned(), takes_value))
        });
        long.collect::<Vec<_>>()
    };
    command.get_subcommands().flat_map(of).collect()
}

#[test]
fn case_44_no_flag_takes_a_secret() {
    let harmless = ["sse-c-key-file", "sse-kms-key-id", "bucket-key-enabled"];
    let suspicious = ["secret", "password", "token", "key", "credential"];
    for (_, option, _) in options() {
        let found = suspicious.iter().any(|word| option.contains(word));
        assert!(!found || harmless.contains(&option.as_str()), "{option}");
    }
}

/// Every option reads its variable: one that can't be read is refused.
#[test]
fn case_42_every_option_reads_its_variable() {
    let refused = [
        "part-size",
        "workers",
        "buffer",
        "max-memory",
        "max-parts",
        "expected-size",
        "checksum-algorithm",
        "payload-signing",
        "limit-rate",
        "retries",
        "retry-delay",
        "retry-max-delay",
        "connect-timeout",
        "stall-timeout",
        "timeout",
        "addressing-style",
        "endpoint-url",
        "ca-bundle",
        "region",
        "request-payer",
        "expires",
        "metadata",
        "tag",
        "acl",
        "storage-class",
        "sse",
        "sse-c-key-file",
        "object-lock-mode",
        "object-lock-retain",
        "website-redirect",
        "size",
        "min-size",
        "progress",
        "progress-interval",
        "output",
        "shard",
    ];
    let server = server();
    for (subcommand, option, takes_value) in options() {
        if matches!(option.as_str(), "help" | "version" | "verbose") {
            continue;
        }
        if takes_value && !refused.contains(&option.as_str()) {
            continue;
        }
        let name = format!("S3STREAM_{}", option.to_uppercase().replace('-', "_"));
        let arguments = match subcommand.as_str() {
            one @ ("put" | "doctor") => vec![one, "bucket/key"],
            other => vec![other, "bucket/prefix/", "/dev/null"],
        };
        let outcome = S3stream::new()
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", s3_server::ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", s3_server::SECRET_KEY)
            .env("AWS_ENDPOINT_URL", server.endpoint())
            .env(&name, "\u{1}?")
            .stdin("data")
            .run();
        assert_eq!(
            outcome.status.code(),
            Some(2),
            "{subcommand} {name}: {outcome}"
        );
    }
    assert_no_requests(&server);
}

/// Help and version are not errors, and say nothing on standard error.
#[test]
fn case_42_help_goes_to_stdout() {
    for arguments in [
        &["--help"][..],
        &["put", "--help"],
        &["put", "-h"],
        &["--version"],
    ] {
        let outcome = S3stream::new().args(arguments).run().code(0);
        assert!(outcome.stderr.is_empty(), "{outcome}");
        assert!(outcome.stdout.contains("s3stream"), "{outcome}");
    }
}

#[test]
fn case_42_nothing_is_sent_without_credentials() {
    let server = Server::start();
    S3stream::new()
        .args(["put", "bucket/key"])
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .stdin("data")
        .run()
        .code(2)
        .error(&["s3://bucket/key", "credentials"])
        .hint("AWS_ACCESS_KEY_ID");
    assert_no_requests(&server);
}
