use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every container, of whatever sort, with `privileged: true`. Pods have no such field. Windows pods can't have
/// it and are left alone; their like of it, `hostProcess`, is the business of `unmasked-proc`.
///
/// ## Why
/// A privileged container is hardly one: it has every capability and every device of the node, and seccomp, AppArmor and
/// the masks over `/proc` don't hold for it. Whoever breaks into it mounts the node's disk, reads the kubelet's
/// credentials and the secrets of every pod there, and goes on to the rest of the cluster.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   privileged: false
/// ```
/// Or nothing: `false` is the default. Few programs need all of it: a capability in `capabilities.add`, a device plugin
/// or a single hostPath does for most. A driver or network plugin that can't do without is best exempted by name.
///
/// ## Limits
/// An init container that only sets a kernel parameter looks harmless and is root on the node all the same. A safe
/// parameter belongs into the pod's `securityContext.sysctls`, any other into the configuration of the node.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct PrivilegedContainer {}

impl Policy for PrivilegedContainer {
    const METADATA: Metadata = Metadata {
        id: "privileged-container",
        title: "Containers are not privileged",
        why: "a privileged container has every device and every right of the node, and nothing holds it back",
        help: "remove securityContext.privileged and add the capability or device that the program needs",
        category: Category::Security,
        severity: Severity::Critical,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::POD_SECURITY_STANDARDS, sources::KERNEL_SECURITY],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        for container in pod.containers() {
            let field = SecurityContext::of(container, pod)?.privileged();
            if field.bool()? != Some(true) {
                continue;
            }
            let message = text![container.title(), " is privileged"];
            let edits = vec![Edit::remove(field)];
            out.report(field, message).container(container).unsafe_fix("remove privileged", edits);
        }
        Ok(())
    }
}
