//! The command that deletes an object which is left behind, for a shell.

use crate::config::{Destination, ProfileInUse, shell_word};
use crate::store::Store;
use std::fmt::Write as _;

/// By the aws CLI, since s3stream deletes nothing; with the options that reach the store.
pub(super) fn delete_command(
    store: &Store,
    destination: &Destination,
    version: Option<&str>,
) -> String {
    let connection = store.connection();
    let Destination { bucket, key } = destination;
    let profile = &connection.profile;
    let is_named = profile.by_option || profile.name != ProfileInUse::default().name;
    let ca_bundle = connection.ca_bundle.as_ref();
    let ca_bundle = ca_bundle.map(|it| it.path.to_string_lossy().into_owned());
    let values = [
        ("bucket", Some(bucket.as_str())),
        ("key", Some(key.as_str())),
        ("version-id", version),
        ("endpoint-url", store.endpoint()),
        ("region", connection.region.as_deref()),
        ("profile", is_named.then_some(&*profile.name)),
        ("ca-bundle", ca_bundle.as_deref()),
        (
            "expected-bucket-owner",
            connection.expected_bucket_owner.as_deref(),
        ),
    ];
    let switches = [
        ("no-verify-ssl", connection.no_verify_ssl),
        ("no-sign-request", connection.no_sign_request),
        ("request-payer requester", connection.request_payer),
    ];
    let mut line = "aws s3api delete-object".to_owned();
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
