//! Where credentials come from, and what is told where there are none.

use crate::harness::*;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use s3_server::{ACCESS_KEY, SECRET_KEY};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::net::TcpListener;
use std::time::Duration;

/// What something that is no metadata service answers at its address.
const REFUSALS: [&str; 5] = [
    "400 Bad Request",
    "401 Unauthorized",
    "403 Forbidden",
    "404 Not Found",
    "500 Internal Server Error",
];

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

const SESSION: &str = "arn:aws:iam::123456789012:user/u";

/// A key of the curve P-256, as `aws login` writes it (SEC1, RFC 5915).
fn dpop_key() -> String {
    let p256 = hex::decode("a00a06082a8648ce3d030107").unwrap();
    let version_and_key = [&[0x30, 0x31, 2, 1, 1, 4, 32][..], &[7; 32]].concat();
    let der = BASE64.encode([version_and_key, p256].concat());
    // A line of PEM has 64 characters (RFC 7468), and the SDK insists.
    let (first, second) = der.split_at(64);
    format!("-----BEGIN EC PRIVATE KEY-----\n{first}\n{second}\n-----END EC PRIVATE KEY-----\n")
}

/// A home in which `aws login` left a session whose keys end at `ends`.
fn signed_in(ends: &str) -> Home {
    let home = Home::with(&format!("[default]\nlogin_session = {SESSION}\n"));
    let token = json!({
        "accessToken": {
            "accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "sessionToken": "first",
            "accountId": "123456789012", "expiresAt": ends,
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "refresh",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": dpop_key(),
    });
    let cache = home.path().join(".aws/login/cache");
    fs::create_dir_all(&cache).unwrap();
    let name = hex::encode(Sha256::digest(SESSION));
    fs::write(cache.join(name).with_extension("json"), token.to_string()).unwrap();
    home
}

#[test]
fn the_session_of_aws_login_is_used() {
    let server = server();
    signed_in("2099-01-01T00:00:00Z")
        .put(&server)
        .run()
        .silent();
    assert_stored(&server, "key", b"bytes");
    let sent = &server.requests()[0];
    assert_eq!(sent.header("x-amz-security-token"), Some("first"));
}

#[test]
fn a_session_of_aws_login_that_has_ended_is_renewed() {
    let server = server();
    let next = json!({
        "accessToken": {
            "accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "sessionToken": "second",
        },
        "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": "next",
    });
    let sign_in = Parrot::saying("HTTP/1.1 200 OK", &next.to_string());
    let home = signed_in("2020-01-01T00:00:00Z");
    home.put(&server)
        .env("AWS_ENDPOINT_URL_SIGNIN", sign_in.url())
        .run()
        .silent();
    assert_stored(&server, "key", b"bytes");
    let sent = &server.requests()[0];
    assert_eq!(sent.header("x-amz-security-token"), Some("second"));
    assert_eq!(sign_in.asked().len(), 1, "{:?}", sign_in.asked());
}

#[test]
fn a_session_of_aws_login_that_can_t_be_had_names_the_way_out() {
    let server = server();
    let refused = Parrot::saying("HTTP/1.1 403 Forbidden", "{}");
    let ended = signed_in("2020-01-01T00:00:00Z");
    let never = Home::with(&format!("[default]\nlogin_session = {SESSION}\n"));
    for home in [ended, never] {
        home.put(&server)
            .env("AWS_ENDPOINT_URL_SIGNIN", refused.url())
            .run()
            .code(1)
            .error(&["AWS credentials"])
            .hint("aws login");
    }
    assert_no_requests(&server);
}

/// What the security token service answers to a token.
fn role() -> String {
    format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{ACCESS_KEY}</AccessKeyId>\
         <SecretAccessKey>{SECRET_KEY}</SecretAccessKey><SessionToken>session</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    )
}

#[test]
fn case_79_a_web_identity_is_asked_for_once() {
    let arn = "arn:aws:iam::123456789012:role/r";
    let bytes = noise(2 * PART + 1, 79);
    for by_profile in [true, false] {
        let (server, home) = (server(), Home::with(""));
        let token = home.path().join("token");
        fs::write(&token, "a token").unwrap();
        let sts = Parrot::saying("HTTP/1.1 200 OK\r\ncontent-type: text/xml", &role());
        let put = home.put(&server).env("AWS_ENDPOINT_URL_STS", sts.url());
        let put = if by_profile {
            let token = token.display();
            let text = format!("[default]\nrole_arn = {arn}\nweb_identity_token_file = {token}\n");
            fs::write(home.config(), text).unwrap();
            put
        } else {
            put.env("AWS_ROLE_ARN", arn)
                .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        };
        put.stdin(bytes.clone()).run().silent();
        assert_stored(&server, "key", &bytes);
        assert_eq!(sts.asked().len(), 1, "{:?}", sts.asked());
    }
}

#[test]
fn what_stands_in_the_way_of_credentials_is_named() {
    let (server, home) = (server(), Home::with(""));
    home.put(&server)
        .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token")
        .run()
        .code(1)
        .hint("/no/such/token");
    home.put(&server)
        .env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")
        .run()
        .code(2)
        .hint("unset AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    assert_no_requests(&server);
}

/// It would be a pity to take another profile than was meant.
#[test]
fn case_77_a_profile_whose_name_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let server = server();
    Home::with(&format!("[default]\n{}", keys()))
        .put(&server)
        .env("AWS_PROFILE", std::ffi::OsStr::from_bytes(b"pro\xff"))
        .run()
        .code(2)
        .error(&["no AWS profile \"pro"]);
    assert_no_requests(&server);
}
