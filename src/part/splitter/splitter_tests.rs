use super::*;
use crate::checksum::{Algorithm, Hashing, PairedHash};
use crate::concurrency::Concurrency;
use crate::config::{Transfer, test_transfer};
use crate::source::Input;
use std::fs::File;
use std::io::{PipeWriter, Write as _};
use std::os::fd::OwnedFd;
use std::time::Duration;
use tokio::time::timeout;

/// More than a buffer takes in one read, and no multiple of a block of SHA-256.
const PART: usize = 600_001;
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Without pairs and with them, wherever the tests run.
fn with_and_without_pairs() -> [Option<PairedHash>; 2] {
    [None, Some(PairedHash::anywhere())]
}

fn hashing() -> Hashing {
    Hashing {
        algorithm: Algorithm::Sha256,
        payload_sha256: true,
    }
}

fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    fastrand::Rng::with_seed(count as u64).fill(&mut bytes);
    bytes
}

/// Cuts what is written into the pipe, with `held` parts at a time.
fn cut(held: usize, paired_hash: Option<PairedHash>) -> (PipeWriter, mpsc::Receiver<Result<Cut>>) {
    let transfer = Transfer {
        part_size: PART as u64,
        workers: held,
        buffer: 0,
        ..test_transfer()
    };
    let splitter = Splitter {
        plan: Plan::for_stream(&transfer).unwrap(),
        pool: BufferPool::new(&transfer, &Concurrency::new(&transfer)),
        hashing: hashing(),
        most: None,
    };
    let (reader, writer) = std::io::pipe().unwrap();
    let input = Input::Open(File::from(OwnedFd::from(reader)));
    let (sender, cuts) = mpsc::channel(1);
    let handle = Handle::current();
    let mut input = Patient::open(|| input.open()).unwrap();
    std::thread::spawn(move || splitter.run(&mut input, paired_hash, &handle, &sender));
    (writer, cuts)
}

async fn next(cuts: &mut mpsc::Receiver<Result<Cut>>) -> Cut {
    let cut = timeout(LONG, cuts.recv()).await.expect("nothing came");
    cut.expect("more").unwrap()
}

async fn next_part(cuts: &mut mpsc::Receiver<Result<Cut>>) -> Part {
    match next(cuts).await {
        Cut::Part { part, .. } => part,
        Cut::End { .. } => panic!("an end"),
    }
}

fn held(part: &Part) -> &[u8] {
    match &part.payload {
        Payload::Held(bytes) => bytes,
        Payload::Reread(_) => panic!("not held"),
    }
}

#[tokio::test]
async fn every_length_is_cut_and_hashed_to_its_end() {
    let lengths = [
        0,
        1,
        PART - 1,
        PART,
        PART + 1,
        2 * PART,
        3 * PART - 1,
        7 * PART + 64,
    ];
    let each_twice = |length| with_and_without_pairs().map(|paired_hash| (length, paired_hash));
    for (length, paired_hash) in lengths.into_iter().flat_map(each_twice) {
        let source = bytes(length);
        let (mut writer, mut cuts) = cut(6, paired_hash);
        let written = source.clone();
        std::thread::spawn(move || writer.write_all(&written).unwrap());
        let expected: Vec<&[u8]> = match length {
            0 => vec![&[]],
            _ => source.chunks(PART).collect(),
        };
        for (number, expected_bytes) in (1..).zip(&expected) {
            let Cut::Part { part, whole } = next(&mut cuts).await else {
                panic!("{length} bytes ended before part {number}");
            };
            assert_eq!(part.number, number);
            assert!(held(&part) == *expected_bytes, "part {number} of {length}");
            assert_eq!(
                part.digests,
                hashing().digest(expected_bytes),
                "part {number}"
            );
            assert_eq!(whole, expected.len() == 1, "{length} bytes");
        }
        let Cut::End { size, tail, .. } = next(&mut cuts).await else {
            panic!("{length} bytes did not end");
        };
        assert_eq!(size, length as u64);
        assert!(tail == source[length.saturating_sub(TAIL)..], "{length}");
    }
}

#[tokio::test]
async fn a_part_does_not_wait_for_a_stream_that_has_stopped() {
    for paired_hash in with_and_without_pairs() {
        for more in [0, 1, PART / 2] {
            let (mut writer, mut cuts) = cut(6, paired_hash);
            writer.write_all(&bytes(2 * PART + more)).unwrap();
            let first = next_part(&mut cuts).await;
            let second = next_part(&mut cuts).await;
            assert_eq!((first.number, second.number), (1, 2));
            // Until here, so that the stream went on for all that the splitter knew.
            drop(writer);
        }
    }
}

#[tokio::test]
async fn a_part_does_not_wait_for_those_that_are_held_elsewhere() {
    for paired_hash in with_and_without_pairs() {
        let (mut writer, mut cuts) = cut(2, paired_hash);
        std::thread::spawn(move || writer.write_all(&bytes(4 * PART)));
        let first = next_part(&mut cuts).await;
        let second = next_part(&mut cuts).await;
        assert_eq!(second.number, 2);
        drop((first, second));
        assert_eq!(next_part(&mut cuts).await.number, 3);
    }
}
