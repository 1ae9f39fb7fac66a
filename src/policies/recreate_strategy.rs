use serde::Deserialize;

use crate::context::Context;
use crate::finding::Findings;
use crate::kube::kinds::POD_KINDS;
use crate::policies::sources;
use crate::policy::{Category, CheckError, FixAvailability, Meta, Policy, Profile, Severity};

// The documentation below is what users read: in `plimsoll explain`, in the policy's README and in Rancher's form. Say
// which objects are reported, and which look alike and are not.

/// ## What it does
/// Reports every container with a name that stands for a better one.
///
/// ## Why
/// A container's name is what people type into `kubectl logs` and what dashboards group by: in the night of an incident
/// a name that says nothing costs minutes.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: checkout
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RecreateStrategy {
    // A setting's type should make bad values impossible; `crate::settings` has types to build from. Its first sentence
    // of documentation stands alone in tables.
    /// The names that say nothing.
    pub names: Vec<String>,
}

impl Default for RecreateStrategy {
    fn default() -> RecreateStrategy {
        RecreateStrategy { names: vec!["placeholder".to_owned()] }
    }
}

impl Policy for RecreateStrategy {
    const META: Meta = Meta {
        id: "recreate-strategy",
        title: "Containers have names that say what they are",
        // One clause: messages put it behind "because".
        why: "a container's name is what people search for when something is wrong",
        // An imperative, without a full stop. A finding may say it more exactly.
        help: "name the container after what it does",
        category: Category::Workload,
        severity: Severity::Low,
        // `Off` keeps the policy out of every set until it is ready to be in one.
        profile: Profile::Off,
        targets: POD_KINDS,
        // The kinds that `cx.list` is asked for. Metadata and RBAC come from this list.
        needs: &[],
        ephemeral: true,
        companion: false,
        fix: FixAvailability::None,
        since: "0.1.0",
        sources: &[sources::POD_TERMINATION],
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(pod) = cx.pod()? else { return Ok(()) };
        for container in pod.containers() {
            if self.names.iter().any(|name| name == container.name()) {
                // The place that a person edits, what is wrong there, and whose fault it is.
                let message = [&container.title(), " has a name that says nothing"].concat();
                out.report(container.get("name"), message).container(container);
            }
        }
        Ok(())
    }
}
