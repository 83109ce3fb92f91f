//! One object: what the store tells of it, then one pass over the bytes.

use super::against_receipt::against_receipt;
use super::blocks::{self, BLOCK, Reading, SourceBlocks};
use super::comparison::{Comparison, Verdict, comparisons};
use super::download::{Download, RANGE};
use super::finding::{Finding, Status};
use super::hash_pass::HashPass;
use crate::config::{Destination, SourceSpec, Transfer};
use crate::error::{Error, Result};
use crate::part::layout::Layout;
use crate::progress::UploadProgress;
use crate::signals::interrupt::AFTER_END;
use crate::source::{self, Source};
use crate::store::{ObjectFacts, Store};
use crate::threads::blocking;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Blocks that are on their way between reading and hashing.
const ON_THEIR_WAY: u64 = 8 * BLOCK;
/// Why nothing can be said of an object.
const NOTHING_KEPT: &str = "the store keeps no checksum of it, and its ETag is no MD5";

/// The bytes that an object should hold.
#[derive(Debug, Clone)]
pub(super) enum Expected {
    /// What the command line named.
    Named(SourceSpec),
    /// A file that was found in a folder, or in a list.
    Found(PathBuf),
    /// None, as the marker of an empty folder.
    Nothing,
}

/// Verifies objects within one bound of memory.
#[derive(Debug, Clone)]
pub(super) struct Verifier {
    pub(super) store: Arc<Store>,
    pub(super) transfer: Transfer,
    pub(super) reading: Reading,
    /// Whether the objects are read.
    pub(super) download: bool,
    /// Bytes that may be held.
    pub(super) memory: u64,
    /// Whether this object is all that the run is about.
    pub(super) is_alone: bool,
}

/// Where bytes come from.
enum Blocks {
    Source(SourceBlocks),
    Object(Box<Download>),
}

impl Verifier {
    /// The same for an object of which nothing is kept: whoever reads many bytes needs the memory.
    pub(super) fn for_small(&self) -> Self {
        Self {
            memory: 0,
            ..self.clone()
        }
    }

    /// Compares an object with the bytes that it should hold, with what a receipt says of it, or, where
    /// neither is given, its bytes with what the store keeps of them.
    ///
    /// # Errors
    /// When that can't be found out.
    pub(super) async fn verify(
        &self,
        destination: &Destination,
        receipt: Option<&ObjectFacts>,
        expected: Option<&Expected>,
    ) -> Result<Finding> {
        let source = match expected {
            Some(expected) => Some((expected, self.open(expected).await?)),
            None => None,
        };
        let interrupt = &self.reading.interrupt;
        let known_size = source.as_ref().and_then(|(_, it)| blocks::known_size(it));
        let looked = interrupt.unless(self.look(destination, known_size)).await?;
        let Some(facts) = looked else {
            return Ok(Finding::differs("there is no such object"));
        };
        let size = receipt.map_or(facts.size, |it| it.size);
        if let Some(known) = known_size.filter(|known| *known != size) {
            return Ok(Finding::other_size(known, size).of(facts));
        }
        let by_receipt = receipt.map(|receipt| against_receipt(receipt, &facts));
        let finding = match by_receipt {
            Some(finding) if self.is_enough(&finding, source.is_some()) => finding,
            _ => self.compare(destination, receipt, &facts, source).await?,
        };
        Ok(finding.of(facts))
    }

    /// Whether nothing is left to find out once the store was compared with a receipt.
    fn is_enough(&self, finding: &Finding, has_source: bool) -> bool {
        let is_told = has_source && finding.status == Status::Equal;
        finding.status == Status::Differs || !(self.download || is_told)
    }

    /// What the store tells of an object; of one that can't be equal no more than its size.
    async fn look(
        &self,
        destination: &Destination,
        known_size: Option<u64>,
    ) -> Result<Option<ObjectFacts>> {
        let failed = |failure: crate::store::Failure| failure.into_error(destination);
        let facts = self.store.object_facts(destination).await;
        let Some(mut facts) = facts.map_err(failed)? else {
            return Ok(None);
        };
        if known_size.is_none_or(|known| known == facts.size) {
            let parts = self.store.object_parts(destination, &facts).await;
            facts.parts = parts.map_err(failed)?;
        }
        Ok(Some(facts))
    }

    async fn open(&self, expected: &Expected) -> Result<Source> {
        let expected = expected.clone();
        let unreadable = |error| Error::failed("can't read it").caused_by(error);
        let opened = blocking(move || match expected {
            Expected::Named(spec) => source::open(&spec),
            Expected::Found(path) => source::open_found(path).map_err(unreadable),
            Expected::Nothing => source::nothing().map_err(unreadable),
        });
        self.reading.interrupt.unless(opened).await
    }

    async fn compare(
        &self,
        destination: &Destination,
        receipt: Option<&ObjectFacts>,
        facts: &ObjectFacts,
        source: Option<(&Expected, Source)>,
    ) -> Result<Finding> {
        let known = receipt.unwrap_or(facts);
        if self.is_alone {
            self.reading.progress.set_total(facts.size);
        }
        let download = || Box::new(self.fetch(destination, facts));
        let Some((expected, source)) = source else {
            return self.hash(Blocks::Object(download()), known).await;
        };
        if !self.download && comparisons(known, &self.transfer).is_empty() {
            // Before a COMMAND is started for nothing.
            return Ok(Finding::unverifiable(NOTHING_KEPT));
        }
        let spec = match expected {
            Expected::Named(spec) => spec.clone(),
            Expected::Found(path) => SourceSpec::File(path.clone()),
            Expected::Nothing => SourceSpec::File(PathBuf::new()),
        };
        let source = SourceBlocks::start(&spec, source, &self.reading)?;
        let compared = match self.download {
            true => self.compare_bytes(source, download(), known).await,
            false => self.hash(Blocks::Source(source), known).await,
        };
        match compared {
            Ok(finding) => Ok(finding),
            Err(error) => Err(self.reading.interrupt.explain(error).await),
        }
    }

    fn fetch(&self, destination: &Destination, facts: &ObjectFacts) -> Download {
        let held = self.memory.saturating_sub(ON_THEIR_WAY) / RANGE;
        let ahead = usize::try_from(held).unwrap_or(usize::MAX);
        let ahead = ahead.clamp(1, self.transfer.workers);
        Download::new(&self.store, destination, facts, &self.reading, ahead)
    }

    /// Hashes the bytes, and compares what comes out with what is known.
    async fn hash(&self, mut blocks: Blocks, known: &ObjectFacts) -> Result<Finding> {
        let comparisons = comparisons(known, &self.transfer);
        if comparisons.is_empty() {
            return Ok(Finding::unverifiable(NOTHING_KEPT).by("nothing".to_owned()));
        }
        let most_kept = self.memory.saturating_sub(ON_THEIR_WAY);
        let pass = HashPass::start(&comparisons, blocks.most_kept(most_kept))?;
        let mut read = 0;
        while let Some(block) = self.reading.interrupt.unless(blocks.next()).await? {
            read += block.len() as u64;
            if read > known.size {
                blocks.stop();
                return Ok(Finding::longer(known.size));
            }
            blocks.count(&self.reading.progress, block.len() as u64);
            self.reading.interrupt.unless(push(&pass, block)).await?;
        }
        self.check_end(&mut blocks).await?;
        if read < known.size {
            return Ok(Finding::other_size(read, known.size));
        }
        let parts = pass.finish().await?;
        let verdicts = comparisons.iter().zip(&parts);
        let verdicts: Vec<_> = verdicts.map(|(it, parts)| (it, it.judge(parts))).collect();
        Ok(judge(&verdicts))
    }

    /// Compares byte by byte.
    async fn compare_bytes(
        &self,
        source: SourceBlocks,
        mut object: Box<Download>,
        known: &ObjectFacts,
    ) -> Result<Finding> {
        let interrupt = &self.reading.interrupt;
        let mut source = Blocks::Source(source);
        let (mut ours, mut theirs) = (Bytes::new(), Bytes::new());
        let mut at = 0;
        loop {
            if ours.is_empty() {
                match interrupt.unless(source.next()).await? {
                    Some(block) => ours = block,
                    None => break,
                }
            }
            if theirs.is_empty() {
                match interrupt.unless(object.next()).await? {
                    Some(block) => theirs = block,
                    None => {
                        source.stop();
                        return Ok(Finding::longer(at));
                    }
                }
            }
            let n = ours.len().min(theirs.len());
            let (one, other) = (ours.split_to(n), theirs.split_to(n));
            if one != other {
                source.stop();
                let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
                return Ok(other_byte(at + same as u64, known));
            }
            at += n as u64;
        }
        self.check_end(&mut source).await?;
        Ok(match at < known.size {
            true => Finding::other_size(at, known.size),
            false => Finding::equal("bytes".to_owned()),
        })
    }

    /// Checks, behind the end of the bytes, that all were there.
    async fn check_end(&self, blocks: &mut Blocks) -> Result<()> {
        let interrupt = &self.reading.interrupt;
        if let Blocks::Source(source) = blocks {
            let ended = Instant::now();
            interrupt.unless(source.finish()).await?;
            // A signal that ended the producer may be on its way to us.
            interrupt.check_after(Some(ended), AFTER_END).await?;
        }
        Ok(())
    }
}

impl Blocks {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        match self {
            Self::Source(source) => source.next().await,
            Self::Object(object) => object.next().await,
        }
    }

    fn stop(&self) {
        if let Self::Source(source) = self {
            source.stop();
        }
    }

    /// Counts bytes that were compared; those of the object were counted as they came.
    fn count(&self, progress: &UploadProgress, bytes: u64) {
        if let Self::Source(_) = self {
            progress.compared(bytes);
        }
    }

    /// What may be kept of a part, where `most` may be: nothing of ranges, of which the next one needs
    /// its memory.
    fn most_kept(&self, most: u64) -> u64 {
        match self {
            Self::Source(_) => most,
            Self::Object(_) => 0,
        }
    }
}

async fn push(pass: &HashPass, block: Bytes) -> Result<()> {
    pass.push(block).await;
    Ok(())
}

/// Where the part is known that holds the byte, it is named.
fn other_byte(offset: u64, known: &ObjectFacts) -> Finding {
    let layout = known
        .parts
        .as_ref()
        .map(|parts| Layout::of(parts.iter().map(|it| it.size)));
    let part = layout
        .filter(|it| it.count() > 1)
        .map(|it| it.index_at(offset) + 1);
    Finding::other_byte(offset, part)
}

fn judge(verdicts: &[(&Comparison, Verdict)]) -> Finding {
    let equal = verdicts
        .iter()
        .find(|(_, verdict)| *verdict == Verdict::Equal);
    if let Some((comparison, _)) = equal {
        return Finding::equal(comparison.to_string());
    }
    let proof = verdicts
        .iter()
        .find(|(comparison, _)| comparison.is_conclusive);
    let Some((comparison, verdict)) = proof else {
        let layouts: Vec<_> = verdicts.iter().map(|(it, _)| it.to_string()).collect();
        return Finding::unverifiable(format!(
            "it is not known in what parts it was sent, and none of these fits: {}",
            layouts.join("; ")
        ));
    };
    match verdict {
        Verdict::Other(Some(parts)) => Finding::other_parts(*parts),
        _ => Finding::differs(format!("the {comparison} is another")),
    }
    .by(comparison.to_string())
}
