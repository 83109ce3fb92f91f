//! How fast, and for how long at most.

use crate::harness::*;
use s3_server::{Fault, Hold, Nth, Op, Server, Storage};
use std::time::{Duration, Instant};

#[test]
fn a_rate_is_kept() {
    let server = server();
    let bytes = noise(2 * MIB, 1);
    let outcome = S3stream::put(&server, "bucket/key")
        .args(["--limit-rate", "1MiB"])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    // The last frame, an eighth of a second's worth, need not wait for its own time to pass.
    assert!(outcome.took > Duration::from_millis(1500), "{outcome}");
}

#[test]
fn a_rate_is_that_of_all_workers_and_none_of_them_starves() {
    let server = server();
    let bytes = noise(8 * PART, 2);
    let outcome = S3stream::put(&server, "bucket/key")
        .args(["--limit-rate", "10MiB", "--workers", "8"])
        .args(["--stall-timeout", "1s"])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.count(Op::UploadPart), 8);
    assert!(outcome.took > Duration::from_secs(3), "{outcome}");
}

#[test]
fn a_run_has_its_time() {
    for (op, size) in [
        (Op::PutObject, 1),
        (Op::UploadPart, PART + 1),
        (Op::CreateMultipartUpload, PART + 1),
    ] {
        let server = server();
        server.fail(op, Nth::From(1), Fault::NeverAnswer);
        S3stream::put(&server, "bucket/key")
            .args(["--timeout", "700ms"])
            .stdin(noise(size, 3))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "--timeout 700ms"]);
        assert_clean(&server);
    }
}

#[test]
fn a_run_has_its_time_though_standard_input_stays_open() {
    for size in [0, 1, PART + 1] {
        let server = server();
        let (mut feed, stdin) = pipe();
        let bytes = noise(size, 4);
        let feeder = std::thread::spawn(move || {
            use std::io::Write as _;
            let _ = feed.write_all(&bytes);
            feed
        });
        S3stream::put(&server, "bucket/key")
            .args(["--timeout", "700ms"])
            .stdin_handle(stdin)
            .run()
            .code(1)
            .error(&["s3://bucket/key", "--timeout 700ms"]);
        assert_clean(&server);
        drop(feeder.join());
    }
}

fn pipe() -> (std::fs::File, std::process::Stdio) {
    let (read, write) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).unwrap();
    (write.into(), read.into())
}

/// A store that takes its time over each request: only more of them at a time make it faster. Far more than
/// it takes to send them, however busy the machine is.
#[test]
fn workers_auto_tries_more_while_that_helps() {
    let server = server();
    let late = Fault::Delay(Duration::from_millis(500));
    server.fail(Op::PutObject, Nth::Every(1), late);
    let files = small(400);
    let folder = tree(&files);
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", "auto"]);
    run.arg(folder.path().join("src")).run().silent();
    assert_all_stored(&server, "src/", &files);
    let most = server.max_in_flight();
    assert!((65..=512).contains(&most), "{most} at once");
}

/// Connections so slow that a part takes seconds: with all of them in flight the parts are still their first
/// ones. As many parts as that needs; if it began with one lot after the other, fewer would be left.
#[test]
fn where_connections_are_slow_more_are_tried_before_the_first_parts_are_stored() {
    const PARTS: usize = 17;
    let server = Server::builder()
        .storage(Storage::Digest)
        .read_rate(2 * MIB as u64)
        .start();
    server.create_bucket(BUCKET);
    let bytes = noise(PARTS * PART, 6);
    let run = S3stream::put(&server, "bucket/key").stdin(bytes.clone());
    run.args(["--part-size", "5MiB"]).run().silent();
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &bytes);
    assert_eq!(server.object(BUCKET, "key").unwrap().crc64nvme, crc);
    let most = server.max_in_flight();
    assert!((PARTS - 3..=PARTS).contains(&most), "{most} at once");
}

/// Memory bounds the parts that are held: at the most in flight, those read ahead are among them.
#[test]
fn workers_auto_keeps_to_the_memory() {
    let server = Server::builder()
        .storage(Storage::Digest)
        .read_rate(4 * MIB as u64)
        .start();
    server.create_bucket(BUCKET);
    let bytes = noise(30 * PART, 7);
    let run = S3stream::put(&server, "bucket/key").stdin(bytes.clone());
    let run = run.args(["--part-size", "5MiB", "--max-memory", "55MiB"]);
    run.run().silent();
    assert_eq!(
        server.object(BUCKET, "key").unwrap().size,
        bytes.len() as u64
    );
    let most = server.max_in_flight();
    assert!((5..=11).contains(&most), "{most} at once");
}

/// A store of which each request takes far longer than the source does for its bytes, however busy
/// the machine is: a lot of requests is answered once it has waited for several times as long as it
/// took to come.
#[test]
fn without_a_word_on_workers_more_are_tried_while_that_helps() {
    const PARTS: usize = 20;
    /// Those at a time that a run begins with.
    const FIRST: usize = 4;
    let server = Server::builder().storage(Storage::Digest).start();
    server.create_bucket(BUCKET);
    let holds: Vec<_> = (1..=PARTS)
        .map(|call| server.hold(Op::UploadPart, Nth::Call(call)))
        .collect();
    let bytes = noise(PARTS * PART, 5);
    let run = S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .start();
    let mut answered = 0;
    while answered < PARTS {
        let began = Instant::now();
        let lot = (answered + FIRST).min(PARTS);
        assert!(server.wait_for(Op::UploadPart, lot, PATIENCE));
        std::thread::sleep(began.elapsed().max(Duration::from_millis(60)) * 5);
        let come = server.count(Op::UploadPart);
        holds[answered..come].iter().for_each(Hold::release);
        answered = come;
    }
    run.wait().silent();
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &bytes);
    assert_eq!(server.object(BUCKET, "key").unwrap().crc64nvme, crc);
    let most = server.max_in_flight();
    assert!((8..=32).contains(&most), "{most} at once");
}

#[test]
fn workers_auto_goes_back_where_the_store_asks_for_less() {
    let server = server();
    // 16 at once are too many, and 8, 4 and 2.
    for call in 1..=30 {
        let throttled = Fault::status(503, "SlowDown");
        server.fail(Op::PutObject, Nth::Call(call), throttled);
    }
    let late = Duration::from_millis(20);
    server.fail(Op::PutObject, Nth::Every(1), Fault::Delay(late));
    let files = small(60);
    let folder = tree(&files);
    let run = S3stream::put_many(&server, "bucket")
        .args(["-r", "--workers", "auto"])
        // Whichever file the store refuses most often.
        .args(["--retries", "30"]);
    run.arg(folder.path().join("src")).run().silent();
    assert_all_stored(&server, "src/", &files);
    // Those that came within the time that each of them takes were in flight together.
    let served = server.requests_of(Op::PutObject);
    let served = served.iter().filter(|request| request.status == Some(200));
    let served: Vec<_> = served.map(|request| request.at).collect();
    let together = |first: &Instant| {
        let near = *first..*first + late;
        served.iter().filter(|at| near.contains(*at)).count()
    };
    let most = served.iter().map(together).max().unwrap();
    assert!(most <= 8, "{most} at once");
}
