use crate::kube::exclusive::is_within;
use crate::kube::node_path::NodePath;
use crate::kube::owner::{is_daemon, is_static_pod};
use crate::kube::volume::{mounts, volumes};
use crate::policies::prelude::*;
use crate::settings::HostPath;

/// ## What it does
/// Reports every `hostPath` volume of a pod whose path is neither in `allowed` nor below one of those paths, whether or
/// not a container mounts it or can write to it. The logs, `/proc` and `/sys` that a DaemonSet only reads are reported with severity
/// `low`: agents exist to do that. Where a container may write to them it is `medium`.
/// What a static pod of the control plane only reads is `low`, too.
///
/// ## Why
/// A hostPath is part of the node's own file system, outside everything that isolates a pod. Writing to it changes the
/// node: a file in `/etc/cron.d` or in the kubelet's directory is enough to take it over. Reading it exposes the keys,
/// logs and secrets of every other pod there. Data in it stays behind when the pod moves to another node.
///
/// ## What to write
/// ```yaml
/// volumes:
///   - name: data
///     persistentVolumeClaim:
///       claimName: checkout-data
/// ```
/// Use an `emptyDir` for scratch space and a ConfigMap for configuration. For agents that read the node's logs or
/// metrics, exempt them by name or add their directories to `allowed`, and mount those with `readOnly: true`.
///
/// ## Limits
/// A symbolic link below an allowed path can lead anywhere if something on the node creates one. PersistentVolumes of
/// type hostPath are not checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct HostPathVolume {
    /// Host paths that pods may mount, each with everything below it.
    pub allowed: Vec<HostPath>,
}

impl Policy for HostPathVolume {
    const METADATA: Metadata = Metadata {
        id: "host-path-volume",
        title: "Pods don't use hostPath volumes",
        why: "a hostPath volume bypasses everything that isolates a pod from its node",
        help: "use a PersistentVolumeClaim, an emptyDir or a ConfigMap",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::HOST_PATH, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for volume in volumes(pod)? {
            let source = volume.source("hostPath")?;
            if !source.exists() {
                continue;
            }
            let node = source.get("path");
            let written = node.str()?.unwrap_or_default();
            let path = NodePath::parse(written);
            if path.is_some_and(|path| self.allowed.iter().any(|allowed| allowed.contains(&path))) {
                continue;
            }
            let suffix = if self.allowed.is_empty() { "" } else { ", which is not allowed" };
            let finding = out.report(node, text!["volume \"", volume.name, "\" mounts host path ", written, suffix]);
            // The control plane reads its certificates and its configuration there.
            if is_static_pod(cx.object()) && is_only_read(pod, volume.name)? {
                finding.severity(Severity::Low).help("add the path to allowed");
                continue;
            }
            let is_logs = READ_BY_AGENTS.iter().any(|agents| is_within(written, agents));
            if is_logs && is_daemon(cx.object(), cx.kind()) {
                if is_only_read(pod, volume.name)? {
                    finding.severity(Severity::Low).help("add the path to allowed if the agent has to read it");
                } else {
                    finding
                        .severity(Severity::Medium)
                        .help("mount it with readOnly: true, and keep what the agent writes elsewhere");
                }
            }
        }
        Ok(())
    }
}

/// What agents on every node read: logs and figures.
const READ_BY_AGENTS: [&str; 6] =
    ["/proc", "/run/log/journal", "/sys", "/var/lib/docker/containers", "/var/log", "/etc/machine-id"];

/// True when containers mount the volume and none can write to it.
fn is_only_read(pod: &Pod<'_>, volume: &str) -> Result<bool, Malformed> {
    let mut mounted = false;
    for container in pod.containers() {
        for mount in mounts(container)?.into_iter().filter(|mount| mount.volume == volume) {
            if !mount.read_only {
                return Ok(false);
            }
            mounted = true;
        }
    }
    Ok(mounted)
}
