//! The figures as they are printed: two rows as soon as a case is done.

use crate::cases::{Case, Client, Load};
use crate::meter::Cost;
use bytesize::{GIB, MIB};

/// What holds for all rows, and what the columns are.
pub(crate) fn heading(rounds: u32) {
    let version = env!("CARGO_PKG_VERSION");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("s3stream {version}, {cores} cores, over loopback; medians, rounds: {rounds}");
    if cfg!(debug_assertions) {
        println!("Built without optimisation: only cargo bench gives figures that mean anything.");
    }
    println!();
    let columns = ["CPU", "throughput", "peak RSS", "CPU / floor"].map(str::to_owned);
    line("case", "client", columns);
}

/// The rows of a case: the program's, then the floor's.
pub(crate) fn rows(case: &Case, costs: &[[Cost; 2]]) {
    let [program, floor] = [0, 1].map(|at| Medians::of(case.load, costs.iter().map(|c| &c[at])));
    // Round by round: what slowed down one round slowed down both.
    let ratio = median(
        costs
            .iter()
            .map(|[program, floor]| program.cpu.as_secs_f64() / floor.cpu.as_secs_f64()),
    );
    let title = case.to_string();
    line(
        &title,
        Client::Program,
        program.columns(format!("{ratio:.1}")),
    );
    line("", Client::Floor, floor.columns("1".to_owned()));
}

fn line(case: &str, client: impl std::fmt::Display, columns: [String; 4]) {
    let [cpu, throughput, rss, ratio] = columns;
    println!("{case:<37} {client:<8} {cpu:>13} {throughput:>14} {rss:>10} {ratio:>12}");
}

/// The medians of all rounds of one client, ready to be shown.
struct Medians {
    cpu: String,
    throughput: String,
    rss: String,
}

impl Medians {
    /// In the units that suit what was sent: so much for each GiB or file, or a start's time.
    fn of<'a>(load: Load, costs: impl Iterator<Item = &'a Cost> + Clone) -> Self {
        let wall = median(costs.clone().map(|cost| cost.wall.as_secs_f64()));
        let cpu = median(costs.clone().map(|cost| cost.cpu.as_secs_f64()));
        let rss = median(costs.map(|cost| cost.peak_rss as f64)) / MIB as f64;
        let (cpu, throughput) = match load {
            Load::Files { count, .. } => (
                format!("{:.0} µs/file", cpu * 1e6 / count as f64),
                format!("{:.0} files/s", count as f64 / wall),
            ),
            Load::Stdin(size) | Load::File(size) if size >= MIB => (
                format!("{:.2} s/GiB", cpu * GIB as f64 / size as f64),
                format!("{:.0} MiB/s", size as f64 / MIB as f64 / wall),
            ),
            Load::Stdin(_) | Load::File(_) => (
                format!("{:.1} ms", cpu * 1e3),
                format!("{:.1} ms", wall * 1e3),
            ),
        };
        let rss = format!("{rss:.0} MiB");
        Self {
            cpu,
            throughput,
            rss,
        }
    }

    fn columns(self, ratio: String) -> [String; 4] {
        [self.cpu, self.throughput, self.rss, ratio]
    }
}

/// The middle one; of an even number, the higher of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
