//! Settings as the aws CLI reads them: profiles, what one says of S3, and files that can't be read.

use crate::harness::*;
use s3_server::{Op, REGION, Server};
use std::fs;

#[test]
fn empty_settings_count_as_unset() {
    let server = server();
    let config = format!("[default]\n{}aws_session_token =\nregion =\n", keys());
    let mut run = Home::with(&config).put(&server);
    let home = Home::with(&config);
    run = run.env("HOME", home.path());
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_REGION",
        "AWS_CA_BUNDLE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_REQUEST_CHECKSUM_CALCULATION",
    ] {
        run = run.env(name, "");
    }
    run.run().silent();
    assert_stored(&server, "key", b"bytes");
    let sent = only(&server, Op::PutObject);
    assert_eq!(sent.header("x-amz-security-token"), None);
}

#[test]
fn a_file_that_can_t_be_parsed_is_told_with_its_line() {
    let server = server();
    for (content, words) in [
        (
            &b"[default]\nregion = eu-west-1\nno equals sign\n"[..],
            "line 3",
        ),
        (b"region = eu-west-1\n", "line 1"),
        (b"[default\n", "line 1"),
        (b"[default]\nregion = \xff\n", "line 2"),
    ] {
        let home = Home::with("");
        fs::write(home.config(), content).unwrap();
        let path = home.config();
        home.put(&server)
            .run()
            .code(2)
            .error(&[path.to_str().unwrap(), words]);
        S3stream::put(&server, "bucket/key")
            .env("AWS_SHARED_CREDENTIALS_FILE", &path)
            .run()
            .code(2)
            .error(&[path.to_str().unwrap(), words]);
    }
    assert_no_requests(&server);
}

fn checksum_headers(server: &Server) -> usize {
    let names = |it: &s3_server::Request| it.headers.keys().cloned().collect::<Vec<_>>();
    let all = server.requests();
    let all = all.iter().flat_map(names);
    all.filter(|name| name.starts_with("x-amz-checksum-"))
        .count()
}

#[test]
fn case_78_when_required_sends_content_md5_and_no_checksum_header() {
    let said = "[default]\nrequest_checksum_calculation = when_required\n";
    for (config, variable) in [(said, ""), ("", "WHEN_REQUIRED"), (said, "when_supported")] {
        let (server, bytes) = (server(), noise(PART + 1, 78));
        let home = Home::with(config);
        let run = || {
            S3stream::put(&server, "bucket/key")
                .env("HOME", home.path())
                .env("AWS_REQUEST_CHECKSUM_CALCULATION", variable)
                .stdin(bytes.clone())
        };
        run().run().silent();
        assert_stored(&server, "key", &bytes);
        let wanted = variable == "when_supported";
        assert_eq!(checksum_headers(&server) > 0, wanted, "{config} {variable}");
        let parts = server.requests_of(Op::UploadPart);
        assert!(
            parts
                .iter()
                .all(|it| it.header("content-md5").is_some() != wanted)
        );
        run()
            .args(["--checksum-algorithm", "CRC32C"])
            .run()
            .silent();
        assert!(checksum_headers(&server) > 0);
    }
    S3stream::put(&server(), "bucket/key")
        .env("AWS_REQUEST_CHECKSUM_CALCULATION", "sometimes")
        .run()
        .code(2)
        .error(&["AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"]);
}

#[test]
fn case_78_the_profile_says_how_the_bucket_is_named() {
    let home = Home::with("[default]\ns3 =\n  addressing_style = virtual\n");
    for (options, host) in [
        (&[][..], "bucket.localhost"),
        (&["--addressing-style", "path"], "localhost"),
    ] {
        let server = server();
        let proxy = Relay::to(server.address());
        let port = server.address().port();
        S3stream::put(&format!("http://localhost:{port}"), "bucket/key")
            .args(options)
            .env("HOME", home.path())
            .env("http_proxy", proxy.url())
            .stdin("bytes")
            .run()
            .silent();
        assert_stored(&server, "key", b"bytes");
        let host = format!("{host}:{port}");
        assert_eq!(only(&server, Op::PutObject).header("host"), Some(&*host));
    }
    Home::with("[default]\ns3 =\n  addressing_style = odd\n")
        .put(&server())
        .run()
        .code(2)
        .error(&["addressing_style", "default"]);
}

#[test]
fn case_78_the_profile_chooses_an_endpoint_of_aws() {
    for (setting, host) in [
        ("use_accelerate_endpoint", "bucket.s3-accelerate"),
        ("use_dualstack_endpoint", "bucket.s3.dualstack.us-east-1"),
    ] {
        let proxy = Relay::refusing();
        let home = Home::with(&format!("[default]\ns3 =\n    {setting} = true\n"));
        S3stream::new()
            .args(["put", "--retries", "0", "bucket/key"])
            .keys()
            .env("HOME", home.path())
            .env("HTTPS_PROXY", proxy.url())
            .stdin("bytes")
            .run()
            .code(1);
        assert_eq!(proxy.asked(), [format!("CONNECT {host}.amazonaws.com:443")]);
    }
}

#[test]
fn case_78_the_profile_says_whether_signatures_cover_the_bytes() {
    for (said, options, signed) in [
        ("true", &[][..], true),
        ("false", &[], false),
        ("false", &["--payload-signing", "always"], true),
    ] {
        let server = server();
        let home = Home::with(&format!(
            "[default]\ns3 =\n  payload_signing_enabled = {said}\n"
        ));
        S3stream::put(&server, "bucket/key")
            .args(options)
            .env("HOME", home.path())
            .stdin("bytes")
            .run()
            .silent();
        let sent = only(&server, Op::PutObject);
        let digest = sent.header("x-amz-content-sha256");
        assert_eq!(
            digest != Some("UNSIGNED-PAYLOAD"),
            signed,
            "{said} {options:?}"
        );
    }
}

#[test]
fn case_78_the_profile_names_the_authorities_to_trust() {
    let (server, _folder, bundle) = tls_server();
    let home = Home::with(&format!("[default]\nca_bundle = {}\n", bundle.display()));
    S3stream::put(&server, "bucket/key")
        .env("HOME", home.path())
        .stdin("bytes")
        .run()
        .silent();
    assert_stored(&server, "key", b"bytes");
}

#[test]
fn a_section_of_services_that_is_not_there_is_refused() {
    let server = server();
    let services = "[default]\nservices = mine\n";
    let put = |config: &str| {
        Home::with(config)
            .put(&server)
            .keys()
            .without_env("AWS_ENDPOINT_URL")
            .run()
    };
    put(services).code(2).error(&["[services mine]", "default"]);
    assert_no_requests(&server);
}

#[test]
fn endpoints_of_environment_and_profile_can_be_ignored() {
    let (server, proxy) = (server(), Relay::refusing());
    let config = format!(
        "[default]\nignore_configured_endpoint_urls = true\nendpoint_url = {}\n",
        server.endpoint()
    );
    let home = Home::with(&config);
    home.put(&server)
        .keys()
        .args(["--retries", "0"])
        .env("HTTPS_PROXY", proxy.url())
        .run()
        .code(1);
    assert_eq!(proxy.asked().len(), 1);
    assert_no_requests(&server);
    home.put(&server)
        .keys()
        .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")
        .run()
        .silent();
    assert_stored(&server, "key", b"bytes");
}

#[test]
fn a_bucket_in_the_host_as_well_is_warned_of() {
    let server = server();
    let proxy = Relay::to(server.address());
    let url = format!("http://bucket.localhost:{}", server.address().port());
    let put = |url: &str| {
        S3stream::new()
            .args(["put", "bucket/key", "--endpoint-url", url])
            .keys()
            .env("AWS_REGION", REGION)
            .env("http_proxy", proxy.url())
            .stdin("bytes")
    };
    let told = "warning: the host of --endpoint-url begins with the bucket bucket";
    let outcome = put(&url).run();
    assert!(outcome.stderr.contains(told), "{outcome}");
    let outcome = put(&url).arg("--quiet").run();
    assert!(!outcome.stderr.contains("warning"), "{outcome}");
}

#[test]
fn the_destination_of_another_tool_is_refused_and_keys_are_not_repeated() {
    let server = server();
    for (destination, hint) in [
        ("s3:bucket/key", "s3://bucket/key"),
        ("remote:bucket/key", "s3://bucket/key"),
        ("s3://AKID:hunter2@bucket/key", "AWS_ACCESS_KEY_ID"),
        (
            "https://AKID:hunter2@example.com/bucket/key",
            "AWS_ACCESS_KEY_ID",
        ),
    ] {
        S3stream::put(&server, destination)
            .stdin("bytes")
            .run()
            .code(2)
            .error(&["DESTINATION"])
            .hint(hint)
            .without("hunter2");
    }
    assert_no_requests(&server);
}
