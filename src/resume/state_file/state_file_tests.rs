use super::*;
use crate::checksum::{Algorithm, Hashing};
use crate::config::{ObjectOptions, test_transfer};
use crate::part::plan::Plan;
use crate::part::{CompletedPart, Part, Payload};
use crate::resume::recorded_options;
use std::fs;

fn destination() -> Destination {
    Destination {
        bucket: "b".to_owned(),
        key: "k".to_owned(),
    }
}

fn record() -> UploadRecord {
    let transfer = test_transfer();
    UploadRecord {
        store: "s".to_owned(),
        bucket: "b".to_owned(),
        key: "k".to_owned(),
        upload_id: "id".to_owned(),
        token: "token".to_owned(),
        encryption: Default::default(),
        options: recorded_options(&ObjectOptions::default(), "k", &transfer),
        retain_until: None,
        plan: Plan::for_stream(&transfer).unwrap(),
        size: None,
        host: None,
        begun: "then".to_owned(),
        abort: "abort it".to_owned(),
    }
}

fn part(number: u32) -> Part {
    let bytes = number.to_string().into_bytes();
    let hashing = Hashing {
        algorithm: Algorithm::Sha256,
        payload_sha256: false,
    };
    Part {
        number,
        digests: hashing.digest(&bytes),
        payload: Payload::Held(bytes.into()),
    }
}

/// The state of an upload of which three parts are stored and the commit is near.
async fn recorded(path: &Path) {
    let mut state = StateFile::open(path, &destination()).unwrap();
    let recorder = state.resume(false).recorder;
    recorder.begin(record()).await;
    for number in 1..=3 {
        let part = part(number);
        let done = CompletedPart {
            number,
            size: part.size(),
            etag: format!("\"{number}\""),
            checksum: part.digests.checksum.clone(),
            verified: true,
        };
        recorder.part(&done, part.digests.sha256());
        while recorder.next_part() != Some(number + 1) {
            tokio::task::yield_now().await;
        }
    }
    recorder.committing(3).await;
    // A part that is recorded may be on its way to the disk yet, by one who holds the file.
    while Arc::strong_count(&state.file) > 2 {
        tokio::task::yield_now().await;
    }
}

/// What is known of the upload that `bytes` tell of: how many parts, and whether all of the object's.
fn known(folder: &Path, bytes: &[u8]) -> Option<(usize, bool)> {
    let path = folder.join("cut");
    fs::write(&path, bytes).unwrap();
    let state = StateFile::open(&path, &destination()).expect("a torn state is one");
    let earlier = state.earlier.as_ref()?;
    assert_eq!(earlier.upload, record());
    let makes = earlier.makes(Some(3));
    let mut matching = earlier.clone().matching(None);
    let stored = (1..=3).filter(|&number| matching.stored(&part(number)).is_some());
    Some((stored.count(), makes))
}

#[tokio::test]
async fn a_state_that_was_torn_anywhere_tells_what_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    recorded(&path).await;
    let whole = fs::read(&path).unwrap();
    let ends: Vec<_> = (0..whole.len()).filter(|&at| whole[at] == b'\n').collect();
    assert_eq!(ends.len(), 5, "{}", String::from_utf8_lossy(&whole));
    let told = |lines: usize| (lines > 0).then(|| ((lines - 1).min(3), lines >= 4));
    for length in 0..=whole.len() {
        // A line that lacks its end alone is whole.
        let lines = ends.iter().filter(|&&end| end <= length).count();
        let torn = &whole[..length];
        assert_eq!(known(folder.path(), torn), told(lines), "{length}");
        // As some file systems show what was not written yet.
        let lines = ends.iter().filter(|&&end| end < length).count();
        let zeros = [torn, &[0; 40]].concat();
        assert_eq!(known(folder.path(), &zeros), told(lines), "{length}");
    }
}

#[tokio::test]
async fn what_is_over_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    recorded(&path).await;
    let mut state = StateFile::open(&path, &destination()).unwrap();
    state.resume(false).recorder.over().await;
    drop(state);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_state_of_another_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    recorded(&path).await;
    let before = fs::read(&path).unwrap();
    let other = Destination {
        key: "other".to_owned(),
        ..destination()
    };
    let error = StateFile::open(&path, &other).unwrap_err();
    assert_eq!(error.exit_status(), 2);
    assert!(
        format!("{error:#}").contains("it belongs to s3://b/k"),
        "{error:#}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn another_file_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other");
    for bytes in [
        "x",
        "{}",
        "{\n\"a\": 1}",
        "\n\nhello",
        "{\"s3stream-backup\":1}",
    ] {
        fs::write(&path, bytes).unwrap();
        let error = StateFile::open(&path, &destination()).unwrap_err();
        assert_eq!(error.exit_status(), 2, "{bytes}");
        assert_eq!(fs::read_to_string(&path).unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_state_is_of_one_run_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let state = StateFile::open(&path, &destination()).unwrap();
    let error = StateFile::open(&path, &destination()).unwrap_err();
    assert!(format!("{error:#}").contains("another run"), "{error:#}");
    drop(state);
    assert!(StateFile::open(&path, &destination()).is_ok());
}
