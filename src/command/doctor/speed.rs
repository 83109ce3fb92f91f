//! The throughput of one connection and of several, by parts of an upload that is aborted.

use super::check::Check;
use super::finding::Finding;
use super::probes::part;
use super::run::Run;
use crate::config::MIB;
use crate::error::Result;
use crate::part::Part;
use crate::progress::rate;
use crate::store::{Failure, Store, UploadId};
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Time for which is sent.
const TIME: Duration = Duration::from_secs(3);
/// Time after which what was sent by then is waited for no longer.
const MOST: Duration = Duration::from_secs(30);
/// Sizes of parts: a slow line gets one through in time, a fast one is not kept waiting by each answer.
const SIZES: [u64; 4] = [MIB, 2 * MIB, 4 * MIB, 8 * MIB];
/// A part that is through sooner is followed by a larger one.
const QUICK: Duration = Duration::from_millis(300);

/// What was sent, in which time.
#[derive(Debug, Clone, Copy)]
struct Sent {
    bytes: u64,
    took: Duration,
    /// The place in `SIZES` that was reached.
    size: usize,
}

impl Sent {
    #[expect(clippy::cast_precision_loss)] // It is told with one decimal.
    fn rate(&self) -> f64 {
        self.bytes as f64 / self.took.as_secs_f64().max(1e-9)
    }
}

/// Tells of both.
///
/// # Errors
/// The reason to end.
pub(super) async fn tell(run: &mut Run, store: &Store, several: usize) -> Result<()> {
    let upload = match run.probes.create(store).await? {
        Ok(upload) => Arc::new(upload),
        Err(failure) => {
            let finding = Finding::skipped(format!("not known: {failure}"));
            run.tell(Check::Speed, &finding);
            return Ok(());
        }
    };
    let measured = measure(run, store, &upload, several).await;
    // What is left of it is told at the end.
    let _ = run.probes.abort(&upload.id).await;
    measured
}

async fn measure(
    run: &mut Run,
    store: &Store,
    upload: &Arc<UploadId>,
    several: usize,
) -> Result<()> {
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u64(..).to_le_bytes())
        .take(usize::try_from(SIZES[SIZES.len() - 1] / 8).unwrap_or_default())
        .flatten()
        .collect();
    let noise = Bytes::from(noise);
    let parts = SIZES.map(|size| {
        let end = usize::try_from(size).unwrap_or(noise.len());
        part(store, 1, noise.slice(..end))
    });
    let parts = Arc::new(parts);
    let mut first: Option<Sent> = None;
    for connections in [1, several] {
        let begin_with = first.map_or(0, |it| it.size);
        let sent = send(run, store, upload, &parts, connections, begin_with).await?;
        let finding = match &sent {
            Ok(sent) => judge(connections, *sent, first),
            Err(failure) => Finding::skipped(format!("not known: {failure}")),
        };
        run.tell(Check::Speed, &finding);
        let Ok(sent) = sent else { break };
        first = Some(sent);
    }
    Ok(())
}

/// Sends over so many connections at a time; what does not get through in time does not count.
async fn send(
    run: &Run,
    store: &Store,
    upload: &Arc<UploadId>,
    parts: &Arc<[Part; SIZES.len()]>,
    connections: usize,
    begin_with: usize,
) -> Result<Result<Sent, Failure>> {
    let began = Instant::now();
    let mut senders = JoinSet::new();
    for number in (1..).take(connections) {
        let (store, upload, parts) = (store.clone(), Arc::clone(upload), Arc::clone(parts));
        let destination = run.probe().clone();
        senders.spawn(async move {
            let mut sent = Sent {
                bytes: 0,
                took: Duration::ZERO,
                size: begin_with,
            };
            while began.elapsed() < TIME {
                let part = Part {
                    number,
                    ..parts[sent.size].clone()
                };
                let progress = store.progress().part(number, part.size());
                let started = Instant::now();
                let done = store.upload_part(&destination, &upload, &part, &progress);
                done.await?;
                sent.bytes += part.size();
                sent.took = began.elapsed();
                if started.elapsed() < QUICK {
                    sent.size = (sent.size + 1).min(SIZES.len() - 1);
                }
            }
            Ok(sent)
        });
    }
    let all = async { Ok(tokio::time::timeout(MOST, senders.join_all()).await) };
    let all = run.interrupt.unless(all).await?;
    let all: Vec<Result<Sent, Failure>> = all.unwrap_or_default();
    let mut sum = Sent {
        bytes: 0,
        took: began.elapsed(),
        size: begin_with,
    };
    for sent in all {
        match sent {
            Ok(sent) => {
                sum.bytes += sent.bytes;
                sum.size = sum.size.max(sent.size);
            }
            Err(failure) => return Ok(Err(failure)),
        }
    }
    Ok(Ok(sum))
}

fn judge(connections: usize, sent: Sent, one: Option<Sent>) -> Finding {
    let named = crate::progress::count(connections, "connection", "connections");
    if sent.bytes == 0 {
        return Finding::warning(format!("{named}: less than 1 MiB in {} s", MOST.as_secs()));
    }
    let finding = Finding::ok(format!("{named}: {}", rate(sent.rate())));
    let Some(one) = one else {
        return finding;
    };
    let times = sent.rate() / one.rate().max(1.0);
    match times > 1.3 {
        true => finding.hint(format!(
            "several connections bring {times:.1} times as much: leave --workers at auto, or see whether \
             more than {connections} help"
        )),
        false => finding.hint(
            "one connection fills the line, or the store's limit: --workers auto finds out, and \
             --workers 2 spares memory",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_says_whether_more_connections_help() {
        let sent = |mib| Sent {
            bytes: mib * MIB,
            took: Duration::from_secs(3),
            size: 3,
        };
        let first = judge(1, sent(300), None);
        assert_eq!(first.found, "1 connection: 100.0 MiB/s");
        assert_eq!(first.hint, None);
        for (mib, words) in [(900, "3.0 times"), (310, "fills the line")] {
            let several = judge(8, sent(mib), Some(sent(300)));
            assert!(several.hint.unwrap().contains(words));
        }
    }
}
