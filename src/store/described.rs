//! What `-v` says of the connection: where the requests go, and whose they are.

use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use std::time::SystemTime;
use url::Url;

/// `endpoint http://localhost:9000, region us-east-1, credentials of the environment`.
pub(super) fn connection(
    endpoint: Option<&Url>,
    region: &str,
    credentials: Option<&Credentials>,
) -> String {
    let endpoint = endpoint.map_or("of S3", Url::as_str);
    let credentials = credentials.map_or("none: requests are not signed", origin);
    format!("endpoint {endpoint}, region {region}, credentials: {credentials}")
}

/// Whose requests they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialsInUse {
    /// The beginning and the end of the access key's id.
    pub key: String,
    /// Where they are from.
    pub origin: &'static str,
    /// When they end, where that is known.
    pub ends: Option<SystemTime>,
}

impl CredentialsInUse {
    pub(super) fn of(credentials: &Credentials) -> Self {
        Self {
            key: abbreviated(credentials.access_key_id()),
            origin: origin(credentials),
            ends: credentials.expiry(),
        }
    }
}

/// Enough of an id to tell it from others; of a short one, which may be another's password, next to nothing.
fn abbreviated(id: &str) -> String {
    let letters: Vec<char> = id.chars().collect();
    match letters.len() {
        12.. => {
            let (first, last) = (&letters[..4], &letters[letters.len() - 4..]);
            format!("{}…{}", String::from_iter(first), String::from_iter(last))
        }
        _ => letters
            .first()
            .map_or_else(String::new, |it| format!("{it}…")),
    }
}

/// Where the credentials are from.
fn origin(credentials: &Credentials) -> &'static str {
    let features = credentials.get_property::<Vec<Feature>>();
    // The last is of the profile or the like that led to the others.
    let names = features.into_iter().flatten().rev().map(|it| match it {
        Feature::CredentialsEnvVars => Some("the environment"),
        Feature::CredentialsProfile => Some("a profile"),
        Feature::CredentialsProcess | Feature::CredentialsProfileProcess => {
            Some("a credential_process")
        }
        Feature::CredentialsSso | Feature::CredentialsProfileSso => Some("single sign-on"),
        Feature::CredentialsImds => Some("the instance's metadata service"),
        Feature::CredentialsHttp => Some("the container's endpoint"),
        Feature::CredentialsStsAssumeRole => Some("a role that was assumed"),
        Feature::CredentialsStsAssumeRoleWebId
        | Feature::CredentialsEnvVarsStsWebIdToken
        | Feature::CredentialsProfileStsWebIdToken => Some("a web identity"),
        _ => None,
    });
    names.flatten().next().unwrap_or("of the SDK's chain")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_in_part() {
        for (id, told) in [
            ("AKIAIOSFODNN7EXAMPLE", "AKIA…MPLE"),
            ("test:tester", "t…"),
            ("", ""),
            ("пользователь", "поль…тель"),
        ] {
            assert_eq!(abbreviated(id), told);
        }
    }
}
