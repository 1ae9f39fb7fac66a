//! One best practice: its settings and its check.

use serde::de::DeserializeOwned;

use crate::kube::kinds::Kind;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Findings;
use crate::policy::metadata::Metadata;
use crate::settings::SettingsError;

/// One best practice. The implementing struct *is* the policy's settings, and its documentation is the policy's.
pub trait Policy: Default + DeserializeOwned + Send + Sync + 'static {
    /// What the policy says of itself.
    const METADATA: Metadata;

    /// The kinds that a cluster asks it about, where that is not all of [`Metadata::targets`]: what controllers write all the
    /// time, or no cluster has any more, is checked in files alone.
    const ADMISSION_TARGETS: &'static [&'static Kind] = Self::METADATA.targets;
    /// The kinds that are looked up in a cluster, all that are needed unless it says otherwise.
    const ADMISSION_NEEDS: &'static [&'static Kind] = Self::METADATA.needs;

    /// Checks that need more than one setting at once; what one setting alone may hold is the business of its type.
    ///
    /// # Errors
    /// What is wrong, by field.
    fn validate(&self) -> Result<(), SettingsError> {
        Ok(())
    }

    /// Checks one object of one of the kinds in [`Metadata::targets`]. Everything wrong is reported at once.
    ///
    /// # Errors
    /// What keeps the policy from checking; findings made before still count.
    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError>;
}
