use crate::kube::node_path::NodePath;
use crate::kube::volume::volumes;
use crate::policies::prelude::*;
use crate::settings::HostPath;

/// ## What it does
/// Reports every `hostPath` volume that is the socket of a container runtime (containerd, CRI-O, Docker, Podman and
/// others; on Windows their named pipes), or a directory that contains one, up to `/`. `/var/run` and `/run` are
/// treated as the same. A `readOnly` mount makes no difference: it prevents deleting the socket, not connecting to it.
///
/// ## Why
/// The runtime starts containers behind Kubernetes' back for anyone who can connect to its socket: privileged ones,
/// with the node's file system, unseen by admission, quotas and audit. A container with the socket is root on the node,
/// whatever its security context says, and can read the secrets of every pod there.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: build
///     image: registry.example.com/tools/buildkit:0.19.0-rootless
/// ```
/// Builds need no daemon: BuildKit and Buildah run without root. Container metrics and logs come from the kubelet.
/// Exempt a program that really has to manage the runtime by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RuntimeSocketMount {
    /// Paths of runtime sockets on the node.
    pub sockets: Vec<HostPath>,
}

/// Where runtimes and distributions put their sockets. `/var/run` is a link to `/run`.
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
        why: "access to the runtime's socket is root access to the node",
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
            let Some(socket) = self.sockets.iter().find(|socket| may_hold(&path, socket)) else { continue };
            let start = text!["volume \"", volume.name, "\" mounts "];
            if socket.contains(&path) {
                out.report(node, text![start, "the container runtime's socket ", written]);
            } else {
                let message = text![start, "host path ", written, ", which may contain ", socket.as_str()];
                out.report(node, message).help("mount only the directories that the pod needs");
            }
        }
        Ok(())
    }
}

/// True when the path, mounted, leads to the socket. Hardly any node has snaps below `/var`, and `/var/run` leads
/// out of the mount: it is a link to `/run`.
fn may_hold(path: &NodePath<'_>, socket: &HostPath) -> bool {
    let is_var = path.is_var() && socket.as_str().starts_with("/var/snap/");
    socket.is_in(path) && !is_var
}
