//! PutObject's answer, where it says no more than most do. The SDK looks for each of two dozen headers,
//! which of a small object is a good part of the work.

use aws_sdk_s3::operation::put_object::PutObjectOutput;
use aws_sdk_s3::types::{ChecksumType, ServerSideEncryption};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// What the SDK would read, but for the ids of the request; `None` where that has to be left to it.
pub(super) fn read(answer: &HttpResponse) -> Option<PutObjectOutput> {
    if !answer.status().is_success() {
        return None;
    }
    let mut output = PutObjectOutput::builder();
    for (name, value) in answer.headers().iter_bytes() {
        if !name.starts_with("x-amz-") && name != "etag" {
            continue;
        }
        let value = std::str::from_utf8(value).ok()?;
        let (is_first, with_it) = match name {
            "x-amz-request-id" | "x-amz-id-2" => continue,
            "etag" => (output.get_e_tag().is_none(), output.e_tag(value)),
            "x-amz-version-id" => (output.get_version_id().is_none(), output.version_id(value)),
            "x-amz-checksum-type" => (
                output.get_checksum_type().is_none(),
                output.checksum_type(ChecksumType::from(value)),
            ),
            "x-amz-checksum-sha256" => (
                output.get_checksum_sha256().is_none(),
                output.checksum_sha256(value),
            ),
            "x-amz-checksum-crc64nvme" => (
                output.get_checksum_crc64_nvme().is_none(),
                output.checksum_crc64_nvme(value),
            ),
            "x-amz-server-side-encryption" => (
                output.get_server_side_encryption().is_none(),
                output.server_side_encryption(ServerSideEncryption::from(value)),
            ),
            _ => return None,
        };
        // Of two with one name, the SDK makes an error.
        if !is_first {
            return None;
        }
        output = with_it;
    }
    Some(output.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::config::ConfigBag;
    use aws_sdk_s3::operation::put_object::PutObject;
    use aws_smithy_runtime_api::client::interceptors::context::Output;
    use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin as _;
    use aws_smithy_runtime_api::client::ser_de::{
        DeserializeResponse as _, SharedResponseDeserializer,
    };
    use aws_smithy_types::body::SdkBody;

    const ETAG: (&str, &str) = ("ETag", "\"9a0364b9e99bb480dd25e1f0284c8555\"");

    fn answer(status: u16, headers: &[(&str, &str)]) -> HttpResponse {
        let mut answer = http::Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, value.as_bytes());
        }
        let answer = answer.body(SdkBody::empty()).unwrap();
        HttpResponse::try_from(answer).unwrap()
    }

    fn read_by_sdk(answer: &HttpResponse) -> PutObjectOutput {
        let layer = PutObject::new().config().unwrap();
        let deserializer = layer.load::<SharedResponseDeserializer>().unwrap();
        let read = deserializer.deserialize_nonstreaming_with_config(answer, &ConfigBag::base());
        read.map(Output::downcast).unwrap().unwrap()
    }

    #[test]
    fn what_is_read_is_what_the_sdk_reads() {
        let usual = [
            ETAG,
            ("date", "Sat, 28 Nov 2026 05:00:00 GMT"),
            ("x-amz-version-id", "3sL4kqtJlcpXroDTDmJ"),
            ("x-amz-server-side-encryption", "AES256"),
            ("x-amz-checksum-type", "FULL_OBJECT"),
            ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="),
            (
                "x-amz-checksum-sha256",
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            ),
        ];
        for headers in [&usual[..0], &usual[..1], &usual] {
            let answer = answer(200, headers);
            assert_eq!(read(&answer), Some(read_by_sdk(&answer)), "{headers:?}");
        }
        let ids = [
            ETAG,
            ("x-amz-request-id", "4442587FB7D0A2F9"),
            ("x-amz-id-2", "vlR7PnpV2Ce"),
        ];
        assert_eq!(read(&answer(200, &ids)), read(&answer(200, &ids[..1])));
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_left_to_the_sdk() {
        let kms = (
            "x-amz-server-side-encryption-aws-kms-key-id",
            "arn:aws:kms:key",
        );
        for headers in [[ETAG, ETAG], [ETAG, kms]] {
            assert_eq!(read(&answer(200, &headers)), None, "{headers:?}");
        }
        assert_eq!(read(&answer(503, &[ETAG])), None);
    }
}
