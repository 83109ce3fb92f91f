//! Case 70: what answers is no store, or a proxy that lets nothing through to one.

use crate::harness::*;
use s3_server::{Fault, Nth, Op};

const SIZES: [usize; 2] = [9, PART + 1];

#[test]
fn case_70_a_web_server_is_no_store() {
    for (head, body) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html",
            "<!DOCTYPE html><title>Console</title>",
        ),
        ("HTTP/1.1 200 OK\r\netag: \"5f\"", "<html>welcome</html>"),
        ("HTTP/1.1 200 OK", "{\"ok\": true}"),
        ("HTTP/1.1 404 Not Found", "<html>nothing here</html>"),
    ] {
        for size in SIZES {
            let web = Parrot::saying(head, body);
            S3stream::put(&web.url(), "bucket/key")
                .stdin(noise(size, 70))
                .run()
                .code(1)
                .error(&["s3://bucket/key", "not an S3 store"])
                .hint("--endpoint-url");
            let asked = web.asked();
            assert!(asked.len() <= 2, "{head} {size}: {asked:?}");
        }
    }
}

#[test]
fn case_70_a_200_without_an_etag_is_no_store_s() {
    let web = Parrot::saying("HTTP/1.1 200 OK", "");
    for more in [&[][..], &["--no-overwrite"]] {
        let before = web.asked().len();
        S3stream::put(&web.url(), "bucket/key")
            .args(more)
            .stdin("data")
            .run()
            .code(1)
            .error(&["s3://bucket/key was not stored", "not an S3 store"])
            .hint("--endpoint-url");
        let asked = web.asked();
        assert!(asked.len() - before <= 2, "{asked:?}");
    }
}

/// A page that comes between two answers of a store is a gateway's.
#[test]
fn case_70_a_store_stays_one_after_a_page() {
    let server = server();
    let page = Fault::Garbled {
        act: false,
        bytes: "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_owned(),
    };
    server.fail(Op::UploadPart, Nth::Call(1), page);
    let bytes = noise(PART + 1, 71);
    S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
}

#[test]
fn case_70_a_proxy_that_refuses_is_named_with_its_status() {
    for (endpoint, asked_for) in [
        ("http://store.example", "PUT"),
        ("https://store.example", "CONNECT"),
    ] {
        for (status, tries) in [
            ("403 Forbidden", 2),
            ("407 Proxy Authentication Required", 1),
        ] {
            for size in SIZES {
                let proxy = Parrot::saying(&format!("HTTP/1.1 {status}"), "<html>no</html>");
                let run = S3stream::put(endpoint, "bucket/key")
                    .env("ALL_PROXY", proxy.url())
                    .stdin(noise(size, 72))
                    .run()
                    .code(1)
                    .error(&["s3://bucket/key was not stored", &proxy.url(), status]);
                let asked = proxy.asked();
                assert!(asked.len() <= tries, "{status}: {asked:?}: {run}");
                assert!(size > 9 || asked[0].starts_with(asked_for), "{asked:?}");
            }
        }
    }
}

#[test]
fn case_70_a_proxy_that_reaches_nobody_is_asked_again() {
    for endpoint in ["http://store.example", "https://store.example"] {
        let proxy = Parrot::saying("HTTP/1.1 502 Bad Gateway", "<html>no</html>");
        S3stream::put(endpoint, "bucket/key")
            .args(["--retries", "1"])
            .env("ALL_PROXY", proxy.url())
            .stdin(noise(PART + 1, 73))
            .run()
            .code(1)
            .error(&[
                "s3://bucket/key",
                &proxy.url(),
                "502 Bad Gateway",
                "2 attempts",
            ]);
        assert!(proxy.asked().len() >= 2);
    }
}
