use std::num::NonZeroU16;

use crate::kube::owner::is_daemon;
use crate::policies::prelude::*;
use crate::settings::PortRange;

/// ## What it does
/// Reports every container port that is also bound on the node (`hostPort`), unless it is in one of the allowed
/// `ranges`. A `hostPort` of 0 means none. DaemonSets and their pods are skipped unless `allowDaemonSets` is off: with
/// one pod per node they are what host ports suit.
///
/// Pods on the host's network (`hostNetwork`) are not checked. Their ports are the node's anyway, declared or not, and
/// the API server sets `hostPort` to the same numbers.
///
/// ## Why
/// Only one pod per node can bind a host port. A second replica doesn't fit on the same node, so a rollout or scale-up
/// waits for nodes where the port is free. The port is also open on the node's address, past Services and Ingresses,
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
/// For access from outside, use `type: LoadBalancer`, `type: NodePort` or an Ingress; to look at a single pod, `kubectl
/// port-forward`.
///
/// ## Limits
/// Some pods have to be reached on their node: game servers that players connect to one by one, or an ingress
/// controller on bare metal. Allow their ports in `ranges` or exempt them by name, and don't run more pods than there
/// are nodes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct HostPort {
    /// Whether DaemonSets may bind any host port.
    pub allow_daemon_sets: bool,
    /// Host ports that every pod may bind.
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
        title: "Containers don't bind host ports",
        why: "only one pod per node can bind a host port, and it bypasses every Service",
        help: "remove hostPort and use a Service",
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
        if pod.spec().get("hostNetwork").bool()? == Some(true)
            || self.allow_daemon_sets && is_daemon(cx.object(), cx.kind())
        {
            return Ok(());
        }
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            for port in container.get("ports").items()? {
                let node = port.mapping()?.get("hostPort");
                let number = node.int()?.unwrap_or_default();
                if number == 0 || self.allows(number) {
                    continue;
                }
                let suffix = if self.ranges.is_empty() { "" } else { ", outside the allowed ranges" };
                let message = text![container.title(), " binds host port ", number.to_string(), suffix];
                let mut edits = vec![Edit::remove(node)];
                // The address that the host port listens on.
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
