//! Which containers need a probe: the same rules for each of the three.

use crate::context::Context;
use crate::finding::Findings;
use crate::kube::container::{Container, Role};
use crate::kube::node::Malformed;
use crate::kube::probe::{Probe, Purpose};
use crate::policy::CheckError;

/// Which containers of a long-running pod need a probe.
pub(super) struct ProbeRules {
    /// Which probe.
    pub(super) purpose: Purpose,
    /// Each of them, or one for the pod.
    pub(super) per_container: bool,
    /// Native sidecars as well as app containers.
    pub(super) sidecars: bool,
    /// None but those that declare ports.
    pub(super) only_serving: bool,
}

impl ProbeRules {
    /// Reports the containers that lack the probe, or the pod.
    pub(super) fn judge(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(pod) = cx.long_running_pod()? else { return Ok(()) };
        let mut lacking = Vec::new();
        for container in pod.long_running_containers().filter(|container| self.means(container)) {
            if Probe::of(container, self.purpose)?.is_some() {
                if !self.per_container {
                    return Ok(());
                }
            } else if self.needs(container)? {
                lacking.push(container);
            }
        }
        let title = self.purpose.title();
        match lacking.as_slice() {
            [] => {}
            [_, _, ..] if !self.per_container => {
                let message = ["no container of the pod has a ", title].concat();
                out.report(pod.spec().get("containers"), message);
            }
            _ => {
                for container in lacking {
                    let place = container.get(self.purpose.field());
                    // What is there has no handler; else the container itself is the place to add one.
                    let (place, has) = if place.exists() {
                        (place, [" has a ", title, " without a handler"])
                    } else {
                        (container.node(), [" has no ", title, ""])
                    };
                    out.report(place, [container.title(), has.concat()].concat()).container(container);
                }
            }
        }
        Ok(())
    }

    fn means(&self, container: &Container<'_>) -> bool {
        self.sidecars || container.role() == Role::App
    }

    fn needs(&self, container: &Container<'_>) -> Result<bool, Malformed> {
        Ok(!self.only_serving || container.is_serving()?)
    }
}
