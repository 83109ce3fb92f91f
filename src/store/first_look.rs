//! The first questions to a bucket: whether it can be listed, by which clock it answers, where it is.

use super::Store;
use super::failure::Failure;
use super::request_options::with_run_options;
use super::store_date::StoreDate;
use std::time::SystemTime;

/// What a bucket answered first.
#[derive(Debug)]
pub(crate) struct FirstLook {
    /// Whether its objects can be listed.
    pub listed: Result<(), Failure>,
    /// The store's clock, where it tells, and ours at the same moment.
    pub clocks: Option<(SystemTime, SystemTime)>,
}

impl Store {
    /// Lists one object of those whose keys begin with `prefix`. Unlike a HEAD, this is answered with a code
    /// where it is refused.
    pub(crate) async fn first_look(&self, bucket: &str, prefix: &str) -> FirstLook {
        const OPERATION: &str = "ListObjectsV2";
        let date = StoreDate::default();
        let noted = &date;
        let listed = self.attempts(OPERATION, |current| async move {
            let builder = current.client.list_objects_v2().bucket(bucket);
            let builder = builder.prefix(prefix).max_keys(1);
            let sent = with_run_options!(self.options, builder)
                .customize()
                .interceptor(noted.clone())
                .send()
                .await;
            sent.map(drop)
                .map_err(|error| Failure::of(OPERATION, &error))
        });
        let listed = listed.await;
        FirstLook {
            listed,
            clocks: date.both(),
        }
    }

    /// The region that the bucket names as its own; `None` where it names none.
    ///
    /// # Errors
    /// When there is no such bucket, or it does not tell whether there is.
    pub(crate) async fn bucket_region(&self, bucket: &str) -> Result<Option<String>, Failure> {
        const OPERATION: &str = "HeadBucket";
        self.attempts(OPERATION, |current| async move {
            let owner = self.options.connection.expected_bucket_owner.clone();
            let builder = current.client.head_bucket().bucket(bucket);
            let sent = builder.set_expected_bucket_owner(owner).send().await;
            let answer = sent.map_err(|error| Failure::of(OPERATION, &error))?;
            let region = answer.bucket_region().filter(|it| !it.is_empty());
            Ok(region.map(ToOwned::to_owned))
        })
        .await
    }
}
