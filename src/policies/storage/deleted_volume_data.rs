use crate::kube::selector::Labels;
use crate::policies::prelude::*;
use crate::policy::context::Operation;
use crate::policy::exemption::LabelPatterns;

/// ## What it does
/// Reports StorageClasses whose volumes are deleted together with their claims (`reclaimPolicy` is `Delete`, the default), and
/// PersistentVolumes whose `persistentVolumeReclaimPolicy` is not `Retain`, their default.
///
/// A volume that was provisioned dynamically only repeats its class, so the class is reported and the volume is not. A class
/// that exists is immutable and is not reported when something else about it changes.
///
/// ## Why
/// With `Delete` the disk is deleted with its claim: when a namespace is deleted, a chart uninstalled, or a StatefulSet
/// recreated. There is no undo, and the backup is as old as it is. With `Retain` the volume stays until a person has looked at
/// it.
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
/// Somebody then has to delete released volumes, or you pay for them without using them. For scratch data and test clusters
/// `Delete` is right: use `selector` to leave those out.
///
/// ## Limits
/// A volume keeps the reclaim policy that its class had when it was provisioned; change existing ones with `kubectl patch pv`.
/// A volume with `Delete` is rejected on every change, even when a controller binds it to its claim; with `onUpdate: new` only
/// new violations count.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DeletedVolumeData {
    /// Only objects with these labels are checked: patterns with `*` and `?`, by key. If empty, all objects are checked.
    pub selector: LabelPatterns,
}

/// Set by the provisioner of the volume, not by people.
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";

impl Policy for DeletedVolumeData {
    const METADATA: Metadata = Metadata {
        id: "deleted-volume-data",
        title: "Volumes outlive their claims",
        why: "the data is deleted with the claim, and there is no undo",
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
            "Recycle" => "wiped when its claim is deleted: ",
            _ if *cx.kind() == kinds::STORAGE_CLASS => "deleted with their claims: ",
            _ => "deleted with its claim: ",
        };
        let reason = if node.exists() { " is " } else { " defaults to " };
        let title = text!["set ", field, " to Retain"];
        let edits = vec![Edit::set(node, "Retain")];
        out.report(node, text![target, fate, field, reason, policy]).unsafe_fix(title, edits);
        Ok(())
    }
}
