use crate::kube::node_path::NodePath;
use crate::kube::volume::volumes;
use crate::policies::prelude::*;
use crate::settings::HostPath;

/// ## What it does
/// Reports every `hostPath` volume of a pod whose path is none of the `allowed` ones and doesn't lie below one of them.
/// Whether a container mounts it, and whether it may write there, makes no difference.
///
/// ## Why
/// A hostPath is a part of the node's own file system, outside of everything that isolates a pod. Written to, it changes
/// the node: a file in `/etc/cron.d` or in the kubelet's directory is enough to own it. Read, it gives away the keys,
/// logs and secrets of all other pods there. Data in it stays behind when the pod moves to another node.
///
/// ## What to write
/// ```yaml
/// volumes:
///   - name: data
///     persistentVolumeClaim:
///       claimName: checkout-data
/// ```
/// Scratch space is an `emptyDir`, configuration a ConfigMap. Agents that read the node's logs or metrics are exempted by
/// name, or get their directories through `allowed`, with `readOnly: true` on the mount.
///
/// ## Limits
/// A symbolic link below an allowed path leads anywhere, when something on the node puts one there. PersistentVolumes of
/// the type hostPath are not checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct HostPathVolume {
    /// The paths on the node that pods may mount, each with what lies below it.
    pub allowed: Vec<HostPath>,
}

impl Policy for HostPathVolume {
    const METADATA: Metadata = Metadata {
        id: "host-path-volume",
        title: "Pods don't mount the node's files",
        why: "the node's files are outside of everything that isolates a pod",
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

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
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
            let written = if written.is_empty() { "a path" } else { written };
            let rule = if self.allowed.is_empty() { "" } else { ", which is not allowed" };
            out.report(node, text!["volume \"", volume.name, "\" is ", written, " of the node", rule]);
        }
        Ok(())
    }
}
