//! A stream, and the command that may print it: how much comes first decides how it is stored.

use super::begin::Begun;
use super::feed::{Feed, receive};
use super::{Committed, Uploader};
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::part::Part;
use crate::part::plan::Plan;
use crate::part::splitter::{Cut, Splitter};
use crate::progress::CountedReader;
use crate::source::{CommandLine, Heard, Silence, Stream};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Time without a byte after which the destination of a pipe is tried. A quick pipe pays nothing.
const TRY_AFTER: Duration = Duration::from_secs(1);

/// A stream of which the first part is here.
struct Opened {
    plan: Plan,
    first: Part,
    /// Whether there is no other.
    whole: bool,
    /// The others.
    feed: Feed,
}

impl Uploader {
    /// Tries the destination, then starts the command and uploads what it prints: one that takes locks
    /// for an hour need not have run to learn that there is no such bucket.
    pub(super) async fn command(
        &self,
        destination: &Destination,
        command: CommandLine,
        begun: Option<Begun>,
    ) -> Result<(Plan, Committed)> {
        let begun = match begun {
            None => {
                let plan = Plan::for_stream(&self.transfer)?;
                self.begin_early(destination, &plan).await?
            }
            begun => begun,
        };
        match self.interrupt.check().and_then(|()| command.start()) {
            Ok(stream) => self.stream(destination, stream, begun).await,
            Err(error) => Err(self.abandon(destination, begun, error).await),
        }
    }

    /// Uploads a stream, for which an upload may have been begun.
    pub(super) async fn stream(
        &self,
        destination: &Destination,
        stream: Stream,
        mut begun: Option<Begun>,
    ) -> Result<(Plan, Committed)> {
        let opened = match self.open_stream(destination, stream, &mut begun).await {
            Ok(opened) => opened,
            Err(error) => {
                let error = self.interrupt.explain(error).await;
                return Err(self.abandon(destination, begun, error).await);
            }
        };
        let Opened {
            plan,
            first,
            whole,
            mut feed,
        } = opened;
        let committed = if whole {
            self.only_part(destination, &plan, first, feed, begun)
                .await?
        } else {
            feed.put_back(first);
            self.multipart(destination, &plan, feed, begun).await?
        };
        Ok((plan, committed))
    }

    /// Starts to cut the stream, and waits for its first part; meanwhile an upload may be `begun`.
    async fn open_stream(
        &self,
        destination: &Destination,
        stream: Stream,
        begun: &mut Option<Begun>,
    ) -> Result<Opened> {
        let Stream {
            input,
            producer,
            may_be_empty,
        } = stream;
        if let Some(producer) = &producer {
            producer.end_run_if_it_fails(&self.interrupt);
        }
        if let Some(size) = self.transfer.expected_size {
            self.store.progress().set_total(size);
            self.store.progress().flows();
        }
        let taken_up = begun.as_ref().and_then(|it| it.earlier.as_ref());
        let plan = match taken_up {
            Some(earlier) => earlier.record.plan.clone(),
            None => Plan::for_stream(&self.transfer)?,
        };
        let splitter = Splitter {
            plan: plan.clone(),
            pool: self.pool.clone(),
            hashing: self.store.hashing(),
            most: self.guards.size,
        };
        let silence = Silence::begun();
        if let Some(limit) = self.idle_timeout {
            silence.end_after(limit, &self.interrupt);
        }
        let heard = silence.clone();
        let progress = Arc::clone(self.store.progress());
        let mut cuts = splitter.start(move || {
            let input = input.open()?;
            Ok(Heard::new(CountedReader { input, progress }, heard))
        })?;
        // What may be empty is a file: it has no producer who could be silent.
        let is_pipe = !may_be_empty;
        let cut = match is_pipe && begun.is_none() {
            true => {
                self.first_cut(destination, &plan, &mut cuts, &silence, begun)
                    .await?
            }
            false => self.unless_interrupted(receive(&mut cuts)).await?,
        };
        // Only now: before its first bytes, COMMAND may be asking for a password.
        self.tell_plan(&plan, "a stream");
        let Cut::Part { part: first, whole } = cut else {
            return Err(Error::failed("reading the source failed"));
        };
        let feed = Feed::Stream {
            first: None,
            cuts,
            producer,
            silence,
            may_be_empty,
        };
        Ok(Opened {
            plan,
            first,
            whole,
            feed,
        })
    }

    /// Waits for what the splitter sends first; begins an upload as soon as the stream is silent for a
    /// while.
    async fn first_cut(
        &self,
        destination: &Destination,
        plan: &Plan,
        cuts: &mut mpsc::Receiver<Result<Cut>>,
        silence: &Silence,
        begun: &mut Option<Begun>,
    ) -> Result<Cut> {
        let heard = async {
            tokio::select! {
                biased;
                cut = receive(cuts) => cut.map(Some),
                () = silence.lasting(TRY_AFTER, || ()) => Ok(None),
            }
        };
        if let Some(cut) = self.unless_interrupted(heard).await? {
            return Ok(cut);
        }
        // Not to be dropped by an interruption, of which it takes care: the store may be creating it.
        *begun = self.begin_early(destination, plan).await?;
        self.unless_interrupted(receive(cuts)).await
    }
}
