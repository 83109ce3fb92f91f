//! Cases 9, 10 and 45: how a source is cut into parts.

use crate::harness::*;
use s3_server::{Op, Server};

/// Uploads that many bytes with these options; gives the sizes of the parts in MiB.
#[track_caller]
fn parts(options: &[&str], mib: usize) -> Vec<u64> {
    let server = server();
    let bytes = noise(mib * MIB, 1);
    put(&server, options, &bytes).silent();
    let sizes = assert_stored(&server, "key", &bytes);
    sizes.iter().map(|it| it / MIB as u64).collect()
}

fn put(server: &Server, options: &[&str], bytes: &[u8]) -> Outcome {
    S3stream::put(server, "bucket/key")
        .args(options)
        .stdin(bytes)
        .run()
}

#[test]
fn case_09_parts_grow_when_the_limit_comes_into_view() {
    // Half of the way, in powers, to S3's 5 GiB.
    assert_eq!(parts(&["--max-parts", "4"], 24), [5, 19]);
}

#[test]
fn case_09_parts_grow_within_the_memory_given() {
    let options = ["--max-parts", "4", "--max-memory", "20MiB"];
    assert_eq!(parts(&options, 50), [5, 10, 20, 15]);
    // All of what fits.
    assert_eq!(parts(&options, 55), [5, 10, 20, 20]);
}

#[test]
fn case_09_a_stream_past_the_last_part() {
    let server = server();
    let options = ["--max-parts", "4", "--max-memory", "20MiB"];
    let bytes = noise(55 * MIB + 1, 2);
    put(&server, &options, &bytes)
        .code(1)
        .error(&["s3://bucket/key", "longer than 4 parts", "55.0 MiB"])
        .hint("--part-size 28MiB");
    assert_clean(&server);
    assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
}

#[test]
fn case_09_equal_parts_never_grow() {
    let options = ["--equal-parts", "--max-parts", "3"];
    assert_eq!(parts(&options, 15), [5, 5, 5]);

    let server = server();
    put(&server, &options, &noise(15 * MIB + 1, 3))
        .code(1)
        .error(&["s3://bucket/key", "longer than 3 parts", "15.0 MiB"])
        .hint("--part-size 10MiB");
    assert_clean(&server);
    assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
    assert_eq!(server.count(Op::AbortMultipartUpload), 1);

    // The hint keeps its word.
    let server = crate::harness::server();
    let bytes = noise(30 * MIB, 3);
    S3stream::new()
        .args(["put", "bucket/key"])
        .keys()
        .args(["--endpoint-url", &server.endpoint()])
        .args(options)
        .args(["--part-size", "10MiB"])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_eq!(assert_stored(&server, "key", &bytes).len(), 3);
}

#[test]
fn case_09_a_file_has_equal_parts_that_fit() {
    let server = server();
    let bytes = noise(24 * MIB, 4);
    let (_folder, path) = file_with(&bytes);
    S3stream::put(&server, "bucket/key")
        .args(["--max-parts", "3"])
        .arg(path)
        .run()
        .silent();
    let size = 8 * MIB as u64;
    assert_eq!(assert_stored(&server, "key", &bytes), [size, size, size]);
}

#[test]
fn case_09_a_file_that_does_not_fit_is_refused_at_once() {
    let server = server();
    let (_folder, path) = file_with(&noise(15 * MIB + 1, 5));
    S3stream::put(&server, "bucket/key")
        .args(["--equal-parts", "--max-parts", "3"])
        .arg(path)
        .run()
        .code(2)
        .error(&["s3://bucket/key", "15728641 bytes", "3 parts of 5MiB"])
        .hint("--part-size 6MiB");
    assert_no_requests(&server);
}

#[test]
fn case_10_max_parts_is_obeyed() {
    for most in ["2", "4", "5"] {
        let sizes = parts(&["--max-parts", most], 21);
        assert!(sizes.len() <= most.parse().unwrap(), "{most}: {sizes:?}");
        assert!(sizes.is_sorted(), "{most}: {sizes:?}");
    }
}

#[test]
fn case_10_the_expected_size_picks_a_size_that_fits() {
    let options = ["--max-parts", "4", "--expected-size", "48MiB"];
    assert_eq!(parts(&options, 24), [12, 12]);
    // It sizes the parts; the stream may turn out to be shorter or longer.
    assert!(parts(&options, 6).is_empty());
    assert_eq!(
        parts(&["--max-parts", "4", "--expected-size", "6MiB"], 24)[..2],
        [5, 5]
    );
    let options = ["--max-parts", "4", "--size", "24MiB"];
    assert_eq!(parts(&options, 24), [6, 6, 6, 6]);
}

#[test]
fn case_10_a_size_that_cannot_fit_is_refused_at_once() {
    for (options, hint) in [
        (
            &["--equal-parts", "--max-parts", "3"][..],
            "--part-size 34MiB",
        ),
        (
            &["--max-parts", "4", "--max-memory", "20MiB"],
            "--max-memory",
        ),
    ] {
        for size in ["--expected-size", "--size"] {
            let server = server();
            S3stream::put(&server, "bucket/key")
                .args(options)
                .args([size, "100MiB"])
                .stdin("data")
                .run()
                .code(2)
                .error(&[size, "100MiB", "parts of"])
                .hint(hint);
            assert_no_requests(&server);
        }
    }
}

#[test]
fn case_45_numbers_out_of_range() {
    for (option, value, why) in [
        ("--part-size", "5242879", "5MiB to 5GiB"),
        ("--part-size", "5368709121", "5MiB to 5GiB"),
        ("--part-size", "0", "5MiB to 5GiB"),
        ("--workers", "0", "1 to 1024"),
        ("--workers", "1025", "1 to 1024"),
        ("--buffer", "1025", "0 to 1024"),
        ("--max-parts", "0", "1 to 10000"),
        ("--max-parts", "10001", "1 to 10000"),
        ("--expected-size", "48.9TiB", "48.8 TiB"),
        ("--size", "50TiB", "48.8 TiB"),
        ("--max-memory", "5242879", "--part-size 5MiB"),
        ("--limit-rate", "0", "bytes a second"),
        ("--stall-timeout", "0s", ""),
        ("--connect-timeout", "0s", ""),
        ("--timeout", "0s", ""),
        ("--progress-interval", "0s", ""),
        ("--retries", "1001", "0 to 1000"),
    ] {
        let server = server();
        S3stream::new()
            .args(["put", "bucket/key"])
            .keys()
            .args(["--endpoint-url", &server.endpoint()])
            .args(if option == "--max-memory" {
                &["--part-size", "5MiB"][..]
            } else {
                &[]
            })
            .args([option, value])
            .stdin("data")
            .run()
            .code(2)
            .error(&[option, why]);
        assert_no_requests(&server);
    }
}

#[test]
fn case_45_values_that_are_none() {
    for (option, value) in [
        ("--part-size", "ten"),
        ("--part-size", "-1"),
        ("--part-size", "10MiBs"),
        ("--workers", "-1"),
        ("--workers", "four"),
        ("--timeout", "5"),
        ("--expected-size", "99999999999999999999"),
        ("--checksum-algorithm", "SHA512"),
        ("--progress", "loud"),
        ("--output", "xml"),
    ] {
        let server = server();
        S3stream::new()
            .args(["put", "bucket/key"])
            .keys()
            .args(["--endpoint-url", &server.endpoint()])
            .arg(format!("{option}={value}"))
            .stdin("data")
            .run()
            .code(2)
            .error(&[option, value]);
        assert_no_requests(&server);
    }
}
