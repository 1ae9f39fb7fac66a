use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;
use crate::settings::Capability;

/// ## What it does
/// Reports every Linux capability in a container's `capabilities.add` that isn't in `allowed`, in all containers,
/// including init, sidecar and ephemeral ones. Case and a `CAP_` prefix are ignored. Windows pods have no capabilities
/// and are skipped.
///
/// ## Why
/// Each capability is one of root's powers, and some amount to all of them: with `SYS_ADMIN` a process can mount file
/// systems and leave its namespaces, with `SYS_MODULE` it can load code into the node's kernel, with `NET_ADMIN` it can
/// redirect the pod's traffic. An attacker who breaks into the container has them too.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   capabilities:
///     drop: [ALL]
///     add: [NET_BIND_SERVICE]
/// ```
/// `NET_BIND_SERVICE`, for ports below 1024, is the only capability that Pod Security's restricted level accepts.
/// Exempt a program that needs another one by name.
///
/// ## Limits
/// Capabilities that the runtime grants by default are covered by `retained-capabilities`. Without their mesh's CNI
/// plugin, `istio-init` and `linkerd-init` add `NET_ADMIN` and `NET_RAW` to every injected pod. They are reported like
/// any other container, since anyone could use their names: install the plugin, or exempt them in the namespaces that
/// need them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AddedCapabilities {
    /// Capabilities that containers may add. Case and a `CAP_` prefix are ignored; `ALL` allows every one.
    pub allowed: Vec<Capability>,
}

impl Default for AddedCapabilities {
    fn default() -> AddedCapabilities {
        AddedCapabilities { allowed: vec![Capability::net_bind_service()] }
    }
}

impl Policy for AddedCapabilities {
    const METADATA: Metadata = Metadata {
        id: "added-capabilities",
        title: "Containers add no dangerous capabilities",
        why: "some capabilities are as good as full root on the node",
        help: "remove the capability from securityContext.capabilities.add",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CAPABILITIES, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_container(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        _cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        if pod.is_windows() || self.allowed.iter().any(Capability::is_all) {
            return Ok(());
        }
        let add = SecurityContext::of(container, pod)?.added_capabilities();
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for node in add.items()? {
            let name = node.str()?.unwrap_or_default();
            if !name.is_empty() && !self.allowed.iter().any(|allowed| allowed.is_named(name)) {
                names.push(name);
                places.push(node);
            }
        }
        for (name, node) in names.iter().zip(&places) {
            let message = text![container.title(), " adds capability ", name];
            let help = text!["remove ", name, " from securityContext.capabilities.add"];
            let title = text!["remove ", names.join(", "), " from capabilities.add"];
            let finding = out.report(*node, message).container(container).help(help);
            finding.unsafe_fix(title, Edit::take_out(add, &places)?);
        }
        Ok(())
    }
}
