//! Settings as the aws CLI reads them: profiles that are not there, what a profile says of S3, and where
//! credentials come from.

use crate::harness::*;
use s3_server::{ACCESS_KEY, Op, REGION, SECRET_KEY, Server};
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

/// What something that is no metadata service answers at its address.
const REFUSALS: [&str; 5] = [
    "400 Bad Request",
    "401 Unauthorized",
    "403 Forbidden",
    "404 Not Found",
    "500 Internal Server Error",
];

/// A home with an AWS config file, gone when this is dropped.
struct Home(tempfile::TempDir);

impl Home {
    fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".aws")).unwrap();
        fs::write(folder.path().join(".aws/config"), config).unwrap();
        Self(folder)
    }

    fn config(&self) -> PathBuf {
        self.0.path().join(".aws/config")
    }

    /// A run in it, into that store, with no credentials in the environment.
    fn put(&self, store: &Server) -> S3stream {
        S3stream::put(store, "bucket/key")
            .without_env("AWS_ACCESS_KEY_ID")
            .without_env("AWS_SECRET_ACCESS_KEY")
            .env("HOME", self.0.path())
            .stdin("bytes")
    }
}

fn keys() -> String {
    format!("aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n")
}

fn asking_instance(run: S3stream, url: &str) -> S3stream {
    run.without_env("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
}

#[test]
fn case_77_a_profile_that_is_not_there_is_named_whatever_the_metadata_service_answers() {
    let source = "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\n\
                  source_profile = nope\n";
    let home = Home::with(source);
    let server = server();
    for answer in REFUSALS {
        let instance = Parrot::saying(&format!("HTTP/1.1 {answer}"), "");
        for (name, value) in [
            ("S3STREAM_PROFILE", "nope"),
            ("AWS_PROFILE", "nope"),
            ("AWS_DEFAULT_PROFILE", "nope"),
            ("AWS_PROFILE", "role"),
        ] {
            let outcome = asking_instance(home.put(&server), &instance.url())
                .env(name, value)
                .run()
                .code(2)
                .error(&["no AWS profile \"nope\"", ".aws/config"]);
            assert!(outcome.took < Duration::from_secs(3), "{outcome}");
        }
        assert!(instance.asked().is_empty(), "{:?}", instance.asked());
    }
    assert_no_requests(&server);
}

#[test]
fn no_credentials_is_told_whatever_the_metadata_service_answers() {
    let home = Home::with("");
    let server = server();
    let silence = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silence.local_addr().unwrap());
    let parrots = REFUSALS.map(|answer| Parrot::saying(&format!("HTTP/1.1 {answer}"), ""));
    let urls = parrots.iter().map(Parrot::url).chain([silent]);
    for url in urls {
        asking_instance(home.put(&server), &url)
            .run()
            .code(2)
            .error(&["no AWS credentials were found"])
            .hint("AWS_ACCESS_KEY_ID")
            .without("SDK bug");
    }
    assert_no_requests(&server);
}

#[test]
fn empty_settings_count_as_unset() {
    let server = server();
    let config = format!("[default]\n{}aws_session_token =\nregion =\n", keys());
    let mut run = Home::with(&config).put(&server);
    let home = Home::with(&config);
    run = run.env("HOME", home.0.path());
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

/// It answers on this machine: no proxy may see its secrets.
#[test]
fn credentials_of_a_container_are_tidied_and_pass_no_proxy() {
    let server = server();
    let json = format!(
        r#"{{"AccessKeyId": "{ACCESS_KEY}\n", "SecretAccessKey": "{SECRET_KEY}\n", "Token": "",
             "Expiration": "2099-01-01T00:00:00Z"}}"#
    );
    let container = Parrot::saying("HTTP/1.1 200 OK", &json);
    let proxy = Relay::to(server.address());
    Home::with("")
        .put(&server)
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("{}/keys", container.url()),
        )
        .env("http_proxy", proxy.url())
        .run()
        .silent();
    assert_stored(&server, "key", b"bytes");
    assert_eq!(container.asked().len(), 1, "{:?}", container.asked());
    assert!(proxy.asked().iter().all(|it| !it.contains("/keys")));
    assert_eq!(proxy.asked().len(), server.requests().len());
}

#[test]
fn case_76_keys_of_a_profile_on_two_lines_are_refused_and_not_shown() {
    let server = server();
    let config = "[default]\naws_access_key_id = AKID\naws_secret_access_key = hunter\n  ter2\n";
    Home::with(config)
        .put(&server)
        .run()
        .code(2)
        .error(&["aws_secret_access_key", "default"])
        .without("ter2");
    assert_no_requests(&server);
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
                .env("HOME", home.0.path())
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
            .env("HOME", home.0.path())
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
            .env("HOME", home.0.path())
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
            .env("HOME", home.0.path())
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
        .env("HOME", home.0.path())
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
fn case_79_a_credential_process_runs_once_and_is_quiet_unless_it_fails() {
    let (server, bytes) = (server(), noise(2 * PART + 1, 79));
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("process");
    let runs = folder.path().join("runs");
    let json = format!(
        r#"{{"Version": 1, "AccessKeyId": "{ACCESS_KEY}", "SecretAccessKey": "{SECRET_KEY}"}}"#
    );
    let text = format!(
        "echo run >>{}; echo ado >&2; echo '{json}'\n",
        runs.display()
    );
    fs::write(&script, text).unwrap();
    let home = Home::with(&format!(
        "[default]\ncredential_process = sh {}\n",
        script.display()
    ));
    let put = || home.put(&server).stdin(bytes.clone());
    put().run().silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(fs::read_to_string(&runs).unwrap(), "run\n");
    fs::write(&script, "echo 'ask for help' >&2; exit 1\n").unwrap();
    put().run().code(1).error(&["ask for help"]);
}

#[test]
fn login_sessions_are_refused_with_the_way_out() {
    let server = server();
    Home::with("[default]\nlogin_session = arn:aws:iam::123456789012:user/u\n")
        .put(&server)
        .run()
        .code(2)
        .error(&["login_session", "aws login"])
        .hint("aws configure export-credentials");
    assert_no_requests(&server);
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
    let told = "warning: --endpoint-url begins with the bucket bucket";
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
