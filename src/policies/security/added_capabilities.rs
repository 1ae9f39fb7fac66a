use crate::kube::security::{DEFAULT_CAPABILITIES, SecurityContext, same_capability};
use crate::policies::prelude::*;
use crate::settings::Capability;

/// ## What it does
/// Reports every Linux capability in a container's `capabilities.add` that isn't in `allowed`, in all containers,
/// including init, sidecar and ephemeral ones. Names are compared exactly, as Pod Security does: `CAP_NET_BIND_SERVICE`
/// and `net_bind_service` are not `NET_BIND_SERVICE`.
///
/// Capabilities that runtimes grant by default (`CHOWN`, `SETUID`, `NET_RAW` and others) are reported once for each
/// container, with severity low: to drop `ALL` and add back a few is better than to keep them all. So is
/// `NET_ADMIN` in the init containers by which Istio, Linkerd, Kuma and Consul redirect traffic. Privileged
/// containers have every capability anyway and are covered by `privileged-container`. Windows pods have no capabilities
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
/// Without their mesh's CNI plugin, `istio-init` and `linkerd-init` add `NET_ADMIN` and `NET_RAW` to every injected
/// pod. They are reported like any other container, since anyone could use their names: install the plugin, or exempt
/// them in the namespaces that need them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AddedCapabilities {
    /// Capabilities that containers may add, such as `NET_BIND_SERVICE`. `ALL` allows every one.
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
        let context = SecurityContext::of(container, pod)?;
        if pod.is_windows() || self.allowed.iter().any(Capability::is_all) || context.is_privileged()? {
            return Ok(());
        }
        let add = context.added_capabilities();
        let (mut dangerous, mut default) = (Added::default(), Added::default());
        for node in add.items()? {
            let name = node.str()?.unwrap_or_default();
            if name.is_empty() || self.allowed.iter().any(|allowed| allowed.as_str() == name) {
                continue;
            }
            if let Some(allowed) = self.allowed.iter().find(|allowed| allowed.is_named(name)) {
                let exact = allowed.as_str();
                let message = text![
                    container.title(),
                    " adds \"",
                    name,
                    "\"; Pod Security accepts only the exact spelling \"",
                    exact,
                    "\""
                ];
                let title = text!["change \"", name, "\" to \"", exact, "\" in capabilities.add"];
                let finding = out.report(node, message).container(container).severity(Severity::Low);
                finding.unsafe_fix(title, vec![Edit::set(node, exact)]);
            } else if DEFAULT_CAPABILITIES.iter().any(|granted| same_capability(granted, name)) {
                default.push(name, node);
            } else if is_for_mesh(container, name) {
                let message = text![container.title(), " adds capability ", name];
                let finding = out.report(node, message).container(container).severity(Severity::Low);
                finding.help("install the mesh's CNI plugin, which redirects traffic without this container");
            } else {
                dangerous.push(name, node);
            }
        }
        for (position, (name, node)) in dangerous.names.iter().zip(&dangerous.places).enumerate() {
            let message = text![container.title(), " adds capability ", name];
            let help = text!["remove ", name, " from securityContext.capabilities.add"];
            let finding = out.report(*node, message).container(container).help(help);
            // Each fix is that of all. There are not that many capabilities.
            if position < MOST_FIXES {
                finding.unsafe_fix(dangerous.title(), Edit::take_out(add, &dangerous.places)?);
            }
        }
        if let Some(first) = default.places.first() {
            let names = default.names.join(", ");
            let several = if default.places.len() > 1 { "capabilities " } else { "capability " };
            // Somebody dropped them all and chose these: only the program shows whether it can do without.
            if drops_all(context.dropped_capabilities())? {
                let message = text![container.title(), " drops all capabilities and adds back ", names];
                let finding = out.report(*first, message).container(container).severity(Severity::Low);
                finding.help(text!["remove from capabilities.add what the program can do without: ", names]);
                return Ok(());
            }
            let message = text![container.title(), " adds ", several, names, ", which runtimes grant by default"];
            let finding = out.report(*first, message).container(container).severity(Severity::Low);
            finding.unsafe_fix(default.title(), Edit::take_out(add, &default.places)?);
        }
        Ok(())
    }
}

/// The init containers by which meshes redirect a pod's traffic to their proxy.
const MESH_INIT: &[&str] = &["consul-connect-inject-init", "istio-init", "kuma-init", "linkerd-init"];

/// True for what such an init container can't do its work without.
fn is_for_mesh(container: &Container<'_>, capability: &str) -> bool {
    container.role() == Role::Init && MESH_INIT.contains(&container.name()) && same_capability("NET_ADMIN", capability)
}

/// So many findings on a container have a fix.
const MOST_FIXES: usize = 64;

/// True when it drops all capabilities, however that is spelt: runtimes accept `all`, too.
fn drops_all(drop: Node<'_>) -> Result<bool, Malformed> {
    for node in drop.items()? {
        if node.str()?.is_some_and(|name| same_capability(name, "ALL")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Capabilities that a container adds, with their places.
#[derive(Default)]
struct Added<'a> {
    names: Vec<&'a str>,
    places: Vec<Node<'a>>,
}

impl<'a> Added<'a> {
    fn push(&mut self, name: &'a str, place: Node<'a>) {
        self.names.push(name);
        self.places.push(place);
    }

    fn title(&self) -> String {
        text!["remove ", self.names.join(", "), " from capabilities.add"]
    }
}
