//! The versions of one object, delete markers among them.

use super::Store;
use super::failure::Failure;
use super::key_spelling::spellings;
use super::request_options::with_run_options;
use crate::config::Destination;
use aws_sdk_s3::types::EncodingType;

impl Store {
    /// The ids of all versions and delete markers of a key that has few.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn versions_of(
        &self,
        destination: &Destination,
    ) -> Result<Vec<String>, Failure> {
        const OPERATION: &str = "ListObjectVersions";
        let answer = self.attempts(OPERATION, |current| async move {
            let builder = current
                .client
                .list_object_versions()
                .bucket(&destination.bucket)
                .prefix(&destination.key)
                // A control character makes XML that nobody can read.
                .encoding_type(EncodingType::Url);
            let sent = with_run_options!(self.options, builder).send().await;
            sent.map_err(|error| Failure::of(OPERATION, &error).final_if_answered())
        });
        let answer = answer.await?;
        let is_encoded = answer.encoding_type() == Some(&EncodingType::Url);
        let versions = answer.versions().iter();
        let versions = versions.map(|it| (it.key(), it.version_id()));
        let markers = answer.delete_markers().iter();
        let markers = markers.map(|it| (it.key(), it.version_id()));
        let ids = versions.chain(markers).filter_map(|(key, id)| {
            let is_it = spellings(key?, is_encoded).contains(&destination.key);
            id.filter(|_| is_it).map(ToOwned::to_owned)
        });
        Ok(ids.collect())
    }
}
