//! Proxies that the environment names, and the endpoints of AWS that only names tell apart.

use crate::harness::*;
use s3_server::{ACCESS_KEY, Op, SECRET_KEY};

/// `user:pass word` in base64.
const BASIC: &str = "Basic dXNlcjpwYXNzIHdvcmQ=";

#[test]
fn http_goes_through_the_proxy_in_absolute_form() {
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let server = server();
        let proxy = Relay::to(server.address());
        let bytes = noise(2 * PART + 1, 1);
        S3stream::put(&server, "bucket/key")
            .env(name, proxy.url())
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        let asked = proxy.asked();
        assert_eq!(asked.len(), server.count(Op::Any), "{name}: {asked:?}");
        let expected = format!("POST {}/bucket/key?uploads", server.endpoint());
        assert!(asked[0].starts_with(&expected), "{asked:?}");
    }
}

#[test]
fn a_proxy_gets_its_password_and_nobody_else_does() {
    let server = server();
    let proxy = Relay::with_authorization(server.address(), BASIC);
    let outcome = S3stream::put(&server, "bucket/key")
        .arg("-vv")
        .env("http_proxy", proxy.url_with("user:pass%20word"))
        .stdin("bytes")
        .run()
        .code(0);
    assert_stored(&server, "key", b"bytes");
    assert_eq!(
        header(&proxy.heads()[0], "proxy-authorization"),
        Some(BASIC)
    );
    assert!(!outcome.stderr.contains("word"), "{outcome}");
    assert!(!outcome.stderr.contains("dXNlcj"), "{outcome}");
}

#[test]
fn https_goes_through_a_tunnel() {
    let (server, _folder, bundle) = tls_server();
    let proxy = Relay::with_authorization(server.address(), BASIC);
    let bytes = noise(2 * PART + 1, 2);
    S3stream::put(&server, "bucket/key")
        .args(["--workers", "2", "--ca-bundle"])
        .arg(bundle)
        .env("HTTPS_PROXY", proxy.url_with("user:pass%20word"))
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    let expected = format!("CONNECT localhost:{}", server.address().port());
    let asked = proxy.asked();
    assert!(asked.iter().all(|it| *it == expected), "{asked:?}");
    assert_eq!(asked.len(), server.connections());
    let sent = server.requests();
    assert!(
        sent.iter()
            .all(|it| it.header("proxy-authorization").is_none())
    );
}

#[test]
fn no_proxy_is_obeyed() {
    for list in ["127.0.0.1", "example.com, 127.0.0.0/8", "*"] {
        let server = server();
        let proxy = Relay::refusing();
        S3stream::put(&server, "bucket/key")
            .env("http_proxy", proxy.url())
            .env("NO_PROXY", list)
            .stdin("bytes")
            .run()
            .silent();
        assert_stored(&server, "key", b"bytes");
        assert_eq!(proxy.connections(), 0, "{list}");
    }
}

#[test]
fn a_socks_proxy_is_refused_at_once_and_named_without_its_password() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .env("ALL_PROXY", "socks5://user:hunter2@127.0.0.1:1080")
        .args(["--retry-delay", "20s", "--retry-max-delay", "20s"])
        .stdin("bytes")
        .run()
        .code(1)
        .error(&["bucket/key", "socks5://127.0.0.1:1080", "not supported"])
        .without("hunter2");
    assert_eq!(server.count(Op::Any), 0);
    assert_clean(&server);
}

#[test]
fn a_proxy_that_is_down_is_named_without_its_password() {
    let server = server();
    let nobody = unused_address();
    S3stream::put(&server, "bucket/key")
        .args(["--retries", "1"])
        .env("http_proxy", format!("http://user:hunter2@{nobody}"))
        .stdin("bytes")
        .run()
        .code(1)
        .error(&[
            "bucket/key",
            &format!("through proxy http://{nobody}"),
            "refused",
        ])
        .without("hunter2");
    assert_clean(&server);
}

#[test]
fn a_wrong_proxy_password_is_told_at_once() {
    let (server, _folder, bundle) = tls_server();
    let proxy = Relay::with_authorization(server.address(), BASIC);
    S3stream::put(&server, "bucket/key")
        .args([
            "--retry-delay",
            "20s",
            "--retry-max-delay",
            "20s",
            "--ca-bundle",
        ])
        .arg(bundle)
        .env("HTTPS_PROXY", proxy.url_with("user:wrong"))
        .stdin("bytes")
        .run()
        .code(1)
        .error(&[
            "bucket/key",
            &proxy.url(),
            "407 Proxy Authentication Required",
        ])
        .hint("USER:PASSWORD")
        .without("wrong@");
    assert_eq!(proxy.connections(), 1);
}

/// The host that a run asks the proxy for; the proxy lets nothing out.
fn host_asked_for(destination: &str, arguments: &[&str]) -> String {
    let proxy = Relay::refusing();
    S3stream::new()
        .args(["put", "--retries", "0"])
        .args(arguments)
        .arg(destination)
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("HTTPS_PROXY", proxy.url())
        .stdin("bytes")
        .run()
        .code(1)
        .error(&["the proxy http://127.0.0.1:", "403 Forbidden"]);
    let asked = proxy.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked[0].trim_start_matches("CONNECT ").to_owned()
}

#[test]
fn endpoints_of_aws() {
    let arn = "arn:aws:s3:us-west-2:111122223333:accesspoint/point/key";
    for (destination, arguments, expected) in [
        ("bucket/key", "", "bucket.s3.us-east-1.amazonaws.com:443"),
        (
            "bucket/key",
            "--region=eu-west-1",
            "bucket.s3.eu-west-1.amazonaws.com:443",
        ),
        (
            "bucket/key",
            "--addressing-style=path",
            "s3.us-east-1.amazonaws.com:443",
        ),
        // The certificate is for one label: a name with dots goes into the path.
        ("with.dots/key", "", "s3.us-east-1.amazonaws.com:443"),
        (
            "bucket/key",
            "--use-accelerate-endpoint",
            "bucket.s3-accelerate.amazonaws.com:443",
        ),
        (
            "bucket/key",
            "--use-dualstack-endpoint",
            "bucket.s3.dualstack.us-east-1.amazonaws.com:443",
        ),
        (
            "bucket/key",
            "--use-fips-endpoint",
            "bucket.s3-fips.us-east-1.amazonaws.com:443",
        ),
        (
            arn,
            "--region=us-west-2",
            "point-111122223333.s3-accesspoint.us-west-2.amazonaws.com:443",
        ),
        (
            arn,
            "",
            "point-111122223333.s3-accesspoint.us-west-2.amazonaws.com:443",
        ),
    ] {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let asked = host_asked_for(destination, &arguments);
        assert_eq!(asked, expected, "{destination} {arguments:?}");
    }
}

#[test]
fn case_71_an_access_point_is_named_in_the_host_of_a_custom_endpoint() {
    let server = server();
    server.create_bucket("point-111122223333");
    let proxy = Relay::to(server.address());
    let port = server.address().port();
    for size in [9, 2 * PART + 1] {
        let bytes = noise(size, 71);
        let arn = "arn:aws:s3:us-east-1:111122223333:accesspoint/point/a/key";
        S3stream::put(&format!("http://localhost:{port}"), arn)
            .env("http_proxy", proxy.url())
            .stdin(bytes.clone())
            .run()
            .silent();
        let object = server.object("point-111122223333", "a/key");
        assert!(object.unwrap().body.unwrap() == bytes);
    }
    let host = format!("point-111122223333.localhost:{port}");
    for request in server.requests() {
        assert_eq!(request.header("host"), Some(host.as_str()), "{request:?}");
    }
}

#[test]
fn virtual_addressing_names_the_bucket_in_the_host() {
    let server = server();
    // The proxy takes each name for the server's: `bucket.localhost` needs no resolver.
    let proxy = Relay::to(server.address());
    let port = server.address().port();
    let bytes = noise(2 * PART + 1, 3);
    S3stream::put(&server, "bucket/a/key")
        .args(["--workers", "1"])
        .args(["--addressing-style", "virtual", "--endpoint-url"])
        .arg(format!("http://localhost:{port}"))
        .env("http_proxy", proxy.url())
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "a/key", &bytes);
    let host = format!("bucket.localhost:{port}");
    for request in server.requests() {
        assert_eq!(request.header("host"), Some(host.as_str()), "{request:?}");
        assert!(request.checks.contains(&"signature".to_owned()));
    }
    let expected = format!("POST http://{host}/a/key?uploads");
    assert!(
        proxy.asked()[0].starts_with(&expected),
        "{:?}",
        proxy.asked()
    );
}

#[test]
fn hosts_of_no_proxy_are_reached_without_it() {
    for (list, host, direct) in [
        ("127.0.0.1:{port}", "127.0.0.1", true),
        ("127.0.0.1:1", "127.0.0.1", false),
        // Nobody answers to such a name, without a proxy.
        ("other, *.localhost", "s3.localhost", true),
        ("*.local", "s3.localhost", false),
    ] {
        let server = server();
        let proxy = Relay::to(server.address());
        let port = server.address().port();
        S3stream::put(&format!("http://{host}:{port}"), "bucket/key")
            .args(["--retries", "0"])
            .env("http_proxy", proxy.url())
            .env("NO_PROXY", list.replace("{port}", &port.to_string()))
            .stdin("bytes")
            .run();
        assert_eq!(proxy.asked().is_empty(), direct, "{list}");
        assert_eq!(
            server.count(Op::PutObject) > 0,
            host == "127.0.0.1" || !direct
        );
    }
}
