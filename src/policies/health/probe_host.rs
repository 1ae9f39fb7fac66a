use crate::kube::port::{Port, declared_ports};
use crate::kube::probe::{Probe, Purpose};
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::probe_client::is_loopback;

/// ## What it does
/// Reports readiness and startup probes, liveness probes of Jobs, and `postStart` and `preStop` hooks that set `host` in
/// `httpGet` or `tcpSocket`, unless the host is in `allowHosts`. The liveness probe of a pod that runs until it is stopped is
/// covered by `far-reaching-liveness`. A header named `Host` is fine.
///
/// These requests come from the kubelet, so `host: 127.0.0.1` means the node, and is accepted only in a pod with
/// `hostNetwork`.
///
/// ## Why
/// Without `host` the kubelet contacts the pod. With it, it contacts whatever the manifest says, from the node's network:
/// past every NetworkPolicy, and as far as the node's own localhost and the cloud's metadata service. A readiness probe
/// of another host says nothing about its own container, and takes every replica out of service together with that host.
/// Pod Security's baseline level rejects the field since Kubernetes 1.34.
///
/// ## What to write
/// ```yaml
/// readinessProbe:
///   httpGet:
///     path: /ready
///     port: http
///     httpHeaders:
///       - name: Host
///         value: shop.example.com
/// ```
///
/// ## Limits
/// What a command in `exec` contacts isn't checked here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ProbeHost {
    /// Hosts that probes and hooks may contact, as patterns with `*` and `?`.
    pub allow_hosts: Vec<Glob>,
}

impl Policy for ProbeHost {
    const METADATA: Metadata = Metadata {
        id: "probe-host",
        title: "Probes and hooks contact their own pod",
        why: "the node sends the request past every NetworkPolicy, and the answer says nothing about the container",
        help: "remove host: it defaults to the pod's own IP",
        category: Category::Health,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::PROBE_CONFIGURATION, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_container(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        _cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let is_node = pod.spec().get("hostNetwork").bool()? == Some(true);
        for probe in Probe::all(container) {
            let probe = probe?;
            if probe.purpose() == Purpose::Liveness && pod.is_long_running() {
                continue;
            }
            self.check_handler(container, probe.purpose().title(), probe.node(), is_node, out)?;
        }
        for (hook, title) in [("postStart", "postStart hook"), ("preStop", "preStop hook")] {
            self.check_handler(container, title, container.get("lifecycle").get(hook), is_node, out)?;
        }
        Ok(())
    }
}

impl ProbeHost {
    fn check_handler(
        &self,
        container: &Container<'_>,
        title: &str,
        handler: Node<'_>,
        is_node: bool,
        out: &mut Findings,
    ) -> Result<(), Malformed> {
        for action in ["httpGet", "tcpSocket"] {
            let action = handler.get(action);
            let node = action.get("host");
            let host = node.str()?.unwrap_or_default();
            let local = is_loopback(host);
            if host.is_empty() || local && is_node || self.allow_hosts.iter().any(|allowed| allowed.matches(host)) {
                continue;
            }
            let whom = if local { "the node itself: host " } else { "another host: " };
            let message = text![container.title(), ": the ", title, " contacts ", whom, host];
            let finding = out.report(node, message).container(container).help(ProbeHost::METADATA.help);
            // Another host's port isn't necessarily one of the container's: then it would never become ready.
            let listens = match Port::resolve(action.get("port"), container)? {
                Some(Port::Number(number)) => {
                    declared_ports(container)?.iter().any(|port| port.number == number && port.protocol == "TCP")
                }
                _ => false,
            };
            if listens {
                finding.unsafe_fix(text!["remove the host of the ", title], vec![Edit::remove(node)]);
            }
        }
        Ok(())
    }
}
