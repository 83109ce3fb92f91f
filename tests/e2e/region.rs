//! Case 36: the bucket is in another region than the one that was signed for.

use crate::harness::*;
use s3_server::{Fault, Nth, Op, RegionAnswer, Request, Server};

const THERE: &str = "eu-west-3";

fn elsewhere(answer: RegionAnswer) -> Server {
    let server = Server::builder()
        .region(THERE)
        .region_answer(answer)
        .start();
    server.create_bucket(BUCKET);
    server
}

fn region(request: &Request) -> &str {
    let header = request.header("authorization").unwrap();
    let scope = header.split("Credential=").nth(1).unwrap();
    scope.split('/').nth(2).unwrap()
}

#[test]
fn case_36_the_region_that_the_store_names_is_followed() {
    for answer in [RegionAnswer::Malformed400, RegionAnswer::Redirect301] {
        for size in [9, 3 * PART] {
            let (server, bytes) = (elsewhere(answer), noise(size, 36));
            S3stream::put(&server, "bucket/key")
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
            let requests = server.requests();
            assert_eq!(region(&requests[0]), s3_server::REGION);
            assert!(requests[1..].iter().all(|it| region(it) == THERE));
        }
    }
}

#[test]
fn case_36_a_redirect_of_the_moment_is_followed() {
    for op in [Op::CreateMultipartUpload, Op::UploadPart] {
        let (server, bytes) = (server(), noise(PART + 1, 37));
        let fault = Fault::Status {
            status: 307,
            code: "TemporaryRedirect".to_owned(),
            headers: vec![(
                "x-amz-bucket-region".to_owned(),
                s3_server::REGION.to_owned(),
            )],
        };
        server.fail(op, Nth::Call(1), fault);
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn case_36_regions_in_circles_come_to_an_end() {
    let server = server();
    // Of both, the first made is the one that answers.
    for (calls, name) in [(Nth::Every(2), "us-east-1"), (Nth::From(1), "eu-west-1")] {
        let fault = Fault::Status {
            status: 301,
            code: "PermanentRedirect".to_owned(),
            headers: vec![("x-amz-bucket-region".to_owned(), name.to_owned())],
        };
        server.fail(Op::Any, calls, fault);
    }
    S3stream::put(&server, "bucket/key")
        .stdin(noise(9, 38))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "PermanentRedirect"])
        .hint("--region");
    assert_clean(&server);
    assert!(server.requests().len() < 10);
}

#[test]
fn case_36_a_redirect_without_a_region_is_told() {
    let server = server();
    server.fail(
        Op::Any,
        Nth::From(1),
        Fault::status(301, "PermanentRedirect"),
    );
    S3stream::put(&server, "bucket/key")
        .stdin(noise(PART + 1, 39))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "PermanentRedirect"])
        .hint("--region");
    assert_clean(&server);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn case_36_an_object_in_the_way_is_seen_in_the_other_region() {
    // The answer to HEAD has no body; here it names the region in a header.
    for answer in [RegionAnswer::Malformed400, RegionAnswer::Redirect301] {
        for size in [9, PART + 1] {
            let server = Server::builder()
                .region(THERE)
                .region_answer(answer)
                .drop_if_none_match(true)
                .start();
            let old = old_object(&server, "key", size);
            S3stream::put(&server, "bucket/key")
                .arg("--no-overwrite")
                .stdin(noise(size, 40))
                .run()
                .code(4)
                .error(&["s3://bucket/key", "already"]);
            assert_stored(&server, "key", &old);
        }
    }
}

#[test]
fn case_36_an_object_in_the_way_is_seen_where_head_says_nothing() {
    // As Garage answers: only the body of other requests names the region.
    for size in [9, PART + 1] {
        let server = Server::builder()
            .region(THERE)
            .drop_if_none_match(true)
            .start();
        let old = old_object(&server, "key", size);
        server.fail(
            Op::HeadObject,
            Nth::Call(1),
            Fault::status(400, "AuthorizationHeaderMalformed"),
        );
        S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(noise(size, 41))
            .run()
            .code(4)
            .error(&["s3://bucket/key", "already"]);
        assert_stored(&server, "key", &old);
    }
}
