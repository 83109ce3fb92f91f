//! GetObjectTagging, PutObjectTagging, GetObjectRetention, GetObjectLegalHold, GetObjectAcl.

use crate::builder::Config;
use crate::checks::tags;
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::put_object::{kept, lockable};
use crate::read_object::find;
use crate::state::State;
use crate::{BUCKET_OWNER, xml};

pub(crate) fn tagging(state: &State, request: &Request) -> Result<Answer, Failure> {
    let object = find(state, request)?;
    let tags = tags(object.header("x-amz-tagging").unwrap_or_default());
    let tag = |(name, value): &(String, String)| {
        let (name, value) = (xml::element("Key", name), xml::element("Value", value));
        format!("<Tag>{name}{value}</Tag>")
    };
    let set: String = tags.iter().map(tag).collect();
    let text = xml::document("Tagging", &format!("<TagSet>{set}</TagSet>"));
    Ok(Answer::xml(200, text))
}

/// Keeps of the tags what it keeps of those that come with an object.
pub(crate) fn set_tagging(
    config: &Config,
    state: &mut State,
    request: &Request,
) -> Result<Answer, Failure> {
    find(state, request)?;
    let pair = |tag: &str| Some((xml::text(tag, "Key")?, xml::text(tag, "Value")?));
    let pairs: Vec<_> = xml::all(&request.text, "Tag")
        .into_iter()
        .filter_map(pair)
        .collect();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let mut asked = request.clone();
    let tags = query.extend_pairs(pairs).finish();
    asked.headers.insert("x-amz-tagging".to_owned(), tags);
    let kept = kept(config, &asked).remove("x-amz-tagging");
    let bucket = state.buckets.get_mut(&request.bucket);
    if let (Some(bucket), Some(tags)) = (bucket, kept)
        && let Some(object) = bucket.objects.get_mut(&request.key)
    {
        object.headers.insert("x-amz-tagging".to_owned(), tags);
    }
    Ok(Answer::new(200))
}

pub(crate) fn retention(state: &State, request: &Request) -> Result<Answer, Failure> {
    locked(state, request)?;
    let object = find(state, request)?;
    let mode = object.header("x-amz-object-lock-mode");
    let until = object.header("x-amz-object-lock-retain-until-date");
    let (Some(mode), Some(until)) = (mode, until) else {
        return Err(no_lock());
    };
    let inner = [
        xml::element("Mode", mode),
        xml::element("RetainUntilDate", until),
    ];
    let text = xml::document("Retention", &inner.concat());
    Ok(Answer::xml(200, text))
}

pub(crate) fn legal_hold(state: &State, request: &Request) -> Result<Answer, Failure> {
    locked(state, request)?;
    let object = find(state, request)?;
    let status = object.header("x-amz-object-lock-legal-hold");
    let status = xml::element("Status", status.ok_or_else(no_lock)?);
    let text = xml::document("LegalHold", &status);
    Ok(Answer::xml(200, text))
}

/// Of a bucket without Object Lock there is nothing to tell.
fn locked(state: &State, request: &Request) -> Result<(), Failure> {
    if lockable(state, request) {
        return Ok(());
    }
    let message = "Bucket is missing Object Lock Configuration";
    Err(Failure::invalid(message))
}

fn no_lock() -> Failure {
    let message = "The specified object does not have a ObjectLock configuration";
    Failure::new(404, "NoSuchObjectLockConfiguration", message)
}

pub(crate) fn acl(state: &State, request: &Request) -> Result<Answer, Failure> {
    let object = find(state, request)?;
    let groups: &[(&str, &str)] = match object.header("x-amz-acl").unwrap_or("private") {
        "public-read" => &[("AllUsers", "READ")],
        "public-read-write" => &[("AllUsers", "READ"), ("AllUsers", "WRITE")],
        "authenticated-read" => &[("AuthenticatedUsers", "READ")],
        _ => &[],
    };
    let owner = xml::element("ID", BUCKET_OWNER);
    let mut grants = grant("CanonicalUser", &owner, "FULL_CONTROL");
    for (group, permission) in groups {
        let uri = format!("http://acs.amazonaws.com/groups/global/{group}");
        grants.push_str(&grant("Group", &xml::element("URI", &uri), permission));
    }
    let list = format!("<Owner>{owner}</Owner><AccessControlList>{grants}</AccessControlList>");
    Ok(Answer::xml(
        200,
        xml::document("AccessControlPolicy", &list),
    ))
}

fn grant(kind: &str, whom: &str, permission: &str) -> String {
    let space = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let permission = xml::element("Permission", permission);
    format!("<Grant><Grantee {space} xsi:type=\"{kind}\">{whom}</Grantee>{permission}</Grant>")
}
