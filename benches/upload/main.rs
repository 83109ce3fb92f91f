//! What an upload costs, end to end: the program itself against a sink on loopback that keeps
//! nothing, and beside it the *floor*, what any client must spend to read the bytes and write them.
//! The ratio of the two is what can be compared between machines.
//!
//!     cargo bench --bench upload                   everything: half a minute, and 1 GiB in TMPDIR
//!     cargo bench --bench upload -- many           the cases with this in their name
//!     cargo bench --bench upload -- --rounds 9     more rounds
//!
//! Figures are printed, never judged. Run by `cargo test --benches`, it does little more than start:
//! one round of tiny cases, to see that all of it works.
//!
//! This process is the store (`sink`) and the producer at the other end of the pipe. For each run it
//! starts itself again as a small process that runs one client and says what that cost (`meter`); the
//! floor is a client, and this program once more (`floor`). `http` is what sink and floor share.

mod cases;
mod floor;
mod http;
mod meter;
mod noise;
mod sink;
mod table;

use anyhow::{Context as _, Result, ensure};
use cases::{Case, Client, Site};
use clap::Parser;
use meter::Cost;
use sink::Sink;

/// First arguments that make this program one of its own children.
const AS_FLOOR: &str = "run-as-floor";
const AS_METER: &str = "run-as-meter";

/// What an upload costs, beside what it must cost.
#[derive(Debug, Parser)]
struct Args {
    /// Run only the cases with this in their name
    filter: Option<String>,
    /// Rounds of each case, of which the medians are shown
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// One round of tiny cases; so it is without --bench, too
    #[arg(long)]
    test: bool,
    /// Added by cargo bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(role) if role == AS_FLOOR => floor::run(arguments.collect()),
        Some(role) if role == AS_METER => meter::run(arguments.collect()),
        _ => bench(&Args::parse()),
    }
}

fn bench(args: &Args) -> Result<()> {
    let tiny = args.test || !args.bench;
    let rounds = if tiny { 1 } else { args.rounds };
    let filter = args.filter.as_deref().unwrap_or_default();
    let sink = Sink::start().context("can't listen on loopback")?;
    let site = Site::new(sink.address())?;
    let cases = cases::all(tiny).into_iter();
    for (at, case) in cases.filter(|case| case.name.contains(filter)).enumerate() {
        if at == 0 {
            table::heading(rounds);
        }
        let costs = run(&case, rounds, &site, &sink).with_context(|| case.name.to_owned())?;
        table::rows(&case, &costs);
    }
    Ok(())
}

/// The costs of the client and of the floor, which take turns: whatever else the machine does
/// meanwhile hits both.
fn run(case: &Case, rounds: u32, site: &Site, sink: &Sink) -> Result<Vec<[Cost; 2]>> {
    site.prepare(case)?;
    sink.slow_down(case.line);
    (0..rounds)
        .map(|_| {
            Ok([
                run_once(case, Client::Program, site, sink)?,
                run_once(case, Client::Floor, site, sink)?,
            ])
        })
        .collect()
}

fn run_once(case: &Case, client: Client, site: &Site, sink: &Sink) -> Result<Cost> {
    let cost = meter::measured(&site.command(case, client), case.fed())?;
    let (stored, sent) = (sink.take(), case.sent());
    ensure!(
        stored == sent,
        "{client} was to store {sent:?}, the sink got {stored:?}"
    );
    Ok(cost)
}
