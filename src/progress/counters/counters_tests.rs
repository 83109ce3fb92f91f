use super::*;
use std::path::Path;

#[test]
fn only_the_attempt_that_counts_is_counted() {
    let upload = Arc::new(UploadProgress::default());
    let part = upload.part(1, 100);
    part.attempt().sent(60);
    assert_eq!(upload.snapshot().sent, 60);
    let again = part.attempt();
    assert_eq!(upload.snapshot().sent, 0);
    again.sent(100);
    assert_eq!(upload.snapshot().in_flight[0].sent, 100);
    part.stored();
    let end = upload.snapshot();
    assert_eq!((end.sent, end.stored, end.parts_stored), (100, 100, 1));
    assert!(end.in_flight.is_empty());
}

#[test]
fn a_part_given_up_leaves_nothing_behind() {
    let upload = Arc::new(UploadProgress::default());
    let part = upload.part(7, 10);
    part.attempt().sent(5);
    drop(part);
    let end = upload.snapshot();
    assert_eq!((end.sent, end.in_flight.len()), (0, 0));
}

#[test]
fn the_total_is_unknown_until_it_is_said() {
    let upload = UploadProgress::default();
    assert_eq!(upload.snapshot().total, None);
    upload.set_total(0);
    assert_eq!(upload.snapshot().total, Some(0));
}

#[test]
fn a_retry_of_a_part_is_one_of_its_upload_and_of_the_run() {
    let run = Arc::new(FilesProgress::default());
    let upload = run.upload();
    let part = upload.part(1, 10);
    part.retried(RetryReason::Timeout);
    upload.retried(RetryReason::Throttled);
    let now = upload.snapshot();
    assert_eq!((now.in_flight[0].retries, now.retries), (1, 2));
    drop((part, upload));
    assert_eq!(run.snapshot().retries, 2);
}

#[test]
fn bytes_of_files_in_flight_and_done_add_up() {
    let run = Arc::new(FilesProgress::default());
    (0..3).for_each(|_| run.found(100));
    run.skipped(100);
    let upload = run.upload();
    let file = run.enter(Path::new("a"), 100, &upload);
    let part = upload.part(1, 100);
    part.attempt().sent(60);
    let now = run.snapshot();
    assert_eq!((now.sent, now.total, now.in_flight.len()), (160, None, 1));
    part.stored();
    drop(file);
    run.uploaded(100);
    run.all_found();
    let now = run.snapshot();
    assert_eq!((now.sent, now.stored, now.total), (200, 100, Some(300)));
    let files = now.files.unwrap();
    assert_eq!((files.done(), files.found, files.uploaded), (2, 3, 1));
}
