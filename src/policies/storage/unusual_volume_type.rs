use crate::kube::volume::{DRIVER_SOURCES, volumes};
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Reports every volume that names a storage system in the pod itself, unless its type is in `allowed`: `nfs`, `iscsi`,
/// `fc`, `rbd`, `cephfs`, `glusterfs`, `flexVolume`, `awsElasticBlockStore`, `azureDisk`, `azureFile`, `cinder`,
/// `gcePersistentDisk`, `vsphereVolume`, `portworxVolume` and others that Kubernetes no longer has. Among files, a
/// PersistentVolume of type `hostPath` is reported, too.
///
/// `hostPath` and `gitRepo` in a pod are covered by `host-path-volume` and `git-repo-volume`. Other PersistentVolumes are
/// not reported: they are where such a type belongs.
///
/// ## Why
/// Whoever may create a pod then decides which server, disk or share the node mounts, with whose credentials; a claim
/// leaves that to whoever runs the cluster. Pod Security's restricted level rejects such a pod. Most of these types were
/// replaced by CSI drivers or removed: `glusterfs` in Kubernetes 1.26, `cephfs` and `rbd` in 1.31.
///
/// ## What to write
/// ```yaml
/// volumes:
///   - name: media
///     persistentVolumeClaim:
///       claimName: media
/// ```
/// A PersistentVolume for that claim has the server's address, or a StorageClass makes one.
///
/// ## Limits
/// What a CSI volume mounts isn't checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnusualVolumeType {
    /// Types that pods may use, such as `nfs`.
    pub allowed: Vec<String>,
}

/// The kinds with pods, and PersistentVolume.
const TARGETS: &[&Kind] = &{
    let mut all = [&kinds::PERSISTENT_VOLUME; POD_KINDS.len() + 1];
    let (front, _) = all.split_at_mut(POD_KINDS.len());
    front.copy_from_slice(POD_KINDS);
    all
};

impl Policy for UnusualVolumeType {
    const METADATA: Metadata = Metadata {
        id: "unusual-volume-type",
        title: "Pods use storage through claims",
        why: "whoever may create a pod decides what the node mounts, and most of these types are deprecated or gone",
        help: "use a PersistentVolumeClaim",
        category: Category::Storage,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: TARGETS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::VOLUMES, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    // Provisioners for a node's own disks make such PersistentVolumes.
    const ADMISSION_TARGETS: &'static [&'static Kind] = POD_KINDS;

    fn validate(&self) -> Result<(), SettingsError> {
        match self.allowed.iter().find(|name| !DRIVER_SOURCES.contains(&name.as_str())) {
            Some(unknown) => Err(SettingsError::new("allowed", text!["has no type of volume called ", unknown])),
            None => Ok(()),
        }
    }

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if *cx.kind() == kinds::PERSISTENT_VOLUME {
            let source = cx.spec().get("hostPath");
            if source.exists() {
                out.report(source, "the volume is a directory of whichever node its pod is on")
                    .help("use type local with a node affinity, or another kind of storage");
            }
            return Ok(());
        }
        let Some(pod) = cx.pod()? else { return Ok(()) };
        for volume in volumes(pod)? {
            for (key, source) in volume.node.entries()? {
                let is_allowed = self.allowed.iter().any(|allowed| allowed == key);
                if source.exists() && !is_allowed && DRIVER_SOURCES.contains(&key) {
                    // A source may have credentials.
                    out.report(
                        source,
                        text!["volume \"", volume.name, "\" is of type ", key, ", not a PersistentVolumeClaim"],
                    );
                }
            }
        }
        Ok(())
    }
}
