//! Multipart uploads: create, parts, abort. Complete is in `completion`.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::builder::Config;
use crate::checks::{attributes, checksum_header, encryption, integrity, same_customer_key};
use crate::digest::{Algorithm, Body};
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::put_object::{etag, kept, lockable};
use crate::state::{Part, State, Upload, type_name};
use crate::xml;

pub(crate) fn create(
    config: &Config,
    state: &mut State,
    request: &Request,
) -> Result<Answer, Failure> {
    attributes(request, lockable(state, request))?;
    let checksum = declared(request)?;
    let id = state.next_id();
    let mut headers = kept(config, request);
    if config.drop_multipart_tags {
        headers.remove("x-amz-tagging");
    }
    let upload = Upload {
        bucket: request.bucket.clone(),
        key: request.key.clone(),
        headers,
        checksum,
        parts: BTreeMap::new(),
        initiated: SystemTime::now(),
    };
    let inner = [
        xml::element("Bucket", &request.bucket),
        xml::element("Key", &request.key),
        xml::element("UploadId", &id),
    ];
    let text = xml::document("InitiateMultipartUploadResult", &inner.concat());
    let mut answer = Answer::xml(200, text);
    if !config.hide_sse_at_commit {
        answer.headers.extend(encryption(&upload.headers));
    }
    if let Some((algorithm, full_object)) = checksum.filter(|_| config.echo_checksums) {
        answer = answer
            .with("x-amz-checksum-algorithm", algorithm.name())
            .with("x-amz-checksum-type", type_name(full_object));
    }
    state.uploads.insert(id, upload);
    Ok(answer)
}

/// The algorithm and type that Create names.
fn declared(request: &Request) -> Result<Option<(Algorithm, bool)>, Failure> {
    let kind = request.header("x-amz-checksum-type");
    let Some(name) = request.header("x-amz-checksum-algorithm") else {
        return match kind {
            None => Ok(None),
            Some(_) => Err(Failure::invalid(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            )),
        };
    };
    let Some(algorithm) = Algorithm::parse(name) else {
        let message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
        return Err(Failure::invalid(message));
    };
    let full_object = match kind {
        None => algorithm == Algorithm::Crc64Nvme,
        Some("FULL_OBJECT") => true,
        Some("COMPOSITE") => false,
        Some(_) => {
            return Err(Failure::invalid(
                "Value for x-amz-checksum-type is invalid.",
            ));
        }
    };
    let possible = match algorithm {
        Algorithm::Sha256 | Algorithm::Sha1 => !full_object,
        Algorithm::Crc32 | Algorithm::Crc32c => true,
        Algorithm::Crc64Nvme => full_object,
    };
    if !possible {
        let message = format!(
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            type_name(full_object),
            algorithm.name()
        );
        return Err(Failure::invalid(&message));
    }
    Ok(Some((algorithm, full_object)))
}

pub(crate) fn upload_part(
    config: &Config,
    state: &mut State,
    request: &Request,
    body: Body,
) -> Result<Answer, Failure> {
    let number = request.part_number.unwrap_or_default();
    let most = config.max_parts;
    if !(1..=most).contains(&number) {
        let message = format!("Part number must be an integer between 1 and {most}, inclusive");
        return Err(Failure::argument(&message));
    }
    let upload = find_mut(state, request)?;
    if !config.drop_sse && !config.ignore_customer_keys {
        same_customer_key(&upload.headers, request)?;
    }
    if upload
        .headers
        .keys()
        .any(|name| name.starts_with("x-amz-object-lock-"))
    {
        integrity(request)?;
    }
    let sent = checksum_header(request)?;
    let algorithm = upload.checksum.map(|(algorithm, _)| algorithm);
    let sent_algorithm = sent.map(|(algorithm, _)| algorithm);
    if sent_algorithm != algorithm {
        let name = |algorithm: Option<Algorithm>| algorithm.map_or("null", Algorithm::name);
        let message = format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            name(algorithm),
            name(sent_algorithm)
        );
        return Err(Failure::invalid(&message));
    }
    let etag = etag(config, &body);
    let mut answer = Answer::new(200).with("etag", &etag);
    answer.headers.extend(encryption(&upload.headers));
    if let Some((algorithm, value)) = sent.filter(|_| config.echo_checksums) {
        answer = answer.with(algorithm.header(), value);
    }
    let part = Part {
        size: body.size,
        etag,
        md5: body.md5.clone(),
        crc64: body.crc64,
        digest: algorithm.and_then(|algorithm| body.digest(algorithm)),
        body: body.bytes,
        at: SystemTime::now(),
    };
    upload.parts.insert(number, part);
    Ok(answer)
}

pub(crate) fn abort(state: &mut State, request: &Request) -> Result<Answer, Failure> {
    find_mut(state, request)?;
    let id = request.upload_id.as_deref().unwrap_or_default();
    state.uploads.remove(id);
    Ok(Answer::new(204))
}

/// The pending upload that a request names.
pub(crate) fn find<'a>(state: &'a State, request: &Request) -> Result<&'a Upload, Failure> {
    let id = request.upload_id.as_deref().unwrap_or_default();
    let upload = state.uploads.get(id);
    upload
        .filter(|u| belongs(u, request))
        .ok_or_else(no_such_upload)
}

fn find_mut<'a>(state: &'a mut State, request: &Request) -> Result<&'a mut Upload, Failure> {
    let id = request.upload_id.as_deref().unwrap_or_default();
    let upload = state.uploads.get_mut(id);
    upload
        .filter(|u| belongs(u, request))
        .ok_or_else(no_such_upload)
}

fn belongs(upload: &Upload, request: &Request) -> bool {
    upload.bucket == request.bucket && upload.key == request.key
}

fn no_such_upload() -> Failure {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    Failure::new(404, "NoSuchUpload", message)
}
