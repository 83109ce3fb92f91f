//! A terminal is drawn on only by what is in front, and what is typed there garbles nothing.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Nth, Op};
use std::time::Duration;

#[test]
fn nothing_is_drawn_in_the_background_until_it_is_in_front() {
    let (server, terminal) = (server(), Terminal::new(24, 100));
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let bytes = noise(2 * PART, 47);
    let (folder, file) = file_with(&bytes);
    let front = folder.path().join("front");
    let put = S3stream::put(&server, "bucket/key")
        .arg(&file)
        .env("FRONT", &front);
    let script = r#""$0" "$@" & until [ -e "$FRONT" ]; do sleep 0.01; done; fg >/dev/null"#;
    let run = terminal.with_jobs(put, script).start();
    assert!(server.wait_for(Op::UploadPart, 2, Duration::from_secs(20)));
    // Several frames are due meanwhile.
    std::thread::sleep(Duration::from_millis(500));
    assert!(
        !terminal.text().contains("bucket/key"),
        "{:?}",
        terminal.text()
    );
    std::fs::write(&front, "").unwrap();
    terminal.until("the bar", |text| text.contains("#2"));
    hold.release();
    run.wait().code(0);
    assert_stored(&server, "key", &bytes);
}

#[test]
fn what_the_terminal_echoes_of_ctrl_c_garbles_no_row() {
    let (server, terminal) = (server(), Terminal::new(24, 100));
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let (_folder, file) = file_with(&noise(2 * PART, 46));
    let put = S3stream::put(&server, "bucket/key").arg(&file);
    let run = terminal.with_jobs(put, r#"exec "$0" "$@""#).start();
    terminal.until("the bar", |text| text.contains("#2"));
    terminal.type_keys(b"\x03");
    run.wait().signal(Signal::SIGINT);
    let text = terminal.until("the error", |text| after_the_bar(text).contains('\n'));
    let (before, after) = text.rsplit_once("^C").expect("an echo");
    // It is on the row below the bar, and goes with the bar.
    assert!(before.ends_with("\n\x1b[J"), "{text:?}");
    assert!(after.contains("\x1b[J"), "{text:?}");
    assert!(after_the_bar(&text).starts_with("error: "), "{text:?}");
    assert_clean(&server);
    drop(hold);
}
