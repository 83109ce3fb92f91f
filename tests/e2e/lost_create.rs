//! Cases 63 and 64: a Create whose answer is lost or can't be read leaves no upload that nobody names.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};

const SIZE: usize = PART + 1;
const CREATE: Op = Op::CreateMultipartUpload;

fn put(server: &Server) -> S3stream {
    S3stream::put(server, "bucket/key")
        .args(["--retries", "2"])
        .stdin(noise(SIZE, 63))
}

/// The ids of the uploads that the server still has.
fn pending(server: &Server) -> Vec<String> {
    server.uploads().into_iter().map(|it| it.id).collect()
}

/// An upload of the same key that another process began an hour ago.
fn another_s(server: &Server) -> String {
    let id = server.begin_upload(BUCKET, "key");
    server.age_uploads(std::time::Duration::from_secs(3600));
    id
}

fn lost() -> [Fault; 4] {
    let page = "<html>nonsense".to_owned();
    [
        Fault::ActThenReset,
        Fault::ActThenNeverAnswer,
        Fault::bare(true, 500),
        Fault::Instead {
            act: true,
            status: 504,
            body: page,
        },
    ]
}

#[test]
fn case_63_an_upload_whose_create_was_lost_once_is_named_and_left() {
    for fault in lost() {
        let server = server();
        let other = another_s(&server);
        server.fail(CREATE, Nth::Call(1), fault.clone());
        let run = put(&server).impatient_with(&fault).run().code(0);
        let left = pending(&server);
        assert_eq!(left.len(), 2, "{fault:?}: {run}");
        assert!(
            left.contains(&other),
            "{fault:?}: another's upload was touched"
        );
        let ours = left.iter().find(|id| **id != other).unwrap();
        assert!(run.stderr.starts_with("warning: "), "{fault:?}: {run}");
        assert!(run.stderr.contains(ours.as_str()), "{fault:?}: {run}");
        assert!(
            run.stderr
                .contains("s3stream uploads abort bucket/key --upload-id "),
            "{run}"
        );
        run.without(&other);
        assert_eq!(server.object(BUCKET, "key").unwrap().size, SIZE as u64);
    }
}

#[test]
fn case_63_uploads_whose_creates_were_all_lost_are_named() {
    for fault in lost() {
        let server = server();
        let other = another_s(&server);
        server.fail(CREATE, Nth::From(1), fault.clone());
        let run = put(&server).impatient_with(&fault).run().code(1);
        let run = run.error(&["CreateMultipartUpload"]);
        for id in pending(&server) {
            let named = run.stderr.contains(&id);
            assert_eq!(named, id != other, "{fault:?}: {id} {run}");
        }
        assert_eq!(server.count(Op::AbortMultipartUpload), 0);
        assert_eq!(server.count(CREATE), 3, "{fault:?}");
    }
}

#[test]
fn case_63_after_a_clear_refusal_nothing_is_looked_for() {
    let server = server();
    server.fail(CREATE, Nth::From(1), Fault::status(403, "AccessDenied"));
    put(&server).run().code(1).error(&["AccessDenied"]);
    assert_eq!(server.count(Op::ListMultipartUploads), 0);
}

#[test]
fn case_63_a_signal_while_create_is_under_way_names_what_it_made() {
    let server = server();
    server.fail(CREATE, Nth::From(1), Fault::ActThenNeverAnswer);
    let run = put(&server).start();
    assert!(server.wait_for_ended(CREATE, 1, PATIENCE));
    run.signal(Signal::SIGTERM);
    let id = pending(&server).remove(0);
    run.wait().signal(Signal::SIGTERM).hint(&id);
}

#[test]
fn case_64_an_answer_that_cannot_be_read_is_not_asked_for_again() {
    for body in ["<html>welcome</html>", "", "<a>\u{7}</a>", "{}"] {
        let server = server();
        let body = body.to_owned();
        server.fail(
            CREATE,
            Nth::From(1),
            Fault::Instead {
                act: true,
                status: 200,
                body,
            },
        );
        let run = put(&server)
            .run()
            .code(1)
            .error(&["CreateMultipartUpload", "can't be read"]);
        assert_eq!(server.count(CREATE), 1, "{run}");
        run.hint(&pending(&server)[0]);
    }
}

#[test]
fn case_64_a_key_of_which_no_xml_can_speak() {
    let server = server();
    let key = "k\u{7}\u{1b}/a+b c&d=e";
    server.fail(CREATE, Nth::Call(1), Fault::ActThenReset);
    let run = S3stream::put(&server, &format!("bucket/{key}"))
        .stdin(noise(SIZE, 64))
        .run()
        .code(1)
        .error(&["CreateMultipartUpload", "can't be read"]);
    // The first answer was lost, the second can't be read.
    let left = pending(&server);
    assert_eq!(left.len(), 2, "{run}");
    left.iter().fold(run, |run, id| run.hint(id));
}
