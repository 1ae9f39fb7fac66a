use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every container, including init, sidecar and ephemeral ones, with `privileged: true`. The field exists only
/// on containers. What has no effect on a privileged container is not reported by other policies: capabilities,
/// seccomp, privilege escalation and `procMount`. Windows pods can't set it and are skipped; their equivalent,
/// `hostProcess`, is covered by `windows-host-process`.
///
/// ## Why
/// A privileged container is hardly a container: it has every capability and every device of the node, and seccomp,
/// AppArmor and the masks over `/proc` don't apply to it. An attacker who breaks into it mounts the node's disk, reads
/// the kubelet's credentials and the secrets of every pod there, and moves on to the rest of the cluster.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   privileged: false
/// ```
/// Or leave it out: `false` is the default. Few programs need all of it: a capability in `capabilities.add`, a device
/// plugin or a single hostPath is enough for most. Exempt a driver or network plugin that can't do without it by name.
///
/// ## Limits
/// An init container that only sets a kernel parameter looks harmless but is root on the node all the same. Set a safe
/// parameter in the pod's `securityContext.sysctls`, any other in the node's configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct PrivilegedContainer {}

impl Policy for PrivilegedContainer {
    const METADATA: Metadata = Metadata {
        id: "privileged-container",
        title: "Containers are not privileged",
        why: "a privileged container has full access to the node and its devices, and nothing confines it",
        help: "remove securityContext.privileged and add only the capability or device that the program needs",
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

    fn check_container(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        _cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let field = SecurityContext::of(container, pod)?.privileged();
        if !pod.is_windows() && field.bool()? == Some(true) {
            let finding = out.report(field, text![container.title(), " is privileged"]).container(container);
            let finding = finding.help(PrivilegedContainer::METADATA.help);
            finding.unsafe_fix("remove securityContext.privileged", vec![Edit::remove(field)]);
        }
        Ok(())
    }
}
