use crate::kube::probe::Probe;
use crate::kube::security::is_host_process;
use crate::policies::prelude::*;
use crate::text::probe_client::is_loopback;

/// ## What it does
/// Reports pods that share the host's network (`hostNetwork`), PID (`hostPID`) or IPC (`hostIPC`) namespace, unless
/// `allow` lists the field. The network of Windows HostProcess pods is not reported, because the API requires it there;
/// such a pod has to say `os.name: windows`, or it may run on Linux, where `hostProcess` has no effect.
///
/// ## Why
/// Namespaces separate a container from its node. On the host's network a pod reaches everything that listens on the
/// node's localhost, bypasses every NetworkPolicy and takes ports from other pods; among the host's processes it can
/// read their environment and secrets and send them signals; with the host's IPC it can read the shared memory of other
/// programs.
///
/// ## What to write
/// ```yaml
/// spec:
///   hostNetwork: false
/// ```
/// Or leave it out: `false` is the default. Exempt a node agent that needs one of these by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct HostNamespaces {
    /// The fields that pods may set to `true`.
    pub allow: Vec<HostNamespace>,
}

/// A namespace of the host, by the field that shares it.
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

    fn name(self) -> &'static str {
        match self {
            HostNamespace::Network => "network",
            HostNamespace::Pid => "PID",
            HostNamespace::Ipc => "IPC",
        }
    }
}

impl Policy for HostNamespaces {
    const METADATA: Metadata = Metadata {
        id: "host-namespaces",
        title: "Pods don't share the host's namespaces",
        why: "a pod in the host's namespaces can reach into the node and every other pod on it",
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
            let host_process = namespace == HostNamespace::Network && is_host_process(pod)?;
            if host_process && pod.spec().dig(&["os", "name"]).str()? == Some("windows") {
                continue;
            }
            let message =
                text!["the pod shares the host's ", namespace.name(), " namespace: ", namespace.field(), " is true"];
            let title = text!["remove ", namespace.field()];
            let finding = out.report(node, message);
            if host_process {
                // The API rejects hostProcess without hostNetwork.
                finding.help("set os.name to windows, or remove hostProcess and hostNetwork");
            } else if namespace == HostNamespace::Network && is_probed_at_loopback(pod)? {
                // In a network of its own, the kubelet doesn't reach the pod there: it would restart over and over.
                finding.help("remove the host from the probes, listen on all addresses, and remove hostNetwork");
            } else {
                finding.unsafe_fix(title, vec![Edit::remove(node)]);
            }
        }
        Ok(())
    }
}

/// True when a probe contacts the host's loopback interface.
fn is_probed_at_loopback(pod: &Pod<'_>) -> Result<bool, Malformed> {
    for container in pod.long_running_containers() {
        for probe in Probe::all(container) {
            if probe?.host()?.is_some_and(|(_, host)| is_loopback(host)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
