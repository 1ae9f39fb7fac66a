//! One best practice: its settings and its check.

use serde::de::DeserializeOwned;

use crate::kube::container::{Container, Role};
use crate::kube::kinds::Kind;
use crate::kube::pod::Pod;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Findings;
use crate::policy::metadata::{Metadata, PodScope};
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
    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        match cx.pod()? {
            Some(pod) if Self::METADATA.pods == PodScope::Any || pod.is_long_running() => self.check_pod(pod, cx, out),
            _ => Ok(()),
        }
    }

    /// Checks the pod that the object is or makes, unless [`Policy::check`] is the policy's own: each of its containers,
    /// ephemeral ones if [`Metadata::ephemeral`] says so.
    ///
    /// # Errors
    /// As for [`Policy::check`].
    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for container in pod.containers() {
            if Self::METADATA.ephemeral || container.role() != Role::Ephemeral {
                self.check_container(container, pod, cx, out)?;
            }
        }
        Ok(())
    }

    /// Checks one container, unless [`Policy::check_pod`] is the policy's own.
    ///
    /// # Errors
    /// As for [`Policy::check`].
    fn check_container(
        &self,
        _container: &Container<'_>,
        _pod: &Pod<'_>,
        _cx: &Context<'_>,
        _out: &mut Findings,
    ) -> Result<(), CheckError> {
        Ok(())
    }
}
