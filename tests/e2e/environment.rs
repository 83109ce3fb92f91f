//! Case 42: endpoint, region, credentials and authorities, from flags, variables and AWS profiles.

use crate::harness::*;
use s3_server::{ACCESS_KEY, REGION, RegionAnswer, SECRET_KEY, Server};
use std::fs;
use std::path::PathBuf;

/// An AWS config file and a credentials file, gone when this is dropped.
struct Profiles(tempfile::TempDir);

impl Profiles {
    fn new(config: &str, credentials: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config"), config).unwrap();
        fs::write(folder.path().join("credentials"), credentials).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn given_to(&self, run: S3stream) -> S3stream {
        run.env("AWS_CONFIG_FILE", self.path("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.path("credentials"))
    }
}

fn keys(profile: &str, access_key: &str, secret_key: &str) -> String {
    format!("[{profile}]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n")
}

/// All that can name an endpoint, the strongest first: each names a server of its own, and only
/// the strongest one's is spoken to.
#[test]
fn case_42_what_names_the_endpoint() {
    const NAMES: [&str; 6] = [
        "--endpoint-url",
        "S3STREAM_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL",
        "profile, for S3",
        "profile, for all services",
    ];
    for strongest in 0..NAMES.len() {
        let servers: Vec<_> = NAMES[strongest..].iter().map(|_| server()).collect();
        let mut run = S3stream::new()
            .args(["put", "bucket/key"])
            .keys()
            .env("AWS_REGION", REGION)
            .stdin("data");
        let (mut profile, mut services) = ("[default]\n".to_owned(), String::new());
        for (name, server) in NAMES[strongest..].iter().zip(&servers) {
            let url = server.endpoint();
            match *name {
                "--endpoint-url" => run = run.args([name, &*url]),
                "profile, for S3" => {
                    profile += "services = mine\n";
                    services = format!("[services mine]\ns3 =\n  endpoint_url = {url}\n");
                }
                "profile, for all services" => profile += &format!("endpoint_url = {url}\n"),
                variable => run = run.env(variable, url),
            }
        }
        let profiles = Profiles::new(&(profile + &services), "");
        profiles.given_to(run).run().silent();
        assert_stored(&servers[0], "key", b"data");
        servers[1..].iter().for_each(assert_no_requests);
    }
}

#[test]
fn case_42_an_alias_of_the_endpoint() {
    let server = server();
    S3stream::new()
        .args(["put", "bucket/key"])
        .keys()
        .args(["--endpoint", &server.endpoint()])
        .stdin("data")
        .run()
        .silent();
    assert_stored(&server, "key", b"data");
}

#[test]
fn case_42_endpoints_that_are_none() {
    for (name, value) in [
        ("AWS_ENDPOINT_URL", "localhost:9000"),
        ("AWS_ENDPOINT_URL_S3", "ftp://127.0.0.1/"),
        ("AWS_ENDPOINT_URL", "http://"),
        ("S3STREAM_ENDPOINT_URL", "not a url"),
    ] {
        let told = name.replace("S3STREAM_ENDPOINT_URL", "--endpoint-url");
        S3stream::new()
            .args(["put", "bucket/key"])
            .keys()
            .env(name, value)
            .stdin("data")
            .run()
            .code(2)
            .error(&[&told])
            .hint("https://s3.example.com");
    }
}

/// All that can name a region, the strongest first.
#[test]
fn case_42_what_names_the_region() {
    const NAMES: [&str; 4] = ["--region", "S3STREAM_REGION", "AWS_REGION", "profile"];
    for (strongest, named_by) in NAMES.iter().enumerate() {
        let region = "eu-right-1";
        let server = Server::builder().region(region).start();
        server.create_bucket(BUCKET);
        let mut run = S3stream::new()
            .args(["put", "bucket/key"])
            .keys()
            .args(["--endpoint-url", &server.endpoint()])
            .stdin("data");
        let mut profile = "[default]\n".to_owned();
        for (index, name) in NAMES.iter().enumerate().skip(strongest) {
            let value = if index == strongest {
                region
            } else {
                "eu-wrong-1"
            };
            match *name {
                "--region" => run = run.args([name, value]),
                "profile" => profile += &format!("region = {value}\n"),
                variable => run = run.env(variable, value),
            }
        }
        Profiles::new(&profile, "").given_to(run).run().silent();
        assert_stored(&server, "key", b"data");
        // A wrong one would be put right by the server's answer: none was needed.
        assert_eq!(server.requests().len(), 1, "{named_by}");
    }
}

/// Where nothing names a region, the answer of the store does.
#[test]
fn case_36_no_region_at_all() {
    let server = Server::builder()
        .region("eu-right-1")
        .region_answer(RegionAnswer::Malformed400)
        .start();
    server.create_bucket(BUCKET);
    S3stream::new()
        .args(["put", "bucket/key"])
        .keys()
        .args(["--endpoint-url", &server.endpoint()])
        .stdin("data")
        .run()
        .silent();
    assert_stored(&server, "key", b"data");
}

/// A run without credentials in its environment.
fn anonymous(server: &Server) -> S3stream {
    S3stream::new()
        .args(["put", "bucket/key"])
        .keys()
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .args(["--endpoint-url", &server.endpoint()])
        .env("AWS_REGION", REGION)
        .stdin("data")
}

#[test]
fn case_42_which_profile() {
    let right = keys("right", ACCESS_KEY, SECRET_KEY);
    let wrong = keys("default", "AKIDOFSOMEBODYELSE00", "wrong");
    let profiles = Profiles::new("", &format!("{wrong}{right}"));
    for (options, variables) in [
        (&["--profile", "right"][..], &[][..]),
        (&["--profile", "right"], &[("AWS_PROFILE", "default")]),
        (&["--profile", "right"], &[("S3STREAM_PROFILE", "default")]),
        (
            &[],
            &[("S3STREAM_PROFILE", "right"), ("AWS_PROFILE", "default")],
        ),
        (&[], &[("AWS_PROFILE", "right")]),
    ] {
        let server = server();
        let mut run = profiles.given_to(anonymous(&server)).args(options);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.run().silent();
        assert_stored(&server, "key", b"data");
        assert_eq!(server.requests().len(), 1);
    }
}

/// A flag beats the environment: who names a profile means its keys, as with the aws CLI.
#[test]
fn case_42_a_named_profile_beats_keys_in_the_environment() {
    let server = server();
    let profiles = Profiles::new("", &keys("right", ACCESS_KEY, SECRET_KEY));
    profiles
        .given_to(anonymous(&server))
        .env("AWS_ACCESS_KEY_ID", "AKIDOFSOMEBODYELSE00")
        .env("AWS_SECRET_ACCESS_KEY", "wrong")
        .args(["--profile", "right"])
        .run()
        .silent();
    assert_stored(&server, "key", b"data");
}

/// The environment beats a profile that only the environment names.
#[test]
fn case_42_keys_in_the_environment_beat_a_profile() {
    let server = server();
    let profiles = Profiles::new("", &keys("other", "AKIDOFSOMEBODYELSE00", "wrong"));
    profiles
        .given_to(anonymous(&server))
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_PROFILE", "other")
        .run()
        .silent();
    assert_stored(&server, "key", b"data");
}

#[test]
fn case_42_a_whole_profile_in_the_config_file() {
    let server = server();
    let body = keys("profile backup", ACCESS_KEY, SECRET_KEY);
    let config = format!(
        "{body}region = {REGION}\nendpoint_url = {}\n",
        server.endpoint()
    );
    Profiles::new(&config, "")
        .given_to(S3stream::new())
        .args(["put", "bucket/key", "--profile", "backup"])
        .stdin("data")
        .run()
        .silent();
    assert_stored(&server, "key", b"data");
}

#[test]
fn case_42_keys_from_a_process() {
    let server = server();
    let json = format!(
        r#"{{"Version": 1, "AccessKeyId": "{ACCESS_KEY}", "SecretAccessKey": "{SECRET_KEY}"}}"#
    );
    let (_folder, path) = file_with(json.as_bytes());
    let config = format!("[profile p]\ncredential_process = cat {}\n", path.display());
    Profiles::new(&config, "")
        .given_to(anonymous(&server))
        .args(["--profile", "p"])
        .run()
        .silent();
    assert_stored(&server, "key", b"data");
}

#[test]
fn case_42_a_profile_that_does_not_exist_or_has_no_keys() {
    let profiles = Profiles::new("[profile bare]\nregion = us-east-1\n", "");
    for (name, told) in [("missing", "no AWS profile"), ("bare", "s3://bucket/key")] {
        let server = server();
        let outcome = profiles
            .given_to(anonymous(&server))
            .args(["--profile", name])
            .run()
            .code(2)
            .error(&[told, "credentials"]);
        assert!(
            outcome.stderr.contains(name),
            "names the profile: {outcome}"
        );
        assert_no_requests(&server);
    }
}

#[test]
fn case_20_a_bundle_that_holds_no_certificate() {
    let (_folder, junk) = file_with(b"-----BEGIN CERTIFICATE-----\nnot base64!\n");
    let (_folder2, empty) = file_with(b"");
    let missing = PathBuf::from("/nonexistent/ca.pem");
    for path in [&junk, &empty, &missing] {
        let server = server();
        let file = path.to_str().unwrap();
        S3stream::put(&server, "bucket/key")
            .env("AWS_CA_BUNDLE", path)
            .stdin("data")
            .run()
            .code(2)
            .error(&["AWS_CA_BUNDLE", file]);
        for by in ["flag", "variable"] {
            let run = S3stream::put(&server, "bucket/key").stdin("data");
            let run = match by {
                "flag" => run.args(["--ca-bundle", file]),
                _ => run.env("S3STREAM_CA_BUNDLE", path),
            };
            run.run().code(2).error(&["--ca-bundle", file]);
        }
        assert_no_requests(&server);
    }
}

#[test]
fn case_45_attempts_that_the_sdk_would_panic_on() {
    for value in ["0", "-1", "many", "1.5"] {
        let server = server();
        let outcome = S3stream::put(&server, "bucket/key")
            .env("AWS_MAX_ATTEMPTS", value)
            .stdin("data")
            .run()
            .code(2)
            .error(&[&format!("AWS_MAX_ATTEMPTS={value}")])
            .hint("--retries");
        assert!(!outcome.stderr.contains("panicked"), "{outcome}");
        assert_no_requests(&server);
    }
    let server = server();
    S3stream::put(&server, "bucket/key")
        .env("AWS_MAX_ATTEMPTS", "1")
        .stdin("data")
        .run()
        .silent();
    assert_stored(&server, "key", b"data");
}

/// The SDK's other settings for retries: they are not ours.
#[test]
fn case_45_settings_of_the_sdk_s_retries_do_not_matter() {
    for setting in [
        "max_attempts = 0",
        "max_attempts = many",
        "retry_mode = odd",
    ] {
        let server = server();
        Profiles::new(&format!("[default]\n{setting}\n"), "")
            .given_to(S3stream::put(&server, "bucket/key"))
            .env("AWS_RETRY_MODE", "odd")
            .stdin("data")
            .run()
            .silent();
        assert_stored(&server, "key", b"data");
    }
}
