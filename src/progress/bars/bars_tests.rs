use super::super::progress_tests::{snapshot, speed};
use super::*;
use console::strip_ansi_codes;
use std::cell::Cell;
use std::sync::{Arc, Mutex};

const KEY: &str = "s3://bucket/backups/2024-11-05/database.sql.zst";

/// What was drawn last.
#[derive(Debug, Clone, Default)]
struct Drawn(Arc<Mutex<Vec<u8>>>);

impl Write for Drawn {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.lock().unwrap() = bytes.to_vec();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drawn {
    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap();
        let text = strip_ansi_codes(str::from_utf8(&bytes).unwrap()).into_owned();
        let lines = text.split("\r\n").map(|line| line.trim_start_matches('\r'));
        let mut lines: Vec<_> = lines.map(|line| line.trim_end().to_owned()).collect();
        // The cursor's own.
        assert_eq!(lines.pop().as_deref(), Some(""));
        lines
    }
}

thread_local! {
    static SIZE: Cell<(u16, u16)> = const { Cell::new((24, 80)) };
}

fn screen() -> Screen {
    Screen {
        size: || SIZE.get(),
        is_ours: || true,
        was_left: || false,
    }
}

/// The lines of the first frame on a terminal of so many rows and columns.
fn draw(size: (u16, u16), now: &Snapshot) -> Vec<String> {
    SIZE.set(size);
    let drawn = Drawn::default();
    let mut bars = Bars::on(drawn.clone(), screen(), KEY.to_owned());
    bars.draw(now, &speed());
    let lines = drawn.lines();
    bars.clear();
    lines
}

#[test]
fn lines_tell_as_much_as_fits() {
    let sizes = [
        (
            (30, 100),
            [
                "s3://buc...e.sql.zst  1.25 GiB / 4.00 GiB  [===>       ]  31%  106.7 MiB/s  12s  \
                 ETA 26s  2 retries",
                "#7   [==============>             ]    5.00 MiB / 10.00 MiB     2.5 MiB/s",
                "#12  [                            ]         0 B / 10.00 MiB       waiting  \
                 retry 2",
            ],
        ),
        (
            (30, 60),
            [
                "1.25 GiB / 4.00 GiB  31%  106.7 MiB/s  12s  ETA 26s",
                "#7   [========>        ]    5.00 MiB    2.5 MiB/s",
                "#12  [                 ]         0 B      waiting  retry 2",
            ],
        ),
        (
            (30, 40),
            [
                "1.25 GiB  31%  106.7 MiB/s  12s",
                "#7     5.00 MiB    2.5 MiB/s",
                "#12         0 B      waiting  retry 2",
            ],
        ),
        (
            (30, 20),
            ["1.25 GiB  31%  12s", "#7     5.00 MiB", "#12         0 B"],
        ),
    ];
    for (size, expected) in sizes {
        assert_eq!(draw(size, &snapshot()), expected, "{}", size.1);
    }
}

#[test]
fn a_source_of_unknown_size_has_no_bar() {
    let mut now = snapshot();
    (now.total, now.retries) = (None, 0);
    now.in_flight.clear();
    let lines = draw((30, 70), &now);
    assert_eq!(
        lines,
        ["s3://bucket/ba...atabase.sql.zst  1.25 GiB  106.7 MiB/s  12s  ETA 26s"]
    );
}

#[test]
fn why_it_waits_is_told_below_and_takes_no_part_s_last_row() {
    let mut now = snapshot();
    now.stage = Some("completing: waiting for the store (8s)".to_owned());
    now.attempt =
        Some("can't connect to http://127.0.0.1:9000; attempt 8 of 11 in 12 s".to_owned());
    let lines = draw((30, 40), &now);
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert_eq!(lines[3], "completing: waiting for the store (8s)");
    assert_eq!(lines[4], "can't connect to ... attempt 8 of 11...");
    assert_eq!(draw((5, 40), &now).len(), 4);
    assert_eq!(draw((3, 40), &now).len(), 1);
    now.in_flight[0].sent = now.in_flight[0].size;
    assert!(draw((30, 80), &now)[1].ends_with(" sent"));
}

#[test]
fn files_are_named_and_counted() {
    let mut now = snapshot();
    now.files = Some(crate::progress::FileCounts {
        found: 9,
        counted: 9,
        uploaded: 2,
        failed: 1,
        ..Default::default()
    });
    now.in_flight.truncate(1);
    now.in_flight[0].name = Some("www/a{b}/\u{1b}index.html".to_owned());
    let lines = draw((30, 80), &now);
    assert_eq!(
        lines,
        [
            "3/9+ files, 1 failed  1.25 GiB / 4.00 GiB  31%  106.7 MiB/s  12s  ETA 26s",
            "www/a{b}/\\u{1b}index.html      [====>   ]    5.00 MiB / 10.00 MiB     2.5 MiB/s",
        ]
    );
}

#[test]
fn no_line_ever_reaches_the_margin() {
    let mut now = snapshot();
    now.in_flight[0].name = Some("数据库备份文件.html".to_owned());
    for total in [None, Some(0), Some(u64::MAX)] {
        now.total = total;
        for width in 1..200 {
            for line in draw((10, width), &now) {
                let columns = measure_text_width(&line);
                assert!(columns < usize::from(width), "{width}: {line}");
            }
        }
    }
}

#[test]
fn parts_that_do_not_fit_are_counted() {
    let mut now = snapshot();
    let part = now.in_flight[0].clone();
    let part = |number| InFlight {
        number,
        ..part.clone()
    };
    now.in_flight = (1..=16).map(part).collect();
    let last = |size| {
        let lines = draw(size, &now);
        (lines.len(), lines.last().cloned().unwrap_or_default())
    };
    assert_eq!(last((6, 30)), (5, "+ 13 more".to_owned()));
    assert_eq!(last((17, 30)), (16, "+ 2 more".to_owned()));
    let (lines, text) = last((18, 30));
    assert!(lines == 17 && text.starts_with("#16 "), "{text}");
    assert_eq!(last((3, 30)), (2, "+ 16 more".to_owned()));
    for (rows, lines) in [(0, 0), (1, 1), (2, 1)] {
        assert_eq!(last((rows, 30)).0, lines);
    }
}

#[test]
fn parts_come_and_go_and_lines_stay_in_order() {
    let (drawn, mut now) = (Drawn::default(), snapshot());
    let mut bars = Bars::on(drawn.clone(), screen(), KEY.to_owned());
    bars.draw(&now, &speed());
    now.in_flight.remove(0);
    now.in_flight.push(InFlight {
        number: 13,
        ..now.in_flight[0].clone()
    });
    bars.draw(&now, &speed());
    let lines = drawn.lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[1].starts_with("#12") && lines[2].starts_with("#13"),
        "{lines:?}"
    );
    bars.clear();
    assert!(drawn.lines().is_empty());
}
