use crate::kube::node_path::NodePath;
use crate::kube::volume::volumes;
use crate::policies::prelude::*;
use crate::settings::HostPath;

/// ## What it does
/// Reports every `hostPath` volume that is the socket of a container runtime (containerd, CRI-O, Docker, Podman and
/// others, on Windows their named pipes), or a directory in which one lies, up to `/`. `/var/run` and `/run` are the same.
/// A mount that is `readOnly` makes no difference: it forbids to delete the socket, not to talk through it.
///
/// ## Why
/// Who talks to the runtime starts containers past Kubernetes: privileged ones, with the node's file system, seen by no
/// admission, quota or audit. A container with the socket is root on the node, whatever its security context says, and
/// from there reads the secrets of every pod on it.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: build
///     image: registry.example.com/tools/buildkit:0.19.0-rootless
/// ```
/// Builds need no daemon: BuildKit and Buildah run without root. Metrics and logs of containers come from the kubelet.
/// What truly has to manage the runtime is exempted by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RuntimeSocketMount {
    /// Where the sockets are.
    pub sockets: Vec<HostPath>,
}

/// Where runtimes have their sockets, as installed and as distributions put them. `/var/run` leads to `/run`.
const SOCKETS: &[&str] = &[
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/docker.sock",
    "/run/cri-dockerd.sock",
    "/run/dockershim.sock",
    "/run/podman/podman.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
    r"\\.\pipe\containerd-containerd",
    r"\\.\pipe\docker_engine",
];

impl Default for RuntimeSocketMount {
    fn default() -> RuntimeSocketMount {
        RuntimeSocketMount { sockets: SOCKETS.iter().filter_map(|path| HostPath::parse(path)).collect() }
    }
}

impl Policy for RuntimeSocketMount {
    const METADATA: Metadata = Metadata {
        id: "runtime-socket-mount",
        title: "Pods don't mount the container runtime's socket",
        why: "who talks to the runtime is root on the node",
        help: "remove the volume and its mounts",
        category: Category::Security,
        severity: Severity::Critical,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::DOCKER_SOCKET, sources::HOST_PATH],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for volume in volumes(pod)? {
            let node = volume.source("hostPath")?.get("path");
            let written = node.str()?.unwrap_or_default();
            let Some(path) = NodePath::parse(written) else { continue };
            let Some(socket) = self.sockets.iter().find(|socket| socket.is_in(&path)) else { continue };
            let start = text!["volume \"", volume.name, "\" is "];
            if socket.contains(&path) {
                out.report(node, text![start, "the container runtime's socket, ", written]);
            } else {
                let message =
                    [&start, written, " of the node, where the runtime's socket ", socket.as_str(), " may be"];
                out.report(node, message.concat()).help("mount only the directories that the pod needs");
            }
        }
        Ok(())
    }
}
