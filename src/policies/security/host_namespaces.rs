use crate::kube::security::is_host_process;
use crate::policies::prelude::*;

/// ## What it does
/// Reports pods that share the node's network (`hostNetwork`), processes (`hostPID`) or interprocess communication
/// (`hostIPC`), unless `allow` names the field. The network of a Windows HostProcess pod is left alone, since the API
/// demands it there.
///
/// ## Why
/// A namespace is the wall between a container and the node. On the node's network a pod reaches what listens on
/// localhost there, passes by every NetworkPolicy and takes ports away from others; among the node's processes it can
/// read their environment and their secrets and signal them; with its shared memory it reads what other programs
/// exchange.
///
/// ## What to write
/// ```yaml
/// spec:
///   hostNetwork: false
/// ```
/// Or nothing: `false` is the default. A node agent that needs one of them is best exempted by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct HostNamespaces {
    /// The fields that pods may set.
    pub allow: Vec<HostNamespace>,
}

/// A namespace of the node's, by the field that shares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum HostNamespace {
    /// The network.
    #[serde(rename = "hostNetwork")]
    Network,
    /// The processes.
    #[serde(rename = "hostPID")]
    Pid,
    /// Interprocess communication.
    #[serde(rename = "hostIPC")]
    Ipc,
}

impl HostNamespace {
    const ALL: [HostNamespace; 3] = [HostNamespace::Network, HostNamespace::Pid, HostNamespace::Ipc];

    fn field(self) -> &'static str {
        match self {
            HostNamespace::Network => "hostNetwork",
            HostNamespace::Pid => "hostPID",
            HostNamespace::Ipc => "hostIPC",
        }
    }

    fn shared(self) -> &'static str {
        match self {
            HostNamespace::Network => "network",
            HostNamespace::Pid => "processes",
            HostNamespace::Ipc => "interprocess communication",
        }
    }
}

impl Policy for HostNamespaces {
    const METADATA: Metadata = Metadata {
        id: "host-namespaces",
        title: "Pods don't share the node's namespaces",
        why: "without its own namespace a pod reaches into the node and into every other pod there",
        help: "remove hostNetwork, hostPID and hostIPC",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for namespace in HostNamespace::ALL {
            let node = pod.spec().get(namespace.field());
            if node.bool()? != Some(true) || self.allow.contains(&namespace) {
                continue;
            }
            if namespace == HostNamespace::Network && is_host_process(pod)? {
                continue;
            }
            let message = ["the pod shares the node's ", namespace.shared(), ": ", namespace.field(), " is true"];
            let help = text!["remove ", namespace.field()];
            let edits = vec![Edit::remove(node)];
            out.report(node, message.concat()).unsafe_fix(help, edits);
        }
        Ok(())
    }
}
