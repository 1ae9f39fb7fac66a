use crate::kube::selector::Labels;
use crate::policies::prelude::*;
use crate::policy::context::Operation;
use crate::policy::exemption::LabelPatterns;

/// ## What it does
/// Reports a StorageClass whose volumes are deleted together with their claims (`reclaimPolicy` is `Delete`, also when it
/// is absent), and a PersistentVolume with another `persistentVolumeReclaimPolicy` than `Retain`, which is what an absent
/// one means there.
///
/// A volume that a provisioner has made only repeats what its class said, so that the class is reported and the volume is
/// not. A class can't be changed any more once it is there, and is not reported when something else about it changes.
///
/// ## Why
/// With `Delete` the disk goes when the claim goes: with a deleted namespace, an uninstalled chart, or a StatefulSet that
/// is set up anew. There is no undo, and the backup is as old as it is. With `Retain` the volume stays until a person
/// has looked at it.
///
/// ## What to write
/// ```yaml
/// apiVersion: storage.k8s.io/v1
/// kind: StorageClass
/// metadata:
///   name: databases
/// provisioner: ebs.csi.aws.com
/// reclaimPolicy: Retain
/// ```
/// Somebody then has to delete what is released, or it is paid for without being used. For scratch data and test clusters
/// `Delete` is right, and this policy is not: use `selector`.
///
/// ## Limits
/// Volumes keep the reclaim policy that their class had when they were made: `kubectl patch pv` changes it for those that
/// are there already. A volume with `Delete` is refused on every change, also when a controller binds it to its claim;
/// with `onUpdate: new` only new faults count.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DeletedVolumeData {
    /// The labels that an object must have to be checked: patterns with `*` and `?`, by key. Without any, all are checked.
    pub selector: LabelPatterns,
}

/// Who made the volume; people don't write it.
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";

impl Policy for DeletedVolumeData {
    const METADATA: Metadata = Metadata {
        id: "deleted-volume-data",
        title: "Volumes outlive their claims",
        why: "the data is gone with the claim, and there is no undo",
        help: "set the reclaim policy to Retain",
        category: Category::Storage,
        severity: Severity::Low,
        profile: Profile::Off,
        targets: &[&kinds::PERSISTENT_VOLUME, &kinds::STORAGE_CLASS],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::RECLAIMING, sources::STORAGE_CLASSES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let metadata = cx.object().get("metadata");
        if !self.selector.matches(Labels::of(metadata)) {
            return Ok(());
        }
        let (node, policy, target, field) = if *cx.kind() == kinds::STORAGE_CLASS {
            if cx.operation() == Operation::Update {
                return Ok(());
            }
            let node = cx.object().get("reclaimPolicy");
            (node, node.str()?.unwrap_or("Delete"), "volumes of this class are ", "reclaimPolicy")
        } else {
            if metadata.get("annotations").entry(PROVISIONED_BY).str()?.is_some() {
                return Ok(());
            }
            let field = "persistentVolumeReclaimPolicy";
            let node = cx.spec().get(field);
            (node, node.str()?.unwrap_or("Retain"), "this volume is ", field)
        };
        let fate = match policy {
            "Retain" => return Ok(()),
            "Recycle" => "wiped when its claim goes: ",
            _ if *cx.kind() == kinds::STORAGE_CLASS => "deleted when their claims go: ",
            _ => "deleted when its claim goes: ",
        };
        let reason = if node.exists() { " is " } else { " is by default " };
        let title = text!["set ", field, " to Retain"];
        let edits = vec![Edit::set(node, json!("Retain"))];
        out.report(node, text![target, fate, field, reason, policy]).unsafe_fix(title, edits);
        Ok(())
    }
}
