//! From an admitted request and its body to the operation.

use std::time::Instant;

use crate::builder::Config;
use crate::checks::verify;
use crate::digest::Body;
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::route::Op;
use crate::state::State;
use crate::{
    attributes, bucket, completion, listing, multipart, object_parts, put_object, read_object,
    versions,
};

/// Verifies the body, then does what the request asks for; the request learns what was verified.
pub(crate) fn act(
    config: &Config,
    state: &mut State,
    request: &mut Request,
    body: Body,
) -> Result<Answer, Failure> {
    if !config.ignore_checksums {
        let checks = verify(request, &body)?;
        request.checks.extend(checks);
    }
    let request = &*request;
    if !state.buckets.contains_key(&request.bucket) {
        let message = "The specified bucket does not exist";
        let extra = crate::xml::element("BucketName", &request.bucket);
        return Err(Failure::new(404, "NoSuchBucket", message).extra(&extra));
    }
    limit_writes(config, state, request.op)?;
    if request.key.len() > 1024 {
        let message = "Your key is too long";
        return Err(Failure::new(400, "KeyTooLongError", message));
    }
    match request.op {
        Op::PutObject => put_object::put_object(config, state, request, body),
        Op::CreateMultipartUpload => multipart::create(config, state, request),
        Op::UploadPart => multipart::upload_part(config, state, request, body),
        Op::CompleteMultipartUpload => completion::complete(config, state, request, &body),
        Op::AbortMultipartUpload => multipart::abort(state, request),
        Op::ListMultipartUploads => Ok(listing::uploads(config, state, request)),
        Op::ListObjectsV2 => listing::objects(config, state, request),
        Op::ListParts => listing::parts(config, state, request),
        Op::HeadObject => read_object::head(config, state, request),
        Op::GetObject => read_object::get(config, state, request),
        Op::GetObjectAttributes => object_parts::attributes(config, state, request),
        Op::GetObjectTagging => attributes::tagging(state, request),
        Op::PutObjectTagging => attributes::set_tagging(config, state, request),
        Op::GetObjectRetention => attributes::retention(state, request),
        Op::GetObjectLegalHold => attributes::legal_hold(state, request),
        Op::GetObjectAcl => attributes::acl(state, request),
        Op::DeleteObject => versions::delete(state, request),
        Op::ListObjectVersions => Ok(versions::list(state, request)),
        Op::HeadBucket => Ok(bucket::head(config)),
        Op::GetBucketVersioning => Ok(bucket::versioning(state, request)),
        Op::GetObjectLockConfiguration => bucket::object_lock(state, request),
        Op::GetBucketEncryption => Ok(bucket::encryption(state, request)),
        Op::GetBucketLifecycleConfiguration => bucket::lifecycle(state, request),
        Op::Any | Op::Other => Err(Failure::not_implemented("Not implemented")),
    }
}

fn limit_writes(config: &Config, state: &mut State, op: Op) -> Result<(), Failure> {
    let writes = [
        Op::PutObject,
        Op::UploadPart,
        Op::CreateMultipartUpload,
        Op::CompleteMultipartUpload,
    ];
    let Some((most, each)) = config.write_limit.filter(|_| writes.contains(&op)) else {
        return Ok(());
    };
    let (began, count) = state.writes.get_or_insert_with(|| (Instant::now(), 0));
    if began.elapsed() >= each {
        (*began, *count) = (Instant::now(), 0);
    }
    *count += 1;
    if *count <= most {
        return Ok(());
    }
    Err(Failure::new(
        503,
        "SlowDown",
        "Please reduce your request rate.",
    ))
}
