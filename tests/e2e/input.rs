//! Cases 1 to 15: what comes in.

use crate::harness::*;

#[test]
fn case_01_an_empty_stream_is_refused_by_default() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .stdin("")
        .run()
        .code(4)
        .error(&["s3://bucket/key", "empty"]);
    assert_clean(&server);
}

#[test]
fn case_03_exact_parts() {
    // Of one part: a PutObject, which has none.
    for (size, parts) in [
        (PART, 0),
        (2 * PART, 2),
        (2 * PART - 1, 2),
        (2 * PART + 1, 3),
    ] {
        let server = server();
        let bytes = noise(size, 3);
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_eq!(assert_stored(&server, "key", &bytes).len(), parts, "{size}");
    }
}
