use crate::cli::put_args::tests::{checked, config, config_in, failure, failure_in};
use crate::config::AddressingStyle;

#[test]
fn defaults() {
    let found = config(&["b/k"]).upload.connection;
    assert_eq!(found.region, None);
    assert_eq!(found.endpoint_url, None);
    assert_eq!(found.addressing_style, AddressingStyle::Auto);
    assert!(!found.request_payer && !found.no_verify_ssl && !found.no_sign_request);
}

#[test]
fn region() {
    let found = config(&["b/k", "--region", "eu-west-1"]).upload.connection;
    assert_eq!(found.region.as_deref(), Some("eu-west-1"));
    for region in ["", "eu west", "eu/west", "-eu", "eu.west.1"] {
        failure(&["b/k", &format!("--region={region}")], "--region");
    }
}

#[test]
fn profile() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, "[profile backup]\nregion = eu-west-1\n").unwrap();
    let vars = [("AWS_CONFIG_FILE", file.to_str().unwrap())];
    let args = ["b/k", "--profile", "backup"];
    let found = config_in(&vars, &args).upload.connection;
    assert_eq!(
        (&*found.profile.name, found.profile.by_option),
        ("backup", true)
    );
    assert_eq!(found.region.as_deref(), Some("eu-west-1"));
    let flag = [&args[..], &["--region", "eu-west-2"]].concat();
    let found = config_in(&vars, &flag).upload.connection;
    assert_eq!(found.region.as_deref(), Some("eu-west-2"));
    config_in(&[("AWS_ACCESS_KEY_ID", "A\n"), vars[0]], &args);
    failure(&["b/k", "--profile", "nope"], "nope");
    failure(&["b/k", "--profile="], "--profile");
}

#[test]
fn flags() {
    let found = config(&["b/k", "--no-verify-ssl", "--no-sign-request"])
        .upload
        .connection;
    assert!(found.no_verify_ssl && found.no_sign_request);
    let found = config(&["b/k", "--use-fips-endpoint", "--use-dualstack-endpoint"])
        .upload
        .connection;
    assert!(found.use_fips_endpoint && found.use_dualstack_endpoint);
    let found = config(&["b/k", "--use-accelerate-endpoint"])
        .upload
        .connection;
    assert!(found.use_accelerate_endpoint);
}

#[test]
fn request_payer() {
    for args in [
        &["b/k", "--request-payer"][..],
        &["--request-payer", "requester", "b/k"],
        &["--request-payer=requester", "b/k"],
    ] {
        assert!(config(args).upload.connection.request_payer, "{args:?}");
    }
    assert!(checked(&["--request-payer", "b/k"]).is_err());
}

#[test]
fn expected_bucket_owner() {
    let found = config(&["b/k", "--expected-bucket-owner", "123456789012"])
        .upload
        .connection;
    assert_eq!(found.expected_bucket_owner.as_deref(), Some("123456789012"));
    failure(
        &["b/k", "--expected-bucket-owner=a\nb"],
        "--expected-bucket-owner",
    );
}

#[test]
fn addressing() {
    let style = |args: &[&str]| config(args).upload.connection.addressing_style;
    let http = "--endpoint-url=http://s3.example";
    assert_eq!(
        style(&["b/k", "--addressing-style", "path"]),
        AddressingStyle::Path
    );
    for args in [
        &["my-bucket/k", "--addressing-style=virtual"][..],
        &["a.b/k", "--addressing-style=virtual", http],
    ] {
        assert_eq!(style(args), AddressingStyle::Virtual, "{args:?}");
    }
    for args in [
        &["a.b/k", "--addressing-style=virtual"][..],
        &["a_b/k", "--addressing-style=virtual", http],
        &["A/k", "--addressing-style=virtual"],
        &["a.b/k", "--use-accelerate-endpoint"],
        &[
            "b/k",
            "--use-accelerate-endpoint",
            "--addressing-style=path",
        ],
        &["b/k", "--use-accelerate-endpoint", "--use-fips-endpoint"],
        &[
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/k",
            "--addressing-style=path",
        ],
        &[
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/k",
            "--use-accelerate-endpoint",
        ],
    ] {
        failure(args, "--");
    }
    let error = failure(&["a.b/k", "--addressing-style=virtual"], "a.b");
    assert!(!error.hints.is_empty());
}

#[test]
fn endpoints_of_aws_exclude_others() {
    for option in [
        "--use-accelerate-endpoint",
        "--use-dualstack-endpoint",
        "--use-fips-endpoint",
    ] {
        failure(&["b/k", option, "--endpoint=https://s3.example"], option);
        let vars = [("AWS_ENDPOINT_URL", "https://s3.example")];
        failure_in(&vars, &["b/k", option], "AWS_ENDPOINT_URL");
    }
}

#[test]
fn case_76_what_ends_in_a_line_feed_is_named_and_not_shown() {
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
    ] {
        for value in ["hunter2\n", " hunter2", "hun\0ter2", "hunter2\r\n"] {
            let error = failure_in(&[(name, value)], &["b/k"], name);
            assert!(!format!("{error:?}").contains("ter2"), "{error:?}");
        }
    }
    config_in(&[("AWS_SECRET_ACCESS_KEY", "of a store's own")], &["b/k"]);
    let key = [("AWS_ACCESS_KEY_ID", "A\n")];
    config_in(&key, &["b/k", "--no-sign-request"]);
}

#[test]
fn max_attempts() {
    for value in ["0", "-1", "many", "1.5"] {
        failure_in(&[("AWS_MAX_ATTEMPTS", value)], &["b/k"], "AWS_MAX_ATTEMPTS");
    }
    for value in ["", "1", "5"] {
        config_in(&[("AWS_MAX_ATTEMPTS", value)], &["b/k"]);
    }
}
