//! What is too long for every run: `cargo test --release --test e2e large:: -- --ignored`.

use crate::harness::*;
use std::time::Duration;

#[test]
#[ignore = "2 GiB, and half a minute"]
fn a_gibibyte_from_a_pipe_and_from_a_file() {
    let server = server();
    let bytes = noise(1024 * MIB, 1);
    let (_folder, path) = file_with(&bytes);
    let limit = Duration::from_secs(300);
    let put = |key: &str| S3stream::put(&server, key).limit(limit);
    put("bucket/pipe").stdin(bytes.clone()).run().silent();
    put("bucket/file").arg(path).run().silent();
    assert_stored(&server, "pipe", &bytes);
    assert_stored(&server, "file", &bytes);
}
