//! Progress as bars, redrawn in place: one for the whole and one for each part or file in flight, as
//! many as fit.

use super::plain_lines::{files, percent, rate, retries, size, time};
use super::rates::Speed;
use super::terminal::{FrameTerminal, Screen, shorten};
use super::{InFlight, Snapshot};
use crate::log::{hold_lines, printable, set_drawn};
use console::{
    Alignment, Style, colors_enabled_stderr, measure_text_width, pad_str, set_colors_enabled, style,
};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Columns that the name of the whole is worth showing in.
const NAME: usize = 20;
/// Columns of the path of a file, at least and at most.
const PATH: (usize, usize) = (12, 40);
/// Columns of what is waited for, at least and at most.
const WAIT: (usize, usize) = (10, 200);
/// Columns of a bar with its brackets, at least and at most.
const BAR: (usize, usize) = (10, 30);

/// The bars on the terminal.
#[derive(Debug)]
pub(super) struct Bars {
    name: String,
    screen: Screen,
    multi: MultiProgress,
    /// Whether indicatif's frames are dropped: it draws one at each change of a bar.
    held: Arc<AtomicBool>,
    whole: ProgressBar,
    in_flight: BTreeMap<u32, ProgressBar>,
    /// Tells how many more are in flight than fit.
    more: ProgressBar,
    /// Tells what the run waits for, and why requests are tried again.
    waits: [ProgressBar; 2],
}

impl Bars {
    /// Bars on standard error.
    pub(super) fn new(name: String) -> Self {
        // console lets CLICOLOR_FORCE win over NO_COLOR, and indicatif asks it about standard output.
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        set_colors_enabled(!refused && colors_enabled_stderr());
        let bars = Self::on(io::stderr(), Screen::stderr(), name);
        set_drawn(Some(Box::new(bars.multi.clone())));
        bars
    }

    fn on<W>(out: W, screen: Screen, name: String) -> Self
    where
        W: Write + Debug + Send + 'static,
    {
        let held = Arc::default();
        let terminal = FrameTerminal::new(out, screen, Arc::clone(&held));
        let target = ProgressDrawTarget::term_like(Box::new(terminal));
        let multi = MultiProgress::with_draw_target(target);
        Self {
            name,
            screen,
            whole: multi.add(ProgressBar::no_length()),
            in_flight: BTreeMap::new(),
            more: multi.add(ProgressBar::no_length()),
            waits: std::array::from_fn(|_| multi.add(ProgressBar::no_length())),
            multi,
            held,
        }
    }

    /// Draws at most as many lines as leave one row of the terminal free.
    pub(super) fn draw(&mut self, now: &Snapshot, speed: &Speed) {
        let (rows, columns) = (self.screen.size)();
        // The last column stays free: beyond it, terminals disagree on where the cursor is.
        let width = usize::from(columns).saturating_sub(1);
        let waits = [&now.stage, &now.attempt];
        let taken = 2 + waits.iter().filter(|it| it.is_some()).count();
        let room = usize::from(rows).saturating_sub(taken);
        let all = now.in_flight.len();
        let shown = if all <= room {
            all
        } else {
            room.saturating_sub(1)
        };
        let (shown, more) = now.in_flight.split_at(shown);
        let _lines = hold_lines();
        self.held.store(true, Relaxed);
        self.keep_only(shown);
        let digits = shown.last().map_or(0, |it| it.number.to_string().len());
        let retried = shown.iter().any(|it| it.retries > 0);
        for it in shown {
            let bar = self.in_flight.entry(it.number).or_insert_with(|| {
                let bar = ProgressBar::no_length();
                self.multi.insert_before(&self.more, bar)
            });
            let fields = part(it, speed.of(it), digits, retried);
            set(bar, &template(fields, width), it.sent, Some(it.size));
        }
        let more = match more.len() {
            0 => Vec::new(),
            more => vec![Field::text(0, style(format!("+ {more} more")).dim())],
        };
        set(
            &self.more,
            &template(more, if room > 0 { width } else { 0 }),
            0,
            None,
        );
        for (bar, text) in self.waits.iter().zip(waits) {
            let text = text.as_ref().filter(|_| usize::from(rows) > taken);
            let fields =
                text.map(|text| Field::name(0, &printable(text), WAIT, Style::new().yellow()));
            set(bar, &template(fields.into_iter().collect(), width), 0, None);
        }
        let fields = whole(&self.name, now, speed);
        set(&self.whole, &template(fields, width), now.sent, now.total);
        self.held.store(false, Relaxed);
        self.whole.force_draw();
    }

    fn keep_only(&mut self, shown: &[InFlight]) {
        self.in_flight.retain(|number, bar| {
            let keep = shown.iter().any(|part| part.number == *number);
            if !keep {
                self.multi.remove(bar);
            }
            keep
        });
    }

    /// Takes the bars away and gives the name back.
    pub(super) fn clear(mut self) -> String {
        self.keep_only(&[]);
        self.multi.remove(&self.more);
        self.waits.iter().for_each(|bar| self.multi.remove(bar));
        self.whole.finish_and_clear();
        set_drawn(None);
        self.name
    }
}

/// Says how a bar is to look in the next frame.
fn set(bar: &ProgressBar, template: &str, sent: u64, total: Option<u64>) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.update(|state| {
        state.set_pos(sent);
        total.into_iter().for_each(|total| state.set_len(total));
    });
}

/// A piece of a line.
struct Field {
    /// The lower, the longer it stays as the window gets narrower.
    rank: u8,
    /// Blanks before it.
    gap: usize,
    /// Columns, at least and at most.
    columns: (usize, usize),
    /// Gives indicatif's template for so many columns.
    template: Box<dyn Fn(usize) -> String>,
}

impl Field {
    fn text(rank: u8, text: impl Display) -> Self {
        let text = text.to_string();
        let columns = measure_text_width(&text);
        Self {
            rank,
            gap: 2,
            columns: (columns, columns),
            template: Box::new(move |_| text.clone()),
        }
    }

    /// Shortened where it has to be.
    fn name(rank: u8, name: &str, columns: (usize, usize), style: Style) -> Self {
        let name = name.to_owned();
        Self {
            columns,
            template: Box::new(move |columns| {
                let name = shorten(&name, columns);
                let name = pad_str(&name, columns, Alignment::Left, None);
                let name = name.replace('{', "{{").replace('}', "}}");
                style.apply_to(name).to_string()
            }),
            ..Self::text(rank, "")
        }
    }

    fn bar(rank: u8) -> Self {
        Self {
            columns: BAR,
            template: Box::new(|columns| format!("[{{bar:{}.cyan}}]", columns - 2)),
            ..Self::text(rank, "")
        }
    }

    fn gap(self, gap: usize) -> Self {
        Self { gap, ..self }
    }
}

/// The line of the whole; the name is the first to go.
fn whole(name: &str, now: &Snapshot, speed: &Speed) -> Vec<Field> {
    let columns = measure_text_width(name);
    let bold = Style::new().bold();
    let mut fields = vec![Field::name(8, name, (columns.min(NAME), columns), bold)];
    fields.extend(now.files.as_ref().map(|it| Field::text(1, files(it))));
    fields.push(Field::text(0, size(now.sent)));
    if let Some(total) = now.total {
        let percent = percent(now.sent, total);
        fields.push(Field::text(5, format!("/ {}", size(total))).gap(1));
        fields.push(Field::bar(7));
        fields.push(Field::text(1, format!("{percent:>3}%")).gap(1));
    }
    fields.push(Field::text(2, format!("{:>11}", rate(speed.whole))));
    fields.push(Field::text(3, time(speed.elapsed)));
    let eta = speed.eta.map(|eta| format!("ETA {}", time(eta)));
    fields.extend(eta.map(|eta| Field::text(4, eta)));
    if now.retries > 0 {
        fields.push(Field::text(6, style(retries(now.retries)).yellow()));
    }
    fields
}

/// One of several lines below each other: fields that keep their place, so every line has them all.
/// `digits` are those of the largest part number.
fn part(part: &InFlight, per_second: f64, digits: usize, retried: bool) -> Vec<Field> {
    let mut fields = vec![
        match &part.name {
            None => Field::text(0, format!("#{:<digits$}", part.number)),
            Some(name) => Field::name(0, &printable(name), PATH, Style::new()),
        },
        Field::bar(3),
        Field::text(1, format!("{:>10}", size(part.sent))),
        Field::text(5, format!("/ {:<10}", size(part.size))).gap(1),
        Field::text(2, format!("{:>11}", doing(part, per_second))),
    ];
    if retried {
        let retries = match part.retries {
            0 => String::new(),
            n => format!("retry {n}"),
        };
        fields.push(Field::text(4, style(format!("{retries:<8}")).yellow()));
    }
    fields
}

/// The rate of a part, or why it has none.
fn doing(part: &InFlight, per_second: f64) -> String {
    match part {
        InFlight { waits: true, .. } => "waiting".to_owned(),
        InFlight { sent, size, .. } if sent >= size && *size > 0 => "sent".to_owned(),
        _ => rate(per_second),
    }
}

/// The template of the fields that fit into `width` columns, by rank; what is left over is shared by
/// rank too.
fn template(fields: Vec<Field>, width: usize) -> String {
    let mut order: Vec<_> = (0..fields.len()).collect();
    order.sort_by_key(|&i| fields[i].rank);
    let mut columns = vec![None; fields.len()];
    let mut room = width;
    for &i in &order {
        let least = fields[i].columns.0;
        let is_first = columns.iter().all(Option::is_none);
        let gap = if is_first { 0 } else { fields[i].gap };
        if let Some(rest) = room.checked_sub(least + gap) {
            (columns[i], room) = (Some(least), rest);
        }
    }
    for i in order {
        if let Some(columns) = &mut columns[i] {
            let more = room.min(fields[i].columns.1 - *columns);
            (*columns, room) = (*columns + more, room - more);
        }
    }
    let fields = fields.iter().zip(columns);
    let template: String = fields
        .filter_map(|(it, columns)| Some(" ".repeat(it.gap) + &(it.template)(columns?)))
        .collect();
    template.trim_start().to_owned()
}

#[cfg(test)]
mod bars_tests;
