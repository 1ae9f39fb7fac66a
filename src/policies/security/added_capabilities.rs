use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;
use crate::settings::Capability;

/// ## What it does
/// Reports every Linux capability in a container's `capabilities.add` that isn't in `allowed`, in containers of whatever
/// sort. Upper and lower case and a `CAP_` in front make no difference. Windows pods have no capabilities and are left
/// alone.
///
/// ## Why
/// A capability is one of root's powers, and some are as good as all of them: with `SYS_ADMIN` a process mounts file
/// systems and leaves its namespaces, with `SYS_MODULE` it loads code into the node's kernel, with `NET_ADMIN` it
/// redirects the traffic of the pod. Whoever breaks into the container has them as well.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   capabilities:
///     drop: [ALL]
///     add: [NET_BIND_SERVICE]
/// ```
/// `NET_BIND_SERVICE`, for ports below 1024, is the one capability that Pod Security's restricted level lets through. A
/// program that needs another one is best exempted by name.
///
/// ## Limits
/// Capabilities that the runtime leaves to every container are the business of `retained-capabilities`. Without the CNI
/// plugin of their mesh `istio-init` and `linkerd-init` add `NET_ADMIN` and `NET_RAW` to the pods that they are injected
/// into. They are reported like any other container, as anybody could take their names: install the plugin, or exempt
/// them for the namespaces that need them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AddedCapabilities {
    /// What containers may add: names in any case, with or without `CAP_`, or `ALL` for every one.
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
        title: "Containers add no capabilities that hand out root's powers",
        why: "each is one of root's powers, and some are as good as all of them",
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

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() || self.allowed.iter().any(Capability::is_all) {
            return Ok(());
        }
        for container in pod.containers() {
            self.report(container, pod, out)?;
        }
        Ok(())
    }
}

impl AddedCapabilities {
    fn report(&self, container: &Container<'_>, pod: &Pod<'_>, out: &mut Findings) -> Result<(), Malformed> {
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
            let message = text![container.title(), " adds the capability ", name];
            let help = text!["remove ", name, " from securityContext.capabilities.add"];
            let title = text!["remove ", names.join(", "), " from capabilities.add"];
            let finding = out.report(*node, message).container(container).help(help);
            finding.unsafe_fix(title, Edit::take_out(add, &places)?);
        }
        Ok(())
    }
}
