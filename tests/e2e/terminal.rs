//! Progress on a real terminal.

use crate::harness::*;
use nix::sys::termios::FlowArg;
use s3_server::{Fault, Nth, Op, Server};
use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn progress_shows_the_parts_in_flight_and_leaves_one_line() {
    for no_color in [false, true] {
        let (server, terminal) = (server(), Terminal::new(24, 100));
        let bytes = noise(2 * PART + 1, 46);
        let hold = server.hold(Op::UploadPart, Nth::From(1));
        let mut put = S3stream::put(&server, "bucket/key").stdin(bytes.clone());
        if no_color {
            put = put.env("NO_COLOR", "1");
        }
        let run = terminal.on(put).start();
        terminal.until("the bar", |text| {
            ["s3://bucket/key", "#1", "#2", "#3", "MiB"]
                .iter()
                .all(|it| text.contains(it))
        });
        hold.release();
        run.wait().silent();
        let text = terminal.until("the summary", |text| after_the_bar(text).contains('\n'));
        let rest = after_the_bar(&text);
        assert_eq!(rest.trim_end().lines().count(), 1, "{rest:?}");
        assert!(rest.contains("s3://bucket/key"), "{rest:?}");
        // SGR codes are those that end in m.
        let colored = text.split("\x1b[").skip(1).any(|it| {
            it.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
                .starts_with('m')
        });
        assert_eq!(colored, !no_color, "{text:?}");
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn progress_survives_a_tiny_window_and_a_change_of_its_size() {
    let (server, terminal) = (server(), Terminal::new(5, 30));
    let bytes = noise(2 * PART + 1, 46);
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let put = S3stream::put(&server, "bucket/key").stdin(bytes.clone());
    let run = terminal.on(put).start();
    let before = terminal.until("the bar", |text| text.contains("#1")).len();
    for (rows, columns) in [(1, 1), (5, 8), (50, 200)] {
        terminal.resize(rows, columns);
    }
    terminal.until("the bar again", |text| text[before..].contains("#3"));
    hold.release();
    run.wait().silent();
    terminal.until("the summary", |text| after_the_bar(text).contains('\n'));
    assert_stored(&server, "key", &bytes);
}

#[test]
fn progress_is_gone_when_the_run_is_ended() {
    let (server, terminal) = (server(), Terminal::new(24, 100));
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let put = S3stream::put(&server, "bucket/key").stdin(noise(2 * PART, 46));
    let run = terminal.on(put).start();
    terminal.until("the bar", |text| text.contains("#2"));
    run.signal(nix::sys::signal::Signal::SIGINT);
    run.wait().signal(nix::sys::signal::Signal::SIGINT);
    let text = terminal.until("the error", |text| after_the_bar(text).contains('\n'));
    assert!(after_the_bar(&text).starts_with("error: "), "{text:?}");
    assert_clean(&server);
    drop(hold);
}

/// How far each frame goes up to its first row.
fn rows_up(text: &str) -> Vec<usize> {
    let sequences = text.split("\x1b[").skip(1);
    let up = sequences.filter_map(|it| it.split_once('A')?.0.parse().ok());
    up.collect()
}

/// A terminal folds the lines that have become too long for it: of those, all rows have to go.
#[test]
fn progress_leaves_nothing_behind_in_a_narrower_window() {
    let (server, terminal) = (server(), Terminal::new(24, 100));
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let put = S3stream::put(&server, "bucket/key").stdin(noise(2 * PART + 1, 46));
    let run = terminal.on(put).start();
    terminal.until("the bar", |text| text.contains("#3"));
    let before = terminal.until("frames of the whole", |text| {
        rows_up(text).iter().filter(|&&rows| rows == 4).count() > 2
    });
    terminal.resize(24, 40);
    let after = terminal.until("frames in the new width", |text| {
        rows_up(&text[before.len()..])
            .iter()
            .filter(|&&rows| rows == 4)
            .count()
            > 5
    });
    let folded = rows_up(&after).into_iter().filter(|&rows| rows > 4);
    // The first line and those of the parts take two rows each, and the cursor has its own.
    assert_eq!(folded.collect::<Vec<_>>(), [8], "{after:?}");
    hold.release();
    run.wait().silent();
}

/// A run of `put` or `put-many` whose bars are on the terminal; how many objects it will have stored.
fn run(server: &Server, terminal: &Terminal, many: bool) -> (Running, usize) {
    let (put, objects) = if many {
        let folder = tree(&small(3)).keep();
        (
            S3stream::put_many(server, "bucket").arg("-r").arg(folder),
            3,
        )
    } else {
        let bytes = noise(2 * PART + 1, 46);
        (S3stream::put(server, "bucket/key").stdin(bytes), 1)
    };
    // So that most of it is still to be done.
    let put = put.args(["--workers", "1"]);
    let run = terminal.on(put).start();
    terminal.until("the bar", |text| text.contains("B/s"));
    (run, objects)
}

#[test]
fn an_upload_does_not_wait_for_a_terminal_that_takes_no_bytes() {
    for many in [false, true] {
        let (server, terminal) = (server(), Terminal::new(24, 100));
        let hold = server.hold(Op::Any, Nth::Call(1));
        let (run, objects) = run(&server, &terminal, many);
        terminal.flow(FlowArg::TCOOFF);
        // The next frame is due meanwhile.
        std::thread::sleep(Duration::from_millis(300));
        hold.release();
        until("all is stored", || server.keys(BUCKET).len() == objects);
        terminal.flow(FlowArg::TCOON);
        run.wait().silent();
        terminal.until("the summary", |text| after_the_bar(text).contains('\n'));
    }
}

#[test]
fn an_upload_goes_on_when_the_terminal_is_gone() {
    for many in [false, true] {
        let (server, terminal) = (server(), Terminal::new(24, 100));
        let hold = server.hold(Op::Any, Nth::Call(1));
        if many {
            // Its failure is told above the bars.
            let fault = Fault::status(400, "InvalidArgument");
            server.fail(Op::PutObject, Nth::Call(1), fault);
        }
        let (run, _) = run(&server, &terminal, many);
        terminal.hang_up();
        hold.release();
        run.wait().code(if many { 3 } else { 0 });
        assert_eq!(server.keys(BUCKET).len(), if many { 2 } else { 1 });
    }
}

/// What `mysqldump -p`, ssh or sudo ask stays as it is, until they have been answered.
#[test]
fn nothing_is_drawn_before_the_source_gives_a_byte() {
    let (server, terminal) = (server(), Terminal::new(24, 100));
    let put = S3stream::put(&server, "bucket/key").stdin_handle(Stdio::piped());
    let mut run = terminal.on(put).start();
    let mut producer = run.stdin();
    // Several frames are due meanwhile.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(terminal.text(), "");
    std::io::Write::write_all(&mut producer, b"data").unwrap();
    terminal.until("the bar", |text| text.contains("s3://bucket/key"));
    drop(producer);
    run.wait().silent();
    assert_stored(&server, "key", b"data");
}

/// Above the bar, whole, and before the error line.
#[test]
fn standard_error_of_a_command_goes_above_the_bar() {
    let (server, terminal) = (server(), Terminal::new(24, 100));
    let script = "echo data; sleep 0.5; echo first >&2; printf 'Password: ' >&2; sleep 0.5; \
                  sleep 30 & i=0; while [ $i -lt 500 ]; do echo line$i >&2; i=$((i+1)); done; \
                  printf last >&2; exit 3";
    let put = S3stream::put(&server, "bucket/key").args(["--", "sh", "-c", script]);
    terminal.on(put).start().wait().code(5);
    let text = terminal.until("the error", |text| text.contains("exit status 3"));
    for line in ["first\n", "Password: \n", "line0\n", "line499\n", "last\n"] {
        assert!(text.replace('\r', "").contains(line), "{line}: {text:?}");
    }
    assert!(text.find("last").unwrap() < text.find("error: ").unwrap());
}

#[test]
fn the_log_goes_above_the_bar() {
    let (server, terminal) = (server(), Terminal::new(24, 100));
    let hold = server.hold(Op::UploadPart, Nth::Call(2));
    server.fail(Op::UploadPart, Nth::Call(1), Fault::slow_down());
    let put = S3stream::put(&server, "bucket/key").arg("-v");
    let put = put.stdin(noise(2 * PART, 46));
    let run = terminal.on(put).start();
    let text = terminal.until("the log", |text| text.contains("SlowDown; attempt 2 of 11"));
    assert!(text.contains("credentials: the environment"), "{text:?}");
    terminal.until("the bar", |text| text.contains("B/s"));
    hold.release();
    let verified = "s3://bucket/key: verified by the server: 10.0 MiB, SHA256 of 2 parts";
    terminal.until("what was verified", |text| text.contains(verified));
    run.wait().silent();
}

#[test]
fn why_it_waits_is_told() {
    let (server, terminal) = (server(), Terminal::new(24, 120));
    let hold = server.hold(Op::CompleteMultipartUpload, Nth::Call(1));
    // The first delays may happen to be too short for a frame: they are random.
    for call in 1..=3 {
        server.fail(Op::UploadPart, Nth::Call(call), Fault::slow_down());
    }
    let put = S3stream::put(&server, "bucket/key").args(["--retry-delay", "2s"]);
    let put = put.args(["--retry-max-delay", "2s", "--workers", "1"]);
    let run = terminal.on(put.stdin(noise(2 * PART, 46))).start();
    terminal.until("the reason", |text| {
        text.contains("the store says SlowDown; attempt ")
    });
    terminal.until("a part that waits", |text| text.contains("waiting"));
    terminal.until("the stage", |text| {
        text.contains("completing: waiting for the store (1s)")
    });
    run.signal(nix::sys::signal::Signal::SIGINT);
    hold.release();
    run.wait();
}

/// More files than wait for their upload: they are counted while the first is still on its way.
#[test]
fn totals_of_many_files_are_known_early() {
    let files = small(1500);
    let bytes: usize = files.values().map(Vec::len).sum();
    let (folder, server) = (tree(&files), server());
    let hold = server.hold(Op::PutObject, Nth::From(1));
    let (_mark, path) = mark();
    let run = S3stream::put_many(&server, "bucket").args(["-r", "src", "--workers", "1"]);
    let run = run.args(["--progress", "json", "--progress-interval", "100ms"]);
    let run = run.current_dir(folder.path());
    let run = run.stderr(File::create(&path).unwrap()).start();
    let total = format!("\"total\":{bytes},");
    until("all are counted", || {
        let told = std::fs::read_to_string(&path).unwrap();
        let counted = "\"counted\":1500,\"all_counted\":true,\"all_found\":false";
        told.contains(counted) && told.contains(&total)
    });
    run.signal(nix::sys::signal::Signal::SIGINT);
    hold.release();
    run.wait().signal(nix::sys::signal::Signal::SIGINT);
    // One line for all that the signal ended.
    let told = std::fs::read_to_string(&path).unwrap();
    assert_eq!(told.matches("ended by SIGINT").count(), 1, "{told}");
    assert!(!told.contains("failed: "), "{told}");
}
