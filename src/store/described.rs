//! What `-v` says of the connection: where the requests go, and whose they are.

use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
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
