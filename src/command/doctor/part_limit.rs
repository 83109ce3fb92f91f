//! The largest part number that the store takes.

use super::check::Check;
use super::finding::Finding;
use super::probes::{few_bytes, part};
use super::run::Run;
use crate::config::MAX_PARTS;
use crate::error::Result;
use crate::store::{Failure, Store, UploadId};

/// What is known of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    /// The largest number that was taken.
    taken: u32,
    /// The smallest that was refused.
    refused: u32,
}

impl Bounds {
    /// The number to try next; none once the limit is known. `told` is the limit by the store's own words.
    fn next(self, told: Option<u32>) -> Option<u32> {
        let is_open = |number: &u32| (self.taken + 1..self.refused).contains(number);
        let guess = told
            .into_iter()
            .flat_map(|it| [Some(it), it.checked_add(1)]);
        let guess = guess.flatten().chain([1000, 1001]).find(is_open);
        let middle = self.taken + (self.refused - self.taken) / 2;
        guess.or(Some(middle)).filter(is_open)
    }

    fn learn(&mut self, number: u32, is_taken: bool) {
        match is_taken {
            true => self.taken = number,
            false => self.refused = number,
        }
    }
}

/// Tries the largest number that S3 takes, and the one behind it, then what lies between what is taken and
/// what is refused.
///
/// # Errors
/// The reason to end.
pub(super) async fn tell(run: &mut Run, store: &Store, upload: &UploadId) -> Result<()> {
    let finding = match send(run, store, upload, MAX_PARTS).await? {
        Ok(()) => match send(run, store, upload, MAX_PARTS + 1).await? {
            Ok(()) => {
                Finding::ok("more than 10,000 parts are taken; s3stream sends no more than those")
            }
            Err(_) => Finding::ok("10,000 parts"),
        },
        Err(failure) if failure.status == Some(400) => search(run, store, upload, &failure).await?,
        Err(failure) => Finding::skipped(format!("not known: {failure}")),
    };
    run.tell(Check::PartLimit, &finding);
    Ok(())
}

async fn search(
    run: &mut Run,
    store: &Store,
    upload: &UploadId,
    refusal: &Failure,
) -> Result<Finding> {
    let told = number_in(&refusal.to_string());
    let mut bounds = Bounds {
        taken: 1,
        refused: MAX_PARTS,
    };
    while let Some(number) = bounds.next(told) {
        match send(run, store, upload, number).await? {
            Ok(()) => bounds.learn(number, true),
            Err(failure) if failure.status == Some(400) => bounds.learn(number, false),
            Err(failure) => return Ok(Finding::skipped(format!("not known: {failure}"))),
        }
    }
    let most = bounds.taken;
    let found = format!("{most} parts: an upload ends sooner than on S3, where 10,000 are taken");
    Ok(Finding::warning(found).hint(format!(
        "--max-parts {most} (S3STREAM_MAX_PARTS={most}): the size of parts then grows in time"
    )))
}

async fn send(
    run: &Run,
    store: &Store,
    upload: &UploadId,
    number: u32,
) -> Result<Result<(), Failure>> {
    let store = store.trying_once();
    let part = part(&store, number, few_bytes());
    Ok(run.probes.send(&store, upload, &part).await?.map(drop))
}

/// The last number of a message, as "between 1 and 1000, inclusive" names the limit.
fn number_in(message: &str) -> Option<u32> {
    let message = message.split(" (HTTP").next().unwrap_or(message);
    let numbers = message.split(|c: char| !c.is_ascii_digit());
    numbers.rev().find(|it| !it.is_empty())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is found where the limit is `limit`, and how many requests that takes.
    fn found(limit: u32, told: Option<u32>) -> (u32, u32) {
        let (taken, refused) = (1, MAX_PARTS);
        let (mut bounds, mut tries) = (Bounds { taken, refused }, 0);
        while let Some(number) = bounds.next(told) {
            bounds.learn(number, number <= limit);
            tries += 1;
        }
        (bounds.taken, tries)
    }

    #[test]
    fn what_the_store_says_is_tried_first() {
        assert_eq!(found(1000, None), (1000, 2));
        assert_eq!(found(5000, Some(5000)), (5000, 2));
        let told = "InvalidArgument: Part number must be an integer between 1 and 1000, inclusive \
                    (HTTP 400)";
        assert_eq!(number_in(told), Some(1000));
        assert_eq!(number_in("InvalidPart"), None);
    }

    proptest! {
        #[test]
        fn any_limit_is_found_whatever_the_store_says(
            limit in 1..MAX_PARTS,
            told in prop::option::of(any::<u32>()),
        ) {
            let (most, tries) = found(limit, told);
            prop_assert_eq!(most, limit);
            prop_assert!(tries <= 18, "{} requests", tries);
        }
    }
}
