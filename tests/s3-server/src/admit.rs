//! What is decided from a request's head alone: who may, and what the server never accepts.

use crate::BUCKET_OWNER;
use crate::builder::{Config, RegionAnswer};
use crate::failure::Failure;
use crate::http::Head;
use crate::log::Request;
use crate::route::Op;
use crate::sigv4::Authorization;
use crate::{text, xml};
use std::time::{Duration, SystemTime};

/// Clocks may be that far apart.
const MOST_SKEW: Duration = Duration::from_secs(15 * 60);
/// Bytes that a part or a PutObject may have.
const MAX_PART_SIZE: u64 = 5 << 30;

/// The checks that were passed, or the error to answer with.
pub(crate) fn admit(
    config: &Config,
    head: &Head,
    request: &Request,
    secure: bool,
) -> Result<Vec<String>, Failure> {
    framing(head)?;
    let mut checks = Vec::new();
    if authorize(config, head)? {
        checks.push("signature".to_owned());
    }
    if request.op == Op::Other {
        let message =
            "A header or query you provided implies functionality that is not implemented";
        return Err(Failure::not_implemented(message));
    }
    quirks(config, request)?;
    let sse_c = "x-amz-server-side-encryption-customer-";
    if !secure && !config.allow_sse_c_over_http && !request.headers_with(sse_c).is_empty() {
        return Err(Failure::invalid(
            "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.",
        ));
    }
    match request.header("x-amz-expected-bucket-owner") {
        Some(BUCKET_OWNER) => checks.push("x-amz-expected-bucket-owner".to_owned()),
        Some(_) => return Err(Failure::denied()),
        None => {}
    }
    if request.op.has_data() && head.content_length() > Some(MAX_PART_SIZE) {
        let message = "Your proposed upload exceeds the maximum allowed size";
        return Err(Failure::new(400, "EntityTooLarge", message).closing());
    }
    Ok(checks)
}

/// Bodies must come with their length and as they are.
fn framing(head: &Head) -> Result<(), Failure> {
    let payload = head.header("x-amz-content-sha256").unwrap_or_default();
    let encoded = head.joined("content-encoding").contains("aws-chunked");
    if encoded || payload.starts_with("STREAMING-") || head.header("transfer-encoding").is_some() {
        let message = "aws-chunked bodies and Transfer-Encoding are not implemented";
        return Err(Failure::not_implemented(message).closing());
    }
    if head.method == "PUT" && head.content_length().is_none() {
        let message = "You must provide the Content-Length HTTP header.";
        return Err(Failure::new(411, "MissingContentLength", message).closing());
    }
    Ok(())
}

/// Whether a signature was verified; false for an accepted anonymous request.
fn authorize(config: &Config, head: &Head) -> Result<bool, Failure> {
    let Some(header) = head.header("authorization") else {
        return if config.allow_anonymous {
            Ok(false)
        } else {
            Err(Failure::denied())
        };
    };
    let Some(authorization) = Authorization::parse(header) else {
        let message = "The authorization header is malformed.";
        return Err(Failure::new(400, "AuthorizationHeaderMalformed", message));
    };
    let Some(secret) = config.credentials.get(authorization.access_key) else {
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        return Err(Failure::new(403, "InvalidAccessKeyId", message));
    };
    if authorization.region != config.region {
        return Err(wrong_region(config, authorization.region));
    }
    if head.header("x-amz-content-sha256").is_none() {
        let message = "Missing required header for this request: x-amz-content-sha256";
        return Err(Failure::invalid(message));
    }
    let loose = ["x-amz-user-agent", "x-amzn-trace-id"];
    let must = |name: &str| name == "host" || name.starts_with("x-amz-");
    let signed = |name: &str| authorization.signed_headers.contains(&name);
    let mut names = head.headers.iter().map(|(name, _)| name.as_str());
    if let Some(name) = names.find(|n| must(n) && !loose.contains(n) && !signed(n)) {
        let message = "There were headers present in the request which were not signed";
        let extra = xml::element("HeadersNotSigned", name);
        return Err(Failure::new(403, "AccessDenied", message).extra(&extra));
    }
    let signed_at = head.header("x-amz-date").and_then(text::basic_time);
    let now = SystemTime::now() + config.clock_ahead;
    let apart = signed_at.map(|at| now.duration_since(at).or_else(|_| at.duration_since(now)));
    if !matches!(apart, Some(Ok(apart)) if apart < MOST_SKEW) {
        let message = "The difference between the request time and the current time is too large.";
        return Err(Failure::new(403, "RequestTimeTooSkewed", message));
    }
    if !authorization.verify(head, secret) {
        let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
        return Err(Failure::new(403, "SignatureDoesNotMatch", message));
    }
    Ok(true)
}

fn wrong_region(config: &Config, wrong: &str) -> Failure {
    let right = &config.region;
    let failure = match config.region_answer {
        RegionAnswer::Malformed400 => {
            let message = format!(
                "The authorization header is malformed; the region '{wrong}' is wrong; expecting '{right}'"
            );
            Failure::new(400, "AuthorizationHeaderMalformed", &message)
                .extra(&xml::element("Region", right))
        }
        RegionAnswer::Redirect301 => {
            let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
            Failure::new(301, "PermanentRedirect", message)
                .extra(&xml::element("Endpoint", "localhost"))
        }
    };
    failure.with("x-amz-bucket-region", right)
}

fn quirks(config: &Config, request: &Request) -> Result<(), Failure> {
    let denied = match request.op {
        Op::HeadObject => config.deny_head,
        Op::ListObjectsV2 => config.deny_list,
        Op::AbortMultipartUpload => config.deny_abort,
        Op::ListParts => config.deny_list_parts,
        Op::ListMultipartUploads => config.deny_list_uploads,
        _ => false,
    };
    if denied {
        return Err(Failure::denied());
    }
    let named = request.header("x-amz-sdk-checksum-algorithm").is_some();
    let valued = !request.headers_with("x-amz-checksum-").is_empty();
    // The mode header of HEAD and GET asks for nothing that could be refused.
    let sent = named || (valued && request.header("x-amz-checksum-mode").is_none());
    if config.refuse_checksum_headers && sent {
        let message = "Unsupported header received for this API call: x-amz-checksum";
        return Err(Failure::argument(message));
    }
    Ok(())
}
