//! The lines of the bars: one for the whole and one for each part in flight, as much as fits.

use console::{Style, measure_text_width};

use super::rate::Rates;
use super::{PartSnapshot, Snapshot, text};

/// Columns that a name is not worth showing below.
const NAME: usize = 20;
/// Columns of the path of a file.
const PATH: (usize, usize) = (12, 40);
/// Columns of a bar.
const BAR: (usize, usize) = (10, 30);
/// Columns that a size or a rate mostly fits into.
const SIZE: usize = 10;
const RATE: usize = 11;

/// The lines on a terminal of some size.
pub(super) struct Lines<'a> {
    pub(super) name: &'a str,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) color: bool,
}

/// A piece of a line.
struct Field<'a> {
    what: What<'a>,
    /// Columns: at least, at most.
    columns: (usize, usize),
    /// Blanks before it.
    gap: usize,
    /// The lower, the longer it stays as the line gets shorter.
    rank: u8,
    style: Style,
}

enum What<'a> {
    Text(String),
    Name(&'a str),
    Path(&'a str),
    Bar { sent: u64, size: u64 },
}

impl<'a> Field<'a> {
    fn text(rank: u8, text: String) -> Self {
        let columns = measure_text_width(&text);
        Self {
            what: What::Text(text),
            columns: (columns, columns),
            gap: 2,
            rank,
            style: Style::new(),
        }
    }

    fn name(rank: u8, name: &'a str) -> Self {
        let columns = measure_text_width(name);
        Self {
            what: What::Name(name),
            columns: (columns.min(NAME), columns),
            style: Style::new().bold(),
            ..Self::text(rank, String::new())
        }
    }

    /// One of several names below each other, all of the same width.
    fn path(rank: u8, name: &'a str) -> Self {
        Self {
            what: What::Path(name),
            columns: PATH,
            ..Self::text(rank, String::new())
        }
    }

    fn bar(rank: u8, sent: u64, size: u64) -> Self {
        Self {
            what: What::Bar { sent, size },
            columns: BAR,
            style: Style::new().cyan(),
            ..Self::text(rank, String::new())
        }
    }

    fn gap(self, gap: usize) -> Self {
        Self { gap, ..self }
    }

    fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    fn put(&self, columns: usize) -> String {
        match &self.what {
            What::Text(text) => text.clone(),
            What::Name(name) => text::shorten(name, columns),
            What::Path(path) => {
                let path = text::shorten(&text::printable(path), columns);
                let blanks = columns.saturating_sub(measure_text_width(&path));
                path + &" ".repeat(blanks)
            }
            What::Bar { sent, size } => bar(*sent, *size, columns),
        }
    }
}

impl Lines<'_> {
    /// At most as many lines as leave one row of the terminal free, each shorter than its width.
    pub(super) fn render(&self, now: &Snapshot, rates: &Rates) -> Vec<String> {
        let mut lines = vec![self.whole(now, rates)];
        let parts = &now.in_flight;
        let room = self.height.saturating_sub(2);
        let shown = if parts.len() <= room {
            parts.len()
        } else {
            room.saturating_sub(1)
        };
        let numbers = parts.last().map_or(0, |part| part.number.to_string().len());
        let retried = parts.iter().any(|part| part.retries > 0);
        for part in parts.iter().take(shown) {
            lines.push(self.part(part, rates.part(part.number), numbers, retried));
        }
        if shown < parts.len() && room > 0 {
            let more = Field::text(0, format!("+ {} more", parts.len() - shown));
            lines.push(self.line(&[more.style(Style::new().dim())]));
        }
        // Without any field that fits, there is no line.
        lines.retain(|line| !line.is_empty());
        lines
    }

    fn whole(&self, now: &Snapshot, rates: &Rates) -> String {
        let retry = Style::new().yellow();
        let mut fields = vec![
            Field::name(8, self.name),
            Field::text(0, text::size(now.sent)),
        ];
        if let Some(files) = &now.files {
            fields.insert(1, Field::text(1, text::files(files)));
        }
        if let Some(total) = now.total {
            let percent = text::percent(now.sent, total);
            fields.push(Field::text(5, format!("/ {}", text::size(total))).gap(1));
            fields.push(Field::bar(7, now.sent, total));
            fields.push(Field::text(1, format!("{percent:>3}%")).gap(1));
        }
        fields.push(Field::text(
            2,
            format!("{:>RATE$}", text::rate(rates.whole())),
        ));
        fields.push(Field::text(3, text::time(now.elapsed)));
        if let Some(eta) = rates.eta(now) {
            fields.push(Field::text(4, format!("ETA {}", text::time(eta))));
        }
        if now.retries > 0 {
            let retries = text::count(now.retries, "retry", "retries");
            fields.push(Field::text(6, retries).style(retry));
        }
        self.line(&fields)
    }

    /// One of several lines below each other: fields that keep their place, so every line has
    /// them all.
    fn part(&self, part: &PartSnapshot, rate: f64, numbers: usize, retried: bool) -> String {
        let sent = format!("{:>SIZE$}", text::size(part.sent));
        let size = format!("/ {:<SIZE$}", text::size(part.size));
        let mut fields = vec![
            match &part.name {
                None => Field::text(0, format!("#{:<numbers$}", part.number)),
                Some(name) => Field::path(0, name),
            },
            Field::bar(3, part.sent, part.size),
            Field::text(1, sent),
            Field::text(5, size).gap(1),
            Field::text(2, format!("{:>RATE$}", text::rate(rate))),
        ];
        if retried {
            let retries = match part.retries {
                0 => String::new(),
                n => format!("retry {n}"),
            };
            let retries = Field::text(4, format!("{retries:<8}"));
            fields.push(retries.style(Style::new().yellow()));
        }
        self.line(&fields)
    }

    /// The fields that fit, by rank; what is left over goes to the bar, then to the name.
    fn line(&self, fields: &[Field<'_>]) -> String {
        // The last column stays free: beyond it, terminals disagree on where the cursor is.
        let mut room = self.width.saturating_sub(1);
        let mut columns = vec![None; fields.len()];
        let mut by_rank: Vec<usize> = (0..fields.len()).collect();
        by_rank.sort_by_key(|&i| fields[i].rank);
        for &i in &by_rank {
            let gap = if columns.iter().all(Option::is_none) {
                0
            } else {
                fields[i].gap
            };
            if let Some(rest) = room.checked_sub(fields[i].columns.0 + gap) {
                columns[i] = Some(fields[i].columns.0);
                room = rest;
            }
        }
        for &i in &by_rank {
            if let Some(columns) = &mut columns[i] {
                let more = (fields[i].columns.1 - *columns).min(room);
                *columns += more;
                room -= more;
            }
        }
        let mut line = String::new();
        let mut used = 0;
        for (field, columns) in fields.iter().zip(columns) {
            let Some(columns) = columns else { continue };
            let text = field.put(columns);
            let gap = if used == 0 { 0 } else { field.gap };
            used += columns + gap;
            line.push_str(&" ".repeat(gap));
            let color = self.color && !text.trim().is_empty();
            let styled = field.style.clone().force_styling(color);
            line.push_str(&styled.apply_to(text).to_string());
        }
        line.trim_end().to_owned()
    }
}

/// `[====>     ]`, in ASCII: a terminal may be without anything else.
fn bar(sent: u64, size: u64, columns: usize) -> String {
    let inner = columns.saturating_sub(2);
    let full = text::share(sent, size, inner);
    let tip = if full < inner && sent > 0 { ">" } else { "" };
    format!("[{:<inner$}]", "=".repeat(full) + tip)
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::snapshot;
    use super::*;

    const KEY: &str = "s3://bucket/backups/2024-11-05/database.sql.zst";

    fn render(width: usize, height: usize, now: &Snapshot) -> Vec<String> {
        let mut rates = Rates::default();
        rates.push(now);
        let lines = Lines {
            name: KEY,
            width,
            height,
            color: false,
        };
        lines.render(now, &rates)
    }

    #[test]
    fn lines_tell_as_much_as_fits() {
        for (width, expected) in [
            (
                100,
                [
                    "s3://buc...e.sql.zst  1.25 GiB / 4.00 GiB  [===>       ]  31%  106.7 MiB/s  12s  \
                     ETA 26s  2 retries",
                    "#7   [==============>             ]    5.00 MiB / 10.00 MiB     2.5 MiB/s",
                    "#12  [                            ]         0 B / 10.00 MiB         0 B/s  \
                     retry 2",
                ],
            ),
            (
                60,
                [
                    "1.25 GiB / 4.00 GiB  31%  106.7 MiB/s  12s  ETA 26s",
                    "#7   [========>        ]    5.00 MiB    2.5 MiB/s",
                    "#12  [                 ]         0 B        0 B/s  retry 2",
                ],
            ),
            (
                40,
                [
                    "1.25 GiB  31%  106.7 MiB/s  12s",
                    "#7     5.00 MiB    2.5 MiB/s",
                    "#12         0 B        0 B/s  retry 2",
                ],
            ),
            (
                20,
                ["1.25 GiB  31%  12s", "#7     5.00 MiB", "#12         0 B"],
            ),
        ] {
            assert_eq!(render(width, 30, &snapshot()), expected, "{width}");
        }
    }

    #[test]
    fn a_source_of_unknown_size_has_no_bar() {
        let mut now = snapshot();
        (now.total, now.retries) = (None, 0);
        now.in_flight.clear();
        assert_eq!(
            render(60, 30, &now),
            ["s3://bucket/ba...tabase.sql.zst  1.25 GiB  106.7 MiB/s  12s"]
        );
    }

    #[test]
    fn no_line_ever_reaches_the_margin() {
        let mut now = snapshot();
        for total in [None, Some(0), Some(u64::MAX)] {
            now.total = total;
            for width in 0..200 {
                for line in render(width, 10, &now) {
                    assert!(measure_text_width(&line) < width.max(1), "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_counted() {
        let mut now = snapshot();
        let part = now.in_flight[0].clone();
        now.in_flight = (1..=16)
            .map(|number| PartSnapshot {
                number,
                name: None,
                ..part.clone()
            })
            .collect();
        let last = |height| {
            let lines = render(30, height, &now);
            (lines.len(), lines.last().cloned().unwrap_or_default())
        };
        assert_eq!(last(6), (5, "+ 13 more".to_owned()));
        assert_eq!(last(17), (16, "+ 2 more".to_owned()));
        assert_eq!(last(18).0, 17);
        assert!(last(18).1.starts_with("#16 "));
        assert_eq!(last(3), (2, "+ 16 more".to_owned()));
        for height in 0..3 {
            assert_eq!(last(height).0, 1);
        }
    }

    #[test]
    fn colour_adds_no_columns() {
        let (now, rates) = (snapshot(), Rates::default());
        let [plain, colored] = [false, true].map(|color| {
            let lines = Lines {
                name: KEY,
                width: 90,
                height: 10,
                color,
            };
            lines.render(&now, &rates)
        });
        assert!(plain.iter().all(|line| !line.contains('\x1b')));
        assert!(colored.iter().all(|line| line.contains('\x1b')));
        let bare: Vec<_> = colored
            .iter()
            .map(|line| console::strip_ansi_codes(line).trim_end().to_owned())
            .collect();
        assert_eq!(bare, plain);
    }

    #[test]
    fn a_bar_is_full_only_at_the_end() {
        assert_eq!(bar(0, 100, 12), "[          ]");
        assert_eq!(bar(1, 100, 12), "[>         ]");
        assert_eq!(bar(99, 100, 12), "[=========>]");
        assert_eq!(bar(100, 100, 12), "[==========]");
    }
}
