//! From an admitted request and its body to the operation.

use std::time::Instant;

use super::builder::Config;
use super::checks::verify;
use super::digest::Body;
use super::failure::Failure;
use super::http::Answer;
use super::log::Request;
use super::route::Op;
use super::state::State;
use super::{attributes, complete, list, multipart, put, read};

/// Verifies the body, then does what the request asks for; the request learns what was verified.
pub(super) fn act(
    config: &Config,
    state: &mut State,
    request: &mut Request,
    body: Body,
) -> Result<Answer, Failure> {
    let checks = verify(request, &body)?;
    request.checks.extend(checks);
    let request = &*request;
    match request.op {
        Op::CreateBucket => return list::create_bucket(state, request),
        Op::ListBuckets => return Ok(list::buckets(state)),
        _ => {}
    }
    if !state.buckets.contains_key(&request.bucket) {
        let message = "The specified bucket does not exist";
        let extra = super::xml::element("BucketName", &request.bucket);
        return Err(Failure::new(404, "NoSuchBucket", message).extra(&extra));
    }
    limit_writes(config, state, request.op)?;
    if request.key.len() > 1024 {
        let message = "Your key is too long";
        return Err(Failure::new(400, "KeyTooLongError", message));
    }
    match request.op {
        Op::PutObject => put::put_object(config, state, request, body),
        Op::CreateMultipartUpload => multipart::create(config, state, request),
        Op::UploadPart => multipart::upload_part(config, state, request, body),
        Op::CompleteMultipartUpload => complete::complete(config, state, request, &body),
        Op::AbortMultipartUpload => multipart::abort(state, request),
        Op::ListMultipartUploads => Ok(list::uploads(config, state, request)),
        Op::ListParts => list::parts(state, request),
        Op::HeadObject => read::head(config, state, request),
        Op::GetObject => read::get(config, state, request),
        Op::GetObjectTagging => attributes::tagging(state, request),
        Op::PutObjectTagging => attributes::set_tagging(config, state, request),
        Op::GetObjectRetention => attributes::retention(state, request),
        Op::GetObjectLegalHold => attributes::legal_hold(state, request),
        Op::GetObjectAcl => attributes::acl(state, request),
        Op::DeleteObject => Ok(read::delete(state, request)),
        Op::HeadBucket => Ok(list::head_bucket(config)),
        Op::ListObjectsV2 => Ok(list::objects(state, request)),
        Op::CreateBucket | Op::ListBuckets | Op::Any | Op::Other => {
            Err(Failure::not_implemented("Not implemented"))
        }
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
