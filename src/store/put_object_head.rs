//! The head of a PutObject, made of an earlier one: what differs between two objects is put in its place.
//!
//! The SDK fills, checks and writes an input of sixty fields for each. Of a small object, that is a good
//! part of the work.

use super::data_request::PutObjectRequest;
use super::request_options::RequestOptions;
use crate::checksum::{Algorithm, Checksum};
use crate::config::{ContentType, TOKEN};
use aws_smithy_http::label::{EncodingStrategy, fmt_string};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_types::body::SdkBody;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use std::fmt;
use std::sync::Arc;

/// What the SDK says of a key that tells no type.
const NO_TYPE: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// What a PutObject was made by, and what the SDK made of it.
pub(super) struct PutObjectHead {
    made_by: MadeBy,
    headers: HeaderMap,
    /// What follows the key in the URI.
    query: String,
    token: HeaderName,
    checksum: Option<HeaderName>,
}

/// What else the head of a PutObject depends on, beside its object.
#[derive(Debug)]
pub(super) struct MadeBy {
    options: RequestOptions,
    algorithm: Option<Algorithm>,
}

impl fmt::Debug for PutObjectHead {
    /// Headers may hold a customer's key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PutObjectHead")
    }
}

impl MadeBy {
    fn is_that_of(&self, request: &PutObjectRequest<'_>) -> bool {
        let (one, two) = (&self.options, request.options);
        let checksum = request.part.digests.checksum.as_ref();
        Arc::ptr_eq(&one.connection, &two.connection)
            && Arc::ptr_eq(&one.object, &two.object)
            && one.no_overwrite == two.no_overwrite
            && self.algorithm == checksum.map(|it| it.algorithm)
    }
}

impl PutObjectRequest<'_> {
    /// What the head depends on, beside the object.
    pub(super) fn made_by(&self) -> MadeBy {
        MadeBy {
            options: self.options.clone(),
            algorithm: self.part.digests.checksum.as_ref().map(|it| it.algorithm),
        }
    }
}

impl PutObjectHead {
    /// That of a request for the object `key`, as the SDK `wrote` it; `None` where others can't be made
    /// of it.
    pub(super) fn new(made_by: MadeBy, key: &str, wrote: &Request<SdkBody>) -> Option<Self> {
        let path = wrote.uri().to_string();
        let query = path.strip_prefix(&encoded(key))?.to_owned();
        let headers = wrote.headers().clone();
        let token = HeaderName::try_from(format!("x-amz-meta-{TOKEN}")).ok()?;
        let checksum = made_by.algorithm.map(checksum_header);
        let replaced = [&CONTENT_LENGTH, &CONTENT_TYPE, &token];
        let all_are_there =
            (replaced.into_iter().chain(&checksum)).all(|it| headers.contains_key(it));
        if !all_are_there {
            return None;
        }
        Some(Self {
            made_by,
            headers,
            query,
            token,
            checksum,
        })
    }

    /// Whether the head of `request` can be made of this one.
    pub(super) fn serves(&self, request: &PutObjectRequest<'_>) -> bool {
        self.made_by.is_that_of(request)
    }

    /// What the SDK would write.
    ///
    /// # Errors
    /// When it is nothing that http can carry.
    pub(super) fn write(
        &self,
        request: PutObjectRequest<'_>,
    ) -> Result<Request<SdkBody>, BoxError> {
        let PutObjectRequest {
            options,
            destination,
            part,
            token,
            body,
            acknowledged: _,
            needs_sdk: _,
        } = request;
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_LENGTH, part.size().into());
        if options.object.content_type == ContentType::Guessed {
            let guess = options.object.content_type_of(&destination.key);
            let guess = guess.map(HeaderValue::try_from).transpose()?;
            headers.insert(CONTENT_TYPE, guess.unwrap_or(NO_TYPE));
        }
        headers.insert(&self.token, HeaderValue::from_str(token)?);
        let checksum = part.digests.checksum.as_ref().map(Checksum::base64);
        if let Some((name, value)) = self.checksum.as_ref().zip(checksum) {
            headers.insert(name, HeaderValue::try_from(value)?);
        }
        let mut written = Request::new(SdkBody::from_body_1_x(body));
        *written.method_mut() = Method::PUT;
        *written.uri_mut() = Uri::try_from(encoded(&destination.key) + &self.query)?;
        *written.headers_mut() = headers;
        Ok(written)
    }
}

/// The path of a key, as the SDK writes it.
fn encoded(key: &str) -> String {
    format!("/{}", fmt_string(key, EncodingStrategy::Greedy))
}

fn checksum_header(algorithm: Algorithm) -> HeaderName {
    HeaderName::from_static(match algorithm {
        Algorithm::Sha256 => "x-amz-checksum-sha256",
        Algorithm::Sha1 => "x-amz-checksum-sha1",
        Algorithm::Crc64Nvme => "x-amz-checksum-crc64nvme",
        Algorithm::Crc32c => "x-amz-checksum-crc32c",
        Algorithm::Crc32 => "x-amz-checksum-crc32",
        Algorithm::Md5 | Algorithm::None => "content-md5",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Hashing;
    use crate::config::{Connection, Destination, ObjectOptions};
    use crate::part::{Part, Payload};
    use crate::progress::UploadProgress;
    use crate::store::part_body::PartBody;
    use aws_sdk_s3::config::ConfigBag;
    use aws_sdk_s3::operation::put_object::PutObject;
    use aws_smithy_runtime_api::client::interceptors::context::Input;
    use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin as _;
    use aws_smithy_runtime_api::client::ser_de::{SerializeRequest as _, SharedRequestSerializer};
    use proptest::prelude::*;

    fn options(object: ObjectOptions) -> RequestOptions {
        RequestOptions {
            connection: Arc::new(Connection::default()),
            object: Arc::new(object),
            no_overwrite: true,
            signed_payload: false,
        }
    }

    /// An object, and what its request is made of.
    fn object(key: &str, bytes: &[u8], algorithm: Algorithm) -> (Destination, Part) {
        let hashing = Hashing {
            algorithm,
            payload_sha256: false,
        };
        let part = Part {
            number: 1,
            payload: Payload::Held(bytes.to_vec().into()),
            digests: hashing.digest(bytes),
        };
        let destination = Destination {
            bucket: "bucket".to_owned(),
            key: key.to_owned(),
        };
        (destination, part)
    }

    fn request<'a>(
        options: &'a RequestOptions,
        (destination, part): &'a (Destination, Part),
        token: &'a str,
    ) -> PutObjectRequest<'a> {
        let progress = Arc::new(UploadProgress::default()).part(1, part.size());
        let body = PartBody::new(&part.payload, progress.attempt(), None, None);
        PutObjectRequest {
            options,
            destination,
            part,
            token,
            body,
            acknowledged: None,
            needs_sdk: false,
        }
    }

    fn by_the_sdk(request: PutObjectRequest<'_>) -> Request<SdkBody> {
        let operation = PutObject::new().config().unwrap();
        let serializer = operation.load::<SharedRequestSerializer>().unwrap();
        let input = Input::erase(request.input().build().unwrap());
        let written = serializer.serialize_input(input, &mut ConfigBag::base());
        written.unwrap().try_into_http1x().unwrap()
    }

    proptest! {
        #[test]
        fn it_is_what_the_sdk_writes(
            keys in prop::array::uniform2("[ -~\u{e0}-\u{ff}]{1,30}(\\.html|\\.tar\\.gz|\\.nothing)?"),
            bytes in prop::array::uniform2(prop::collection::vec(any::<u8>(), 0..50)),
            algorithm in prop::sample::select(Algorithm::all().collect::<Vec<_>>()),
            content_type in prop::sample::select(vec![
                ContentType::Guessed,
                ContentType::Unset,
                ContentType::Given("text/x-given".to_owned()),
            ]),
            metadata in prop::collection::vec(("[a-z]{1,8}", "[!-~]{1,20}"), 0..3),
        ) {
            let options = options(ObjectOptions { content_type, metadata, ..ObjectOptions::default() });
            let first = object(&keys[0], &bytes[0], algorithm);
            let second = object(&keys[1], &bytes[1], algorithm);
            let first = request(&options, &first, "0123");
            let made_by = first.made_by();
            let head = PutObjectHead::new(made_by, &keys[0], &by_the_sdk(first)).unwrap();
            prop_assert!(head.serves(&request(&options, &second, "4567")));
            let written = head.write(request(&options, &second, "4567")).unwrap();
            let expected = by_the_sdk(request(&options, &second, "4567"));
            prop_assert_eq!(written.uri(), expected.uri());
            prop_assert_eq!(written.method(), expected.method());
            prop_assert_eq!(written.headers(), expected.headers());
            prop_assert_eq!(written.body().content_length(), expected.body().content_length());
        }
    }

    #[test]
    fn it_serves_what_was_made_by_the_same_alone() {
        let same = options(ObjectOptions::default());
        let first = object("key", b"bytes", Algorithm::Sha256);
        let made = request(&same, &first, "0");
        let made_by = made.made_by();
        let head = PutObjectHead::new(made_by, "key", &by_the_sdk(made)).unwrap();
        assert!(head.serves(&request(&same.clone(), &first, "1")));
        let other_object = RequestOptions {
            object: Arc::new(ObjectOptions::default()),
            ..same.clone()
        };
        let other_connection = RequestOptions {
            connection: Arc::new(Connection::default()),
            ..same.clone()
        };
        let overwrites = RequestOptions {
            no_overwrite: false,
            ..same.clone()
        };
        for other in [other_object, other_connection, overwrites] {
            assert!(!head.serves(&request(&other, &first, "1")));
        }
        let other_checksum = object("key", b"bytes", Algorithm::Md5);
        assert!(!head.serves(&request(&same, &other_checksum, "1")));
    }
}
