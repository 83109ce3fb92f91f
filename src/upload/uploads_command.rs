//! The commands that find and end an upload which is left behind, for a shell.

use crate::config::{AddressingStyle, Connection, Destination};
use crate::store::Store;
use std::fmt::Write as _;

/// Lists the uploads of keys that begin like this one.
pub(super) fn list_command(store: &Store, destination: &Destination) -> String {
    command(
        "list",
        destination,
        None,
        store.endpoint(),
        store.connection(),
    )
}

/// Aborts the upload with this id.
pub(super) fn abort_command(store: &Store, destination: &Destination, id: &str) -> String {
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
    let place = quoted(&format!("{bucket}/{key}"));
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
        ("profile", connection.profile.as_deref()),
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
    for (name, value) in values {
        if let Some(value) = value {
            let _ = write!(line, " --{name} {}", quoted(value));
        }
    }
    for (name, _) in switches.into_iter().filter(|(_, on)| *on) {
        let _ = write!(line, " --{name}");
    }
    line
}

/// A word for a shell. One with control characters is written as bash, zsh and ksh read it.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    if !word.contains(char::is_control) {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let escaped: String = word
        .bytes()
        .map(|byte| match byte {
            b'\\' | b'\'' => format!("\\{}", char::from(byte)),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect();
    format!("$'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As bash reads them back. None is started: a child holds for a moment what others have locked.
    #[test]
    fn each_word_is_written_for_a_shell() {
        for (word, written) in [
            ("a-b_c/d.e:9", "a-b_c/d.e:9"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("~", "'~'"),
            ("$HOME `id`", "'$HOME `id`'"),
            ("a\x1b[2J\n'\\é", r"$'a\x1b[2J\x0a\'\\\xc3\xa9'"),
        ] {
            assert_eq!(quoted(word), written);
        }
    }

    #[test]
    fn a_command_has_the_options_that_reach_the_store() {
        let destination = Destination {
            bucket: "b".to_owned(),
            key: "a k".to_owned(),
        };
        let endpoint = Some("http://localhost:1");
        let plain = Connection::default();
        assert_eq!(
            command("list", &destination, None, endpoint, &plain),
            "s3stream uploads list 'b/a k' --endpoint-url http://localhost:1"
        );
        let connection = Connection {
            region: Some("eu-west-1".to_owned()),
            profile: Some("p q".to_owned()),
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
    }
}
