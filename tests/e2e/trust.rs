//! Case 20: whom to trust.

use crate::harness::*;
use s3_server::{Certificate, Op, Server};
use std::io::{Read as _, Write as _};

#[test]
fn case_20_an_untrusted_certificate_ends_it_at_once() {
    let (server, _folder, _bundle) = tls_server();
    // A retry would run into the harness's limit.
    for arguments in [&[][..], &["--ca-bundle"]] {
        let (_other, _other_folder, other) = tls_server();
        let mut put = S3stream::put(&server, "bucket/key")
            .args(["--retry-delay", "1h", "--retry-max-delay", "1h"])
            .stdin(noise(PART + 1, 1));
        if !arguments.is_empty() {
            put = put.args(arguments).arg(other);
        }
        put.run()
            .code(1)
            .error(&["s3://bucket/key", &server.endpoint(), "certificate"]);
        assert_eq!(server.count(Op::Any), 0);
    }
    assert_clean(&server);
}

#[test]
fn case_20_a_ca_bundle_is_trusted() {
    let (server, _folder, bundle) = tls_server();
    let bytes = noise(2 * PART, 2);
    S3stream::put(&server, "bucket/option")
        .arg("--ca-bundle")
        .arg(&bundle)
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "option", &bytes);
    S3stream::put(&server, "bucket/variable")
        .env("AWS_CA_BUNDLE", &bundle)
        .stdin("bytes")
        .run()
        .silent();
    assert_stored(&server, "variable", b"bytes");
}

#[test]
fn case_20_the_system_s_authorities_are_trusted() {
    let (server, _folder, bundle) = tls_server();
    S3stream::put(&server, "bucket/key")
        .env("SSL_CERT_FILE", &bundle)
        .stdin("bytes")
        .run()
        .silent();
    assert_stored(&server, "key", b"bytes");
}

#[test]
fn case_20_the_name_must_fit_the_certificate() {
    let (server, _folder, bundle) = tls_server();
    // The relay takes each name for the server's.
    let relay = Relay::to(server.address());
    let put = |host: &str| {
        S3stream::put(&format!("https://{host}:9"), "bucket/key")
            .args(["--retry-delay", "1h", "--retry-max-delay", "1h"])
            .env("HTTPS_PROXY", relay.url())
            .arg("--ca-bundle")
            .arg(&bundle)
            .stdin("bytes")
            .run()
    };
    put("127.0.0.1").silent();
    for host in ["127.0.0.2", "other.example"] {
        let url = format!("https://{host}:9");
        put(host)
            .code(1)
            .error(&["s3://bucket/key", &url, "not valid for name"]);
    }
}

#[test]
fn case_20_no_verify_ssl_takes_any_certificate() {
    let (server, _folder, _bundle) = tls_server();
    let bytes = noise(PART + 1, 3);
    S3stream::put(&server, "bucket/key")
        .arg("--no-verify-ssl")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.h2_connections(), 0);
}

#[test]
fn case_20_a_bad_bundle_is_a_usage_error() {
    let (server, _folder, _bundle) = tls_server();
    for content in [
        "",
        "no PEM",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let (_folder, bad) = file_with(content.as_bytes());
        let shown = bad.to_str().unwrap().to_owned();
        S3stream::put(&server, "bucket/key")
            .arg("--ca-bundle")
            .arg(&bad)
            .stdin("bytes")
            .run()
            .code(2)
            .error(&["--ca-bundle", &shown]);
        S3stream::put(&server, "bucket/key")
            .env("AWS_CA_BUNDLE", &bad)
            .stdin("bytes")
            .run()
            .code(2)
            .error(&["AWS_CA_BUNDLE", &shown]);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn https_to_a_port_of_plain_http_ends_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            // As web servers do. The client may be gone before it is written.
            let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
            let _ = client.read_to_end(&mut Vec::new());
        }
    });
    S3stream::put(&endpoint, "bucket/key")
        .args([
            "--retry-delay",
            "1h",
            "--retry-max-delay",
            "1h",
            "--no-verify-ssl",
        ])
        .stdin("bytes")
        .run()
        .code(1)
        .error(&[
            "s3://bucket/key",
            &format!("TLS with {endpoint}"),
            "does not speak TLS",
        ])
        .hint(&endpoint.replace("https:", "http:"));
}

/// Another server behind the same name may be set up otherwise: it is tried again.
#[test]
fn a_server_that_shares_no_cipher_is_told_apart_from_a_network_that_is_down() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            // Fatal, handshake failure. The client may be gone before it is written.
            let _ = client.write_all(&[21, 3, 3, 0, 2, 2, 40]);
            let _ = client.read_to_end(&mut Vec::new());
        }
    });
    S3stream::put(&endpoint, "bucket/key")
        .args(["--retries", "2", "--retry-delay", "1ms", "--retry-for", "0"])
        .stdin("bytes")
        .run()
        .code(1)
        .error(&[
            "s3://bucket/key",
            &endpoint,
            "HandshakeFailure",
            "3 attempts",
        ])
        .hint("P-384");
}

/// As a server of TLS complains in HTTP, and as one does in TLS.
#[test]
fn http_to_a_port_of_tls_ends_at_once() {
    let complaint = "The plain HTTP request was sent to HTTPS port";
    let polite = Parrot::saying("HTTP/1.1 400 Bad Request", complaint);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            // Fatal, unexpected message. The client may be gone before it is written.
            let _ = client.write_all(&[21, 3, 1, 0, 2, 2, 10]);
            let _ = client.read_to_end(&mut Vec::new());
        }
    });
    for endpoint in [endpoint, polite.url()] {
        S3stream::put(&endpoint, "bucket/key")
            .args(["--retry-delay", "1h", "--retry-max-delay", "1h"])
            .stdin("bytes")
            .run()
            .code(1)
            .error(&["s3://bucket/key was not stored", &endpoint, "speaks TLS"])
            .hint(&endpoint.replace("http:", "https:"));
    }
}

fn showing(certificate: Certificate) -> (Server, tempfile::TempDir, std::path::PathBuf) {
    let server = Server::builder().tls(true).certificate(certificate).start();
    server.create_bucket(BUCKET);
    let (folder, bundle) = file_with(server.ca_pem().as_bytes());
    (server, folder, bundle)
}

fn put_trusting(server: &Server, bundle: &std::path::Path) -> Outcome {
    S3stream::put(&server, "bucket/key")
        .args(["--retry-delay", "1h", "--retry-max-delay", "1h"])
        .arg("--ca-bundle")
        .arg(bundle)
        .stdin("bytes")
        .run()
}

fn self_signed(is_ca: bool, named: bool, expired: bool) -> Certificate {
    Certificate::SelfSigned {
        is_ca,
        named,
        expired,
    }
}

#[test]
fn case_69_a_certificate_of_the_bundle_is_trusted_when_it_is_shown() {
    for certificate in [
        self_signed(true, true, false),
        self_signed(false, true, false),
        Certificate::Own,
    ] {
        let (server, _folder, bundle) = showing(certificate);
        put_trusting(&server, &bundle).silent();
        assert_stored(&server, "key", b"bytes");
    }
}

#[test]
fn case_69_another_of_the_same_name_is_not() {
    for certificate in [self_signed(true, true, false), Certificate::Own] {
        let (server, _folder, _) = showing(certificate);
        let (_other, _other_folder, bundle) = showing(certificate);
        put_trusting(&server, &bundle)
            .code(1)
            .error(&["s3://bucket/key", &server.endpoint()])
            .hint("--ca-bundle");
        assert_clean(&server);
    }
}

#[test]
fn case_69_the_dates_count_all_the_same() {
    for is_ca in [true, false] {
        let (server, _folder, bundle) = showing(self_signed(is_ca, true, true));
        put_trusting(&server, &bundle)
            .code(1)
            .error(&["s3://bucket/key", "expired"]);
        assert_clean(&server);
    }
}

#[test]
fn case_69_a_certificate_without_a_name_is_told_with_the_way_out() {
    for is_ca in [true, false] {
        let (server, _folder, bundle) = showing(self_signed(is_ca, false, false));
        put_trusting(&server, &bundle)
            .code(1)
            .error(&["s3://bucket/key", "subjectAltName"])
            .hint("-addext subjectAltName=DNS:localhost");
        assert_clean(&server);
    }
}

/// The system's store vouches for others: a certificate in it is none of a server.
#[test]
fn case_69_the_system_s_store_trusts_no_server_by_itself() {
    let (server, _folder, bundle) = showing(Certificate::Own);
    S3stream::put(&server, "bucket/key")
        .env("SSL_CERT_FILE", bundle)
        .stdin("bytes")
        .run()
        .code(1)
        .error(&["s3://bucket/key", "certificate"])
        .hint("--ca-bundle");
    assert_clean(&server);
}
