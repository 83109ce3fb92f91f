//! AWS Signature Version 4 of the requests that carry bytes, as the SDK makes it for S3.
//!
//! aws-sigv4 derives the key of the day anew for each request, and copies all of its headers: of a small
//! object, that is a good part of the work.

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::Request;
use http::header::{
    AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue, TRANSFER_ENCODING,
    USER_AGENT,
};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
/// Room in bytes for the names of usual headers: what is longer grows.
const ROOM: usize = 256;
/// What proxies may change.
const NOT_SIGNED: [HeaderName; 4] = [
    AUTHORIZATION,
    USER_AGENT,
    TRANSFER_ENCODING,
    HeaderName::from_static("x-amzn-trace-id"),
];

/// Signs with one set of credentials, for one region and service.
#[derive(Debug)]
pub(super) struct Signer {
    credentials: Credentials,
    region: String,
    service: String,
    /// Of the second that was signed in last.
    stamp: Mutex<Option<Arc<Stamp>>>,
}

/// What the signatures of one second have in common.
struct Stamp {
    /// Since 1970.
    second: u64,
    /// As ISO 8601 has it without separators: `20261127T091500Z`.
    time: String,
    /// Such as `20261127/eu-west-1/s3/aws4_request`.
    scope: String,
    /// That of the scope.
    key: Arc<[u8]>,
}

impl std::fmt::Debug for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stamp({}, {})", self.time, self.scope)
    }
}

impl Signer {
    pub(super) fn new(credentials: Credentials, region: String, service: String) -> Self {
        Self {
            credentials,
            region,
            service,
            stamp: Mutex::default(),
        }
    }

    /// Adds a signature that is made at `now`, of all headers and of the payload's SHA-256, unless that is
    /// not to be signed; `host` is what the `Host` header will say.
    ///
    /// # Errors
    /// When the credentials hold what no header can.
    pub(super) fn sign<B>(
        &self,
        request: &mut Request<B>,
        host: &HeaderValue,
        sha256: Option<[u8; 32]>,
        now: SystemTime,
    ) -> Result<(), InvalidHeaderValue> {
        let stamp = self.stamp(now);
        let Stamp { time, scope, .. } = &*stamp;
        let payload = match sha256 {
            Some(sha256) => hex::encode(sha256),
            None => UNSIGNED_PAYLOAD.to_owned(),
        };
        let headers = request.headers_mut();
        headers.insert(HOST, host.clone());
        headers.insert(DATE, HeaderValue::from_str(time)?);
        headers.insert(CONTENT_SHA256, HeaderValue::from_str(&payload)?);
        if let Some(token) = self.credentials.session_token() {
            let mut token = HeaderValue::from_str(token)?;
            token.set_sensitive(true);
            headers.insert(SECURITY_TOKEN, token);
        }
        let signed = signed_headers(request.headers());
        let names = names_of(&signed);
        let canonical = canonical_request(request, &signed, &names, &payload);
        let to_sign = format!(
            "{ALGORITHM}\n{time}\n{scope}\n{}",
            hex::encode(Sha256::digest(canonical))
        );
        let authorization = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.credentials.access_key_id(),
            calculate_signature(&stamp.key, to_sign.as_bytes())
        );
        let authorization = HeaderValue::try_from(authorization)?;
        request.headers_mut().insert(AUTHORIZATION, authorization);
        Ok(())
    }

    fn stamp(&self, now: SystemTime) -> Arc<Stamp> {
        let Self {
            credentials,
            region,
            service,
            stamp,
        } = self;
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        let mut last = stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stamp) = last.as_ref().filter(|it| it.second == second) {
            return Arc::clone(stamp);
        }
        let time = basic_format(now);
        let scope = format!("{}/{region}/{service}/aws4_request", &time[..8]);
        let key = match last.as_ref().filter(|it| it.scope == scope) {
            Some(of_the_day) => Arc::clone(&of_the_day.key),
            None => {
                let secret = credentials.secret_access_key();
                let key = generate_signing_key(secret, now, region, service);
                key.as_ref().into()
            }
        };
        let stamp = Arc::new(Stamp {
            second,
            time,
            scope,
            key,
        });
        *last = Some(Arc::clone(&stamp));
        stamp
    }
}

/// The time as ISO 8601 has it without separators: `20261127T091500Z`.
fn basic_format(time: SystemTime) -> String {
    let mut text = humantime::format_rfc3339_seconds(time).to_string();
    text.retain(|it| !matches!(it, '-' | ':'));
    text
}

/// The headers that are signed, by their names in order; those of one name as they were added.
fn signed_headers(headers: &HeaderMap) -> Vec<(&str, &HeaderValue)> {
    let all = headers
        .iter()
        .filter(|(name, _)| !NOT_SIGNED.contains(name));
    let mut signed: Vec<_> = all.map(|(name, value)| (name.as_str(), value)).collect();
    signed.sort_by_key(|(name, _)| *name);
    signed
}

/// The name of each, once.
fn names_of(signed: &[(&str, &HeaderValue)]) -> String {
    let mut names = String::with_capacity(ROOM);
    for of_one_name in signed.chunk_by(|one, next| one.0 == next.0) {
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(of_one_name[0].0);
    }
    names
}

/// What the signature is made of. Path and query are those that the SDK has encoded, as S3 has it: once.
fn canonical_request<B>(
    request: &Request<B>,
    signed: &[(&str, &HeaderValue)],
    names: &str,
    payload: &str,
) -> Vec<u8> {
    let mut query: Vec<_> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .collect();
    query.sort_unstable();
    let mut text = Vec::with_capacity(4 * ROOM);
    for line in [
        request.method().as_str(),
        request.uri().path(),
        &query.join("&"),
    ] {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    for of_one_name in signed.chunk_by(|one, next| one.0 == next.0) {
        text.extend_from_slice(of_one_name[0].0.as_bytes());
        for (number, (_, value)) in of_one_name.iter().enumerate() {
            text.push(if number == 0 { b':' } else { b',' });
            push_trimmed(&mut text, value.as_bytes());
        }
        text.push(b'\n');
    }
    for line in [names, payload] {
        text.push(b'\n');
        text.extend_from_slice(line.as_bytes());
    }
    text
}

/// Adds a value without blanks around it, and with one in place of several.
fn push_trimmed(text: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(|&it| it == b' ').filter(|it| !it.is_empty());
    for (number, word) in words.enumerate() {
        if number > 0 {
            text.push(b' ');
        }
        text.extend(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    };
    use aws_sigv4::sign::v4::SigningParams;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn signer(token: Option<&str>) -> Signer {
        let credentials =
            Credentials::new("AKID", "secret", token.map(ToOwned::to_owned), None, "test");
        Signer::new(credentials, "eu-west-1".to_owned(), "s3".to_owned())
    }

    fn request(path: &str, query: &str, values: &[String]) -> Request<()> {
        let uri = format!("http://store.example:9000/bucket/{path}?{query}");
        let mut request = Request::put(uri).body(()).unwrap();
        for (number, value) in values.iter().enumerate() {
            let name = HeaderName::try_from(format!("x-amz-meta-{}", number / 2)).unwrap();
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().append(name, value);
        }
        let agent = HeaderValue::from_static("agent");
        request.headers_mut().insert(USER_AGENT, agent);
        request
    }

    /// What aws-sigv4 adds, set as the SDK sets it for S3.
    fn signed_by_aws(
        request: &Request<()>,
        by: &Signer,
        sha256: Option<[u8; 32]>,
        now: SystemTime,
    ) -> Vec<(String, String)> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = by.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&by.region)
            .name(&by.service)
            .time(now)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let body = match sha256 {
            Some(sha256) => SignableBody::Precomputed(hex::encode(sha256)),
            None => SignableBody::UnsignedPayload,
        };
        let uri = request.uri().to_string();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signable = SignableRequest::new("PUT", uri, headers, body).unwrap();
        let (signature, _) = sign(signable, &parameters).unwrap().into_parts();
        let headers = signature.headers();
        headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn check(request: &mut Request<()>, by: &Signer, sha256: Option<[u8; 32]>, now: SystemTime) {
        let expected = signed_by_aws(request, by, sha256, now);
        let host = HeaderValue::from_static("store.example:9000");
        by.sign(request, &host, sha256, now).unwrap();
        for (name, value) in expected {
            assert_eq!(request.headers()[&name], value, "{name}");
        }
    }

    proptest! {
        #[test]
        fn it_is_that_of_aws_sigv4(
            path in "([A-Za-z0-9_.~/-]|%[0-9A-F]{2}){1,60}",
            query in prop_oneof![
                Just("x-id=PutObject".to_owned()),
                "x-id=UploadPart&partNumber=[1-9]{1,5}&uploadId=[A-Za-z0-9_.-]{1,40}",
            ],
            values in prop::collection::vec(" {0,2}[!-~]([ -~]{0,40}[!-~])? {0,2}", 0..6),
            token in prop::option::of("[A-Za-z0-9+/=]{1,80}"),
            sha256 in prop::option::of(any::<[u8; 32]>()),
            seconds in 0_u64..4_000_000_000,
        ) {
            let now = UNIX_EPOCH + Duration::from_secs(seconds);
            check(&mut request(&path, &query, &values), &signer(token.as_deref()), sha256, now);
        }
    }

    #[test]
    fn each_second_has_its_time_and_each_day_its_key() {
        const MIDNIGHT: u64 = 20_000 * 86_400;
        let signer = signer(None);
        for second in [0, 0, 1, 86_399, 86_400, 86_401, 1] {
            let now = UNIX_EPOCH + Duration::from_secs(MIDNIGHT + second);
            check(
                &mut request("key", "x-id=PutObject", &[]),
                &signer,
                None,
                now,
            );
        }
    }

    #[test]
    fn nothing_secret_is_shown() {
        let signer = signer(Some("token"));
        let now = UNIX_EPOCH;
        check(
            &mut request("key", "x-id=PutObject", &[]),
            &signer,
            None,
            now,
        );
        let shown = format!("{signer:?}");
        assert!(
            !shown.contains("secret\"") && !shown.contains("token\""),
            "{shown}"
        );
    }
}
