use super::*;
use crate::cli::put_args::tests::{checked, config, failure};
use crate::config::{GIB, MIB};

fn transfer(args: &[&str]) -> Transfer {
    config(&[&["b/k"], args].concat()).upload.transfer
}

#[track_caller]
fn refused(args: &[&str], shows: &str) -> Error {
    failure(&[&["b/k"], args].concat(), shows)
}

#[test]
fn defaults() {
    let found = transfer(&[]);
    assert_eq!(found.part_size, 10 * MIB);
    assert_eq!((found.workers, found.begin_with), (23, Some(4)));
    assert_eq!(found.buffer, 1);
    assert_eq!((found.max_memory, found.max_parts), (None, 10_000));
    assert_eq!((found.equal_parts, found.expected_size), (false, None));
    assert_eq!(found.checksum_algorithm, Algorithm::Sha256);
    assert_eq!(found.payload_signing, PayloadSigning::Auto);
    assert_eq!(found.limit_rate, None);
}

#[test]
fn part_size() {
    assert_eq!(transfer(&["--part-size=5MiB"]).part_size, 5 * MIB);
    assert_eq!(transfer(&["--part-size=5GiB"]).part_size, 5 * GIB);
    for size in ["0", "5242879", "5MB", "5368709121", "6GiB"] {
        refused(&["--part-size", size], "5MiB to 5GiB");
    }
    for size in ["-1", "", "much"] {
        assert!(checked(&["b/k", &format!("--part-size={size}")]).is_err());
    }
}

#[test]
fn workers_and_buffer() {
    assert_eq!(transfer(&["--workers=1"]).workers, 1);
    assert_eq!(transfer(&["--workers=1024"]).workers, 1024);
    assert_eq!(transfer(&["--workers=8"]).begin_with, None);
    let most = |args: &[&str]| {
        let auto = transfer(&[&["--workers=auto"], args].concat());
        assert_eq!(auto.begin_with, Some(4));
        auto.workers
    };
    assert_eq!(most(&["--part-size=5MiB"]), 32);
    assert_eq!(most(&["--part-size=64MiB"]), 4);
    assert_eq!(most(&["--max-memory=100MiB"]), 10);
    assert_eq!(most(&["--max-memory=1GiB"]), 32);
    refused(&["--workers=0"], "1 to 1024");
    refused(&["--workers=1025"], "1 to 1024");
    for workers in ["-1", "1.5", "99999999999999999999"] {
        assert!(checked(&["b/k", &format!("--workers={workers}")]).is_err());
    }
    assert_eq!(transfer(&["--buffer=0"]).buffer, 0);
    refused(&["--buffer=1025"], "0 to 1024");
}

#[test]
fn max_parts() {
    assert_eq!(transfer(&["--max-parts=1"]).max_parts, 1);
    refused(&["--max-parts=0"], "1 to 10000");
    refused(&["--max-parts=10001"], "1 to 10000");
}

#[test]
fn max_memory() {
    assert_eq!(transfer(&["--max-memory=10MiB"]).max_memory, Some(10 * MIB));
    let error = refused(&["--max-memory=9MiB"], "--part-size 10MiB");
    assert!(error.hints[0].contains("--max-memory 10MiB"), "{error:?}");
    refused(&["--max-memory=0"], "--max-memory");
}

#[test]
fn expected_size() {
    let most = (u64::from(MAX_PARTS) * MAX_PART_SIZE).to_string();
    let found = transfer(&["--expected-size", &most]);
    assert_eq!(found.expected_size, Some(53_687_091_200_000));
    let over = ((u64::from(MAX_PARTS) * MAX_PART_SIZE) + 1).to_string();
    refused(&["--expected-size", &over], "48.8 TiB");
    refused(&["--size", &over], "--size");
    assert_eq!(transfer(&["--expected-size=0"]).expected_size, Some(0));
    let error = refused(
        &["--max-parts=2", "--expected-size=11GiB"],
        "--expected-size 11GiB",
    );
    assert!(error.hints[0].contains("--max-parts"), "{error:?}");
    assert!(
        transfer(&["--max-parts=2", "--expected-size=10GiB"])
            .expected_size
            .is_some()
    );
}

#[test]
fn equal_parts() {
    let tight = ["--equal-parts", "--max-parts=3"];
    assert!(transfer(&[&tight[..], &["--expected-size=30MiB"]].concat()).equal_parts);
    let error = refused(
        &[&tight[..], &["--expected-size=31457281"]].concat(),
        "3 parts",
    );
    assert_eq!(
        error.hints,
        [
            "use --max-parts 10000, where the store takes as many",
            "use --part-size 11MiB"
        ]
    );
}

#[test]
fn expected_size_within_max_memory() {
    let error = refused(
        &[
            "--max-parts=10",
            "--max-memory=20MiB",
            "--expected-size=1GiB",
        ],
        "--expected-size 1GiB",
    );
    assert!(error.hints[1].contains("103MiB"), "{error:?}");
    assert!(error.hints[1].contains("--max-memory"), "{error:?}");
    transfer(&[
        "--max-parts=10",
        "--max-memory=103MiB",
        "--expected-size=1GiB",
    ]);
}

#[test]
fn size_is_the_best_hint() {
    assert_eq!(transfer(&["--size=7"]).expected_size, Some(7));
    assert_eq!(
        transfer(&["--size=7", "--expected-size=7"]).expected_size,
        Some(7)
    );
    refused(&["--size=7", "--expected-size=8"], "--size says 7");
}

#[test]
fn checksum_algorithms() {
    for algorithm in Algorithm::all() {
        for name in [algorithm.name().to_owned(), algorithm.name().to_lowercase()] {
            let found = transfer(&["--checksum-algorithm", &name]);
            assert_eq!(found.checksum_algorithm, algorithm);
        }
    }
    assert!(checked(&["b/k", "--checksum-algorithm=CRC16"]).is_err());
}

#[test]
fn payload_signing() {
    let found = transfer(&["--payload-signing", "never"]);
    assert_eq!(found.payload_signing, PayloadSigning::Never);
    refused(
        &["--payload-signing=always", "--no-sign-request"],
        "--no-sign-request",
    );
}

#[test]
fn limit_rate() {
    let rate = |text: &str| transfer(&["--limit-rate", text]).limit_rate;
    assert_eq!(rate("2MB"), NonZeroU32::new(2_000_000));
    assert_eq!(rate("4294967295"), NonZeroU32::new(u32::MAX));
    refused(&["--limit-rate=0"], "--limit-rate");
    refused(&["--limit-rate=4GiB"], "--limit-rate");
}
