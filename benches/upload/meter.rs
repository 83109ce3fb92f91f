//! What a run of a client costs.
//!
//! The kernel adds up what the children of a process have spent, and keeps the largest memory that
//! any of them had. So that this is about one client alone, a small process is started for each run,
//! which starts the client, waits for it, and prints what the kernel says. Small, because a child
//! begins as a copy of its parent: no memory below that of the meter, a few MiB, can be seen.

use crate::AS_METER;
use crate::noise::noise;
use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What the kernel counts memory in, in bytes.
const RSS_UNIT: u64 = if cfg!(target_vendor = "apple") {
    1
} else {
    1024
};

/// What a run of a client cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// CPU time, the program's own and the kernel's for it.
    pub(crate) cpu: Duration,
    /// The most memory that it had, in bytes.
    pub(crate) peak_rss: u64,
}

/// The path of this program.
pub(crate) fn myself() -> OsString {
    std::env::current_exe().map_or_else(
        |_| std::env::args_os().next().unwrap_or_default(),
        Into::into,
    )
}

/// Runs `command` with a blank environment, but for credentials, and `fed` bytes of standard input.
pub(crate) fn measured(command: &[OsString], fed: u64) -> Result<Cost> {
    let mut meter = Command::new(myself())
        .arg(AS_METER)
        .args(command)
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env("AWS_REGION", "us-east-1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdin = meter.stdin.take().context("no pipe")?;
    let feeder = thread::spawn(move || noise(stdin, fed));
    let output = meter.wait_with_output()?;
    ensure!(output.status.success(), "{command:?}: {}", output.status);
    feeder.join().expect("the feeder does not panic")?;
    Cost::parse(&String::from_utf8(output.stdout)?)
}

/// The meter as a program of its own: runs the command that it is given and prints the cost.
pub(crate) fn run(command: Vec<OsString>) -> Result<()> {
    let (program, arguments) = command.split_first().context("no command")?;
    let start = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()?;
    let wall = start.elapsed();
    ensure!(status.success(), "{status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = (usage.user_time() + usage.system_time()).num_microseconds();
    println!("{} {cpu} {}", wall.as_micros(), usage.max_rss());
    Ok(())
}

impl Cost {
    fn parse(line: &str) -> Result<Self> {
        let numbers: Vec<u64> = line
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let &[wall, cpu, rss] = numbers.as_slice() else {
            anyhow::bail!("the meter says {line:?}");
        };
        Ok(Self {
            wall: Duration::from_micros(wall),
            cpu: Duration::from_micros(cpu),
            peak_rss: rss * RSS_UNIT,
        })
    }
}
