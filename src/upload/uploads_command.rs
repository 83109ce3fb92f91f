//! The commands that find and end an upload which is left behind, for a shell.

use crate::config::{AddressingStyle, Connection, Destination, ProfileInUse, shell_word};
use crate::store::Store;
use std::fmt::Write as _;

/// Lists the uploads of keys that begin like this one.
pub(crate) fn list_command(store: &Store, destination: &Destination) -> String {
    command(
        "list",
        destination,
        None,
        store.endpoint(),
        store.connection(),
    )
}

/// Aborts the upload with this id.
pub(crate) fn abort_command(store: &Store, destination: &Destination, id: &str) -> String {
    command(
        "abort",
        destination,
        Some(id),
        store.endpoint(),
        store.connection(),
    )
}

/// With all options that this run needed to reach the store, whatever gave them: the environment may be
/// that of another user, or of a job that is over.
fn command(
    what: &str,
    destination: &Destination,
    id: Option<&str>,
    endpoint: Option<&str>,
    connection: &Connection,
) -> String {
    let Destination { bucket, key } = destination;
    let place = shell_word(&format!("{bucket}/{key}"));
    let profile = &connection.profile;
    let ca_bundle = connection.ca_bundle.as_ref();
    let ca_bundle = ca_bundle.map(|it| it.path.to_string_lossy().into_owned());
    let style = match connection.addressing_style {
        AddressingStyle::Auto => None,
        // Not chosen by anybody.
        AddressingStyle::Virtual if bucket.starts_with("arn:") => None,
        style => Some(style.to_string()),
    };
    let values = [
        ("upload-id", id),
        ("endpoint-url", endpoint),
        ("region", connection.region.as_deref()),
        ("profile", profile.by_option.then_some(&*profile.name)),
        ("addressing-style", style.as_deref()),
        ("ca-bundle", ca_bundle.as_deref()),
        (
            "expected-bucket-owner",
            connection.expected_bucket_owner.as_deref(),
        ),
    ];
    let switches = [
        ("no-verify-ssl", connection.no_verify_ssl),
        ("no-sign-request", connection.no_sign_request),
        (
            "use-accelerate-endpoint",
            connection.use_accelerate_endpoint,
        ),
        ("use-dualstack-endpoint", connection.use_dualstack_endpoint),
        ("use-fips-endpoint", connection.use_fips_endpoint),
        ("request-payer", connection.request_payer),
    ];
    let mut line = format!("s3stream uploads {what} {place}");
    // As an option it would go before keys of the environment, which this run may have used.
    if !profile.by_option && profile.name != ProfileInUse::default().name {
        line = format!("AWS_PROFILE={} {line}", shell_word(&profile.name));
    }
    for (name, value) in values {
        if let Some(value) = value {
            let _ = write!(line, " --{name} {}", shell_word(value));
        }
    }
    for (name, _) in switches.into_iter().filter(|(_, on)| *on) {
        let _ = write!(line, " --{name}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_the_options_that_reach_the_store() {
        let destination = Destination {
            bucket: "b".to_owned(),
            key: "a k".to_owned(),
        };
        let endpoint = Some("http://localhost:1");
        let plain = Connection::default();
        let profile = |by_option| ProfileInUse {
            name: "p q".to_owned(),
            by_option,
            ..ProfileInUse::default()
        };
        assert_eq!(
            command("list", &destination, None, endpoint, &plain),
            "s3stream uploads list 'b/a k' --endpoint-url http://localhost:1"
        );
        let connection = Connection {
            region: Some("eu-west-1".to_owned()),
            profile: profile(true),
            addressing_style: AddressingStyle::Path,
            no_verify_ssl: true,
            request_payer: true,
            expected_bucket_owner: Some("1".to_owned()),
            ..Connection::default()
        };
        assert_eq!(
            command("abort", &destination, Some("-id"), None, &connection),
            "s3stream uploads abort 'b/a k' --upload-id -id --region eu-west-1 --profile 'p q' \
             --addressing-style path --expected-bucket-owner 1 --no-verify-ssl --request-payer"
        );
        let connection = Connection {
            profile: profile(false),
            ..Connection::default()
        };
        assert_eq!(
            command("list", &destination, None, None, &connection),
            "AWS_PROFILE='p q' s3stream uploads list 'b/a k'"
        );
    }
}
