//! Case 49: what is there already is learned from the bucket's list, and where that can't be believed,
//! by a HEAD for each file.

use crate::harness::*;
use s3_server::{Builder, Fault, Nth, Op, Server};
use std::fs;
use std::path::Path;

const MODES: [&str; 2] = ["--skip-existing", "--skip-unchanged"];

/// A server of those quirks that holds each of the files under `src/`, put there by another tool.
fn holding(builder: Builder, files: &Files) -> Server {
    let server = builder.start();
    server.create_bucket(BUCKET);
    for (name, bytes) in files {
        server.put_object(BUCKET, &format!("src/{name}"), bytes.clone());
    }
    server
}

fn put(server: &Server, mode: &str, folder: &Path) -> S3stream {
    S3stream::put_many(server, "bucket")
        .args(["-r", mode, "src"])
        .current_dir(folder)
}

/// Lists, HEADs and writes.
fn counts(server: &Server) -> (usize, usize, usize) {
    let count = |op| server.count(op);
    (
        count(Op::ListObjectsV2),
        count(Op::HeadObject),
        writes(server),
    )
}

#[test]
fn case_49_what_is_there_is_learned_a_thousand_at_a_time() {
    let files = small(2100);
    let folder = tree(&files);
    for mode in MODES {
        let server = holding(Server::builder(), &files);
        put(&server, mode, folder.path()).run().silent();
        assert_eq!(counts(&server), (3, 0, 0), "{mode}");
    }
}

/// In the order of bytes a.txt lies before a/, which lies before a0; and a list can't show each name as
/// it is.
#[test]
fn case_49_walk_and_list_are_in_one_order_whatever_the_names() {
    let names = [
        "a.txt",
        "a/b",
        "a/b.c/d",
        "a/b/c",
        "a0",
        "a b",
        "a+b",
        "a%41",
        "a&b=c",
        "é/x",
        "\u{1F600}",
        "new\nline",
        "\u{7f}x",
        "Z",
        "z/!",
        "z/~",
        "a-/x",
        "a/-",
    ];
    let files: Files = names
        .iter()
        .filter(|name| **name != "a/b")
        .map(|name| ((*name).to_owned(), name.as_bytes().to_vec()))
        .collect();
    let folder = tree(&files);
    for mode in MODES {
        let server = holding(Server::builder().list_page(2), &files);
        put(&server, mode, folder.path()).run().silent();
        assert_eq!(counts(&server), (files.len().div_ceil(2), 0, 0), "{mode}");
    }
}

#[test]
fn case_49_what_the_list_does_not_have_is_sent() {
    let mut files = small(30);
    let folder = tree(&files);
    let mut there = files.clone();
    there.retain(|name, _| !name.starts_with("d3/"));
    let new = files.len() - there.len();
    for mode in MODES {
        // A list that comes whole, and one of many pages, which might show it late.
        for (page, looked_for) in [(1000, 0), (4, new)] {
            let server = holding(Server::builder().list_page(page), &there);
            put(&server, mode, folder.path()).run().silent();
            let (lists, heads, written) = counts(&server);
            assert_eq!((heads, written), (looked_for, new), "{mode}");
            assert_eq!(lists, there.len().div_ceil(page));
            assert_all_stored(&server, "src/", &files);
        }
    }
    // Another size needs no further request, other bytes of the same size a HEAD.
    let server = holding(Server::builder(), &files);
    for (name, change) in [("d1/f1", 1), ("d2/f2", 0)] {
        let bytes = files.get_mut(name).unwrap();
        bytes[0] ^= 1;
        bytes.extend(vec![0; change]);
        fs::write(folder.path().join("src").join(name), bytes).unwrap();
    }
    put(&server, "--skip-unchanged", folder.path())
        .run()
        .silent();
    assert_eq!(counts(&server), (1, 1, 2));
    assert_all_stored(&server, "src/", &files);
}

/// Some stores list such a key as another one: that it is not in the list says nothing.
#[test]
fn case_49_a_key_that_stores_spell_in_their_own_way_is_asked_for() {
    let names = ["a+b", "a\\b", "plain"];
    let files: Files = names.map(|name| (name.to_owned(), vec![1])).into();
    let folder = tree(&files);
    for mode in MODES {
        let server = holding(Server::builder(), &Files::new());
        put(&server, mode, folder.path()).run().silent();
        assert_eq!(counts(&server), (1, 2, 3), "{mode}");
    }
}

#[test]
fn case_49_a_list_that_cannot_be_believed_is_not() {
    let files = small(9);
    let folder = tree(&files);
    let rewritten = |element, text: Option<&str>| Fault::Rewritten {
        element,
        text: text.map(ToOwned::to_owned),
    };
    let first = hex("src/d0/f0");
    let faults = [
        ("denied", Nth::From(1), Fault::status(403, "AccessDenied")),
        (
            "unknown",
            Nth::From(1),
            Fault::status(501, "NotImplemented"),
        ),
        (
            "denied later",
            Nth::Call(2),
            Fault::status(403, "AccessDenied"),
        ),
        (
            "a page of HTML",
            Nth::From(1),
            Fault::Instead {
                act: false,
                status: 200,
                body: "<html><body>Welcome</body></html>".to_owned(),
            },
        ),
        ("the other way round", Nth::Call(2), Fault::Reversed),
        ("too few", Nth::Call(2), rewritten("Contents", None)),
        (
            "more than it shows",
            Nth::Call(1),
            rewritten("KeyCount", Some("9")),
        ),
        (
            "no way to go on",
            Nth::Call(1),
            rewritten("NextContinuationToken", None),
        ),
        ("no size", Nth::Call(1), rewritten("Size", None)),
        (
            "its beginning again",
            Nth::From(1),
            rewritten("NextContinuationToken", Some(&first)),
        ),
        (
            "another key",
            Nth::Call(2),
            rewritten("Key", Some("src/d0/e")),
        ),
    ];
    for mode in MODES {
        for (what, nth, fault) in faults.clone() {
            let server = holding(Server::builder().list_page(3), &files);
            server.fail(Op::ListObjectsV2, nth, fault);
            put(&server, mode, folder.path()).run().silent();
            let (lists, heads, written) = counts(&server);
            assert_eq!(written, 0, "{mode}: {what}");
            assert!(heads > 0 && lists <= 3, "{mode}: {what}: {heads} {lists}");
        }
    }
    // Nor does it make a file that is not there one that is.
    let server = holding(Server::builder().list_page(3), &Files::new());
    let fault = rewritten("KeyCount", Some("9"));
    server.fail(Op::ListObjectsV2, Nth::From(1), fault);
    put(&server, "--skip-existing", folder.path())
        .run()
        .silent();
    assert_all_stored(&server, "src/", &files);
}

/// A list that ends with a full page may end too soon, whatever it says.
#[test]
fn case_49_a_full_last_page_is_no_proof_that_nothing_follows() {
    let files = small(9);
    let folder = tree(&files);
    let server = holding(Server::builder().list_page(3), &files);
    let body = page_that_ends(&server);
    let ends = Fault::Instead {
        act: false,
        status: 200,
        body,
    };
    server.fail(Op::ListObjectsV2, Nth::From(1), ends);
    let before = counts(&server).1;
    put(&server, "--skip-existing", folder.path())
        .run()
        .silent();
    let (_, heads, written) = counts(&server);
    assert_eq!((heads - before, written), (6, 0));
}

/// The first three objects, as a store lists them that says it has no more.
fn page_that_ends(server: &Server) -> String {
    let objects = server.keys(BUCKET).into_iter().take(3).map(|key| {
        let size = server.object(BUCKET, &key).unwrap().size;
        format!("<Contents><Key>{key}</Key><Size>{size}</Size></Contents>")
    });
    let objects: String = objects.collect();
    format!(
        "<ListBucketResult><KeyCount>3</KeyCount><MaxKeys>3</MaxKeys>\
         <IsTruncated>false</IsTruncated>{objects}</ListBucketResult>"
    )
}

/// With KMS an ETag is no MD5, and a list does not say so.
#[test]
fn case_49_an_etag_that_is_no_md5_does_not_make_an_object_another() {
    let mut files = small(40);
    files.insert("large".to_owned(), noise(2 * PART + 5, 49));
    let folder = tree(&files);
    let server = Server::builder().default_kms(true).start();
    server.create_bucket(BUCKET);
    let run = || put(&server, "--skip-unchanged", folder.path());
    run().run().silent();
    let sent = writes(&server);
    let before = counts(&server);
    run().run().silent();
    let after = counts(&server);
    assert_eq!(after.2, sent);
    assert_eq!(
        after.1 - before.1,
        files.len() + 1,
        "a HEAD for each, and one for the part size"
    );
    // What did change is sent.
    files.get_mut("d1/f1").unwrap()[0] ^= 1;
    fs::write(folder.path().join("src/d1/f1"), &files["d1/f1"]).unwrap();
    run().run().silent();
    assert_eq!(writes(&server), sent + 1);
    assert_all_stored(&server, "src/", &files);
}

/// Whatever part size it was sent with, if that is a usual one.
#[test]
fn case_49_an_etag_of_parts_is_compared_without_another_request() {
    let large = noise(2 * PART + 5, 48);
    let files: Files = [("large".to_owned(), large.clone())].into();
    let folder = tree(&files);
    for (part_size, heads) in [("5MiB", 0), ("8MiB", 0), ("9MiB", 2)] {
        let server = server();
        S3stream::put(&server, "bucket/src/large")
            .args(["--part-size", part_size])
            .stdin(large.clone())
            .run()
            .silent();
        let sent = (writes(&server), counts(&server).1);
        put(&server, "--skip-unchanged", folder.path())
            .run()
            .silent();
        let now = counts(&server);
        assert_eq!((now.2 - sent.0, now.1 - sent.1), (0, heads), "{part_size}");
    }
}

#[test]
fn case_49_each_folder_has_a_list_and_a_named_file_a_head() {
    let files = small(21);
    let folder = tree(&files);
    let server = server();
    let run = || {
        S3stream::put_many(&server, "bucket/p/")
            .args(["-r", "--skip-existing", "d4", "d1/f1", "d2", "d0/f0"])
            .current_dir(folder.path().join("src"))
    };
    run().run().silent();
    let (sent, before) = (writes(&server), counts(&server));
    run().run().silent();
    let lists = server.requests_of(Op::ListObjectsV2);
    let prefixes: Vec<_> = lists.iter().map(|it| it.query["prefix"].as_str()).collect();
    assert_eq!(prefixes[2..], ["p/d2/", "p/d4/"]);
    assert_eq!((writes(&server), counts(&server).1 - before.1), (sent, 2));
}

/// Files that a list of names gives in any order have a HEAD each, as do few files among many objects.
#[test]
fn case_49_a_list_that_would_cost_more_is_left() {
    let files = small(12);
    let folder = tree(&files);
    let server = holding(Server::builder(), &files);
    let names: String = files.keys().map(|name| format!("src/{name}\n")).collect();
    S3stream::put_many(&server, "bucket")
        .args(["--skip-existing", "--files-from", "-"])
        .current_dir(folder.path())
        .stdin(names)
        .run()
        .silent();
    assert_eq!(counts(&server), (0, 12, 0));

    let mut more = small(0);
    for n in 0..30 {
        more.insert(format!("d0/a{n}"), noise(1, n));
    }
    more.extend(files);
    let server = holding(Server::builder().list_page(1), &more);
    put(&server, "--skip-existing", folder.path())
        .run()
        .silent();
    assert_eq!(counts(&server), (8, 12, 0));
}

/// What a wrong answer about a bucket that is not there leads to is what it led to without a list.
#[test]
fn case_75_a_missing_bucket_ends_the_run_soon() {
    let folder = tree(&small(300));
    for mode in MODES {
        let server = Server::start();
        put(&server, mode, folder.path())
            .run()
            .code(1)
            .error(&["NoSuchBucket"])
            .hint("create the bucket");
        let sent = server.requests().len();
        assert_eq!(sent, 1, "the list says it");
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}
