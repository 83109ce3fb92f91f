//! DeleteObject.

use super::Store;
use super::failure::Failure;
use super::request_options::with_run_options;
use crate::config::Destination;

impl Store {
    /// Deletes an object, or one version of it.
    ///
    /// # Errors
    /// When the store does not confirm it.
    pub(crate) async fn delete_object(
        &self,
        destination: &Destination,
        version_id: Option<&str>,
    ) -> Result<(), Failure> {
        const OPERATION: &str = "DeleteObject";
        self.attempts(OPERATION, |current| async move {
            let builder = current
                .client
                .delete_object()
                .bucket(&destination.bucket)
                .key(&destination.key)
                .set_version_id(version_id.map(ToOwned::to_owned));
            match with_run_options!(self.options, builder).send().await {
                Ok(_) => Ok(()),
                Err(error) => {
                    let failure = Failure::of(OPERATION, &error);
                    let is_gone =
                        matches!(failure.code.as_deref(), Some("NoSuchKey" | "NoSuchVersion"));
                    if is_gone { Ok(()) } else { Err(failure) }
                }
            }
        })
        .await
    }
}
