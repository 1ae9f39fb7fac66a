use std::num::NonZeroU16;

use crate::policies::prelude::*;
use crate::settings::PortRange;

/// ## What it does
/// Reports every port of a container that is also opened on the node (`hostPort`), outside of the allowed `ranges`. A
/// `hostPort` of 0 is none. DaemonSets and the pods that they make are left alone unless a setting says otherwise: one
/// pod per node is what a host port is for.
///
/// Pods on the node's network (`hostNetwork`) are not checked. Their ports are the node's anyway, whether they are declared
/// or not, and the API server writes the same numbers into `hostPort`.
///
/// ## Why
/// A port of the node can be had once. The second replica doesn't fit on the same node, so that a rollout or a scale-up
/// waits for nodes that are free of it; and the port is open on an address of the node's, past Services and Ingresses,
/// perhaps to the internet.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: checkout
/// spec:
///   selector: {app: checkout}
///   ports:
///     - port: 80
///       targetPort: http
/// ```
/// For access from outside: `type: LoadBalancer`, `type: NodePort` or an Ingress. For a look at one pod:
/// `kubectl port-forward`.
///
/// ## Limits
/// Some pods have to be asked at their node: game servers, which players reach one by one, or an ingress controller on
/// bare metal. Allow their ports in `ranges`, or exempt them by name, and see that no more pods are wanted than there
/// are nodes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct HostPort {
    /// Whether DaemonSets may use any port.
    pub allow_daemon_sets: bool,
    /// The ports of nodes that every pod may use.
    pub ranges: Vec<PortRange>,
}

impl Default for HostPort {
    fn default() -> HostPort {
        HostPort { allow_daemon_sets: true, ranges: Vec::new() }
    }
}

impl Policy for HostPort {
    const METADATA: Metadata = Metadata {
        id: "host-port",
        title: "Containers don't open ports on the node",
        why: "a port of the node can be had once, and is open past every Service",
        help: "remove hostPort, and use a Service",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SERVICE_CONCEPT, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.spec().get("hostNetwork").bool()? == Some(true) || self.allow_daemon_sets && is_of_daemon_set(cx)? {
            return Ok(());
        }
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            for port in container.get("ports").items()? {
                let node = port.mapping()?.get("hostPort");
                let number = node.int()?.unwrap_or_default();
                if number == 0 || self.allows(number) {
                    continue;
                }
                let range = if self.ranges.is_empty() { "" } else { ", which is in no allowed range" };
                let message = text![container.title(), " takes port ", number.to_string(), " of its node", range];
                let mut edits = vec![Edit::remove(node)];
                // The address on which the port of the node would listen.
                let address = port.get("hostIP");
                if address.exists() {
                    edits.push(Edit::remove(address));
                }
                out.report(node, message).container(container).unsafe_fix("remove hostPort", edits);
            }
        }
        Ok(())
    }
}

impl HostPort {
    fn allows(&self, number: i64) -> bool {
        let port = u16::try_from(number).ok().and_then(NonZeroU16::new);
        port.is_some_and(|port| self.ranges.iter().any(|range| range.broken_by(port).is_none()))
    }
}

/// True for a DaemonSet, and for a pod that one has made.
fn is_of_daemon_set(cx: &Context<'_>) -> Result<bool, Malformed> {
    if *cx.kind() == kinds::DAEMON_SET {
        return Ok(true);
    }
    for owner in cx.object().get("metadata").get("ownerReferences").items()? {
        if owner.get("controller").bool()? == Some(true) && owner.get("kind").str()? == Some("DaemonSet") {
            return Ok(true);
        }
    }
    Ok(false)
}
