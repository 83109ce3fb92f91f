//! What is verified of a body and of the headers that describe it.

use std::collections::HashMap;

use md5::{Digest as _, Md5};

use crate::digest::{Algorithm, Body};
use crate::failure::Failure;
use crate::log::Request;
use crate::route::Op;
use crate::text::{hex, unbase64};

const CUSTOMER: &str = "x-amz-server-side-encryption-customer-";

/// The one `x-amz-checksum-*` value that a request carries.
pub(crate) fn checksum_header(request: &Request) -> Result<Option<(Algorithm, &str)>, Failure> {
    let value = |algorithm: Algorithm| Some((algorithm, request.header(algorithm.header())?));
    let mut all = Algorithm::ALL.into_iter().filter_map(value);
    let first = all.next();
    if all.next().is_some() {
        let message =
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
        return Err(Failure::invalid(message));
    }
    Ok(first)
}

/// Compares a body with each digest that was sent along, and lists those.
pub(crate) fn verify(request: &Request, body: &Body) -> Result<Vec<String>, Failure> {
    let mut checks = Vec::new();
    if let Some(expected) = request.header("content-md5") {
        let expected = unbase64(expected).filter(|md5| md5.len() == 16);
        let Some(expected) = expected else {
            let message = "The Content-MD5 you specified was invalid.";
            return Err(Failure::new(400, "InvalidDigest", message));
        };
        if body.md5.as_ref() != Some(&expected) {
            let message = "The Content-MD5 you specified did not match what we received.";
            return Err(Failure::new(400, "BadDigest", message));
        }
        checks.push("content-md5".to_owned());
    }
    match request.header("x-amz-content-sha256") {
        None | Some("UNSIGNED-PAYLOAD") => {}
        Some(expected) if expected == hex(&body.sha256) => {
            checks.push("x-amz-content-sha256".to_owned());
        }
        Some(_) => {
            let message =
                "The provided 'x-amz-content-sha256' header does not match what was computed.";
            return Err(Failure::new(400, "XAmzContentSHA256Mismatch", message));
        }
    }
    if request.op.has_data() {
        checks.extend(verify_checksum(request, body)?);
    }
    Ok(checks)
}

fn verify_checksum(request: &Request, body: &Body) -> Result<Option<String>, Failure> {
    let named = request.header("x-amz-sdk-checksum-algorithm");
    let Some((algorithm, value)) = checksum_header(request)? else {
        return match named {
            None => Ok(None),
            Some(_) => Err(Failure::invalid(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
            )),
        };
    };
    if named.is_some_and(|named| !named.eq_ignore_ascii_case(algorithm.name())) {
        let message = "Value for x-amz-sdk-checksum-algorithm header is invalid.";
        return Err(Failure::invalid(message));
    }
    let expected = unbase64(value).filter(|raw| raw.len() == algorithm.size());
    let Some(expected) = expected else {
        let message = format!("Value for {} header is invalid.", algorithm.header());
        return Err(Failure::invalid(&message));
    };
    if body.digest(algorithm) != Some(expected) {
        let message = format!(
            "The {} you specified did not match the calculated checksum.",
            algorithm.name()
        );
        return Err(Failure::new(400, "BadDigest", &message));
    }
    Ok(Some(algorithm.header().to_owned()))
}

/// Whether the three SSE-C headers are there, complete and right.
pub(crate) fn customer_key(request: &Request) -> Result<bool, Failure> {
    let field = |name: &str| request.header(&format!("{CUSTOMER}{name}"));
    let (algorithm, key, md5) = (field("algorithm"), field("key"), field("key-md5"));
    if (algorithm, key, md5) == (None, None, None) {
        return Ok(false);
    }
    if algorithm != Some("AES256") {
        let message =
            "The encryption request that you specified is not valid. The valid value is AES256.";
        return Err(Failure::new(
            400,
            "InvalidEncryptionAlgorithmError",
            message,
        ));
    }
    let key = key.and_then(unbase64).filter(|key| key.len() == 32);
    let Some(key) = key else {
        return Err(Failure::argument(
            "The secret key was invalid for the specified algorithm.",
        ));
    };
    if md5.and_then(unbase64) != Some(Md5::digest(key).to_vec()) {
        return Err(Failure::argument(
            "The calculated MD5 hash of the key did not match the hash that was provided.",
        ));
    }
    Ok(true)
}

/// Whether a request brings the SSE-C key that the object or upload was created with.
pub(crate) fn same_customer_key(
    created: &HashMap<String, String>,
    request: &Request,
) -> Result<(), Failure> {
    customer_key(request)?;
    let name = format!("{CUSTOMER}key-md5");
    if created.get(&name) == request.headers.get(&name) {
        return Ok(());
    }
    Err(Failure::invalid(
        "The object or upload was created using a form of Server Side Encryption. The correct parameters must be provided.",
    ))
}

/// The encryption headers that answers repeat.
pub(crate) fn encryption(created: &HashMap<String, String>) -> Vec<(String, String)> {
    let names = [
        "",
        "-aws-kms-key-id",
        "-bucket-key-enabled",
        "-customer-algorithm",
        "-customer-key-md5",
    ];
    let pair = |name: &str| {
        let name = format!("x-amz-server-side-encryption{name}");
        created.get(&name).map(|value| (name, value.clone()))
    };
    names.into_iter().filter_map(pair).collect()
}

/// What PutObject and Create have in common: encryption, tags, Object Lock.
pub(crate) fn attributes(request: &Request, lockable: bool) -> Result<(), Failure> {
    customer_key(request)?;
    let encryption = request.header("x-amz-server-side-encryption");
    if encryption.is_some_and(|name| !["AES256", "aws:kms", "aws:kms:dsse"].contains(&name)) {
        let message = "The encryption method specified is not supported";
        return Err(Failure::new(
            400,
            "InvalidEncryptionAlgorithmError",
            message,
        ));
    }
    let tags = tags(request.header("x-amz-tagging").unwrap_or_default());
    let fits = |(name, value): &(String, String)| {
        (1..=128).contains(&name.chars().count()) && value.chars().count() <= 256
    };
    if tags.len() > 10 || !tags.iter().all(fits) {
        let message = "Object tags cannot be greater than 10, keys than 128, values than 256";
        return Err(Failure::new(400, "InvalidTag", message));
    }
    let lock = !request.headers_with("x-amz-object-lock-").is_empty();
    if lock && !lockable {
        let message = "Bucket is missing Object Lock Configuration";
        return Err(Failure::invalid(message));
    }
    if lock && request.op == Op::PutObject {
        integrity(request)?;
    }
    Ok(())
}

/// Object Lock wants a digest of the body.
pub(crate) fn integrity(request: &Request) -> Result<(), Failure> {
    if request.header("content-md5").is_some() || checksum_header(request)?.is_some() {
        return Ok(());
    }
    Err(Failure::invalid(
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
    ))
}

/// The tags of an `x-amz-tagging` header.
pub(crate) fn tags(header: &str) -> Vec<(String, String)> {
    crate::route::query_pairs(header)
}
