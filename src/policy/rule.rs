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
    /// The policy's metadata.
    const METADATA: Metadata;

    /// The kinds that it checks in a cluster, if not all of [`Metadata::targets`]: kinds that controllers write all the
    /// time, or that no cluster has any more, are only checked in files.
    const ADMISSION_TARGETS: &'static [&'static Kind] = Self::METADATA.targets;
    /// The kinds that it looks up in a cluster; by default all of its needs.
    const ADMISSION_NEEDS: &'static [&'static Kind] = Self::METADATA.needs;

    /// Validates constraints between settings; the type of a setting validates its own value.
    ///
    /// # Errors
    /// The problems, by field.
    fn validate(&self) -> Result<(), SettingsError> {
        Ok(())
    }

    /// Checks one object of one of the kinds in [`Metadata::targets`]. Reports all violations at once.
    ///
    /// # Errors
    /// Why the policy can't check it; findings reported before still count.
    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        match cx.pod()? {
            Some(pod) if Self::METADATA.pods == PodScope::Any || pod.is_long_running() => self.check_pod(pod, cx, out),
            _ => Ok(()),
        }
    }

    /// Checks the object's pod, unless the policy implements [`Policy::check`]: by default each of its containers,
    /// ephemeral ones if [`Metadata::ephemeral`] is set.
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

    /// Checks one container, unless the policy implements [`Policy::check_pod`].
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
