use crate::kube::security::shared;
use crate::policies::prelude::*;
use crate::settings::UserId;

/// ## What it does
/// Reports pods that put their containers into a system group: whose `fsGroup`, or an ID in `supplementalGroups`, is below
/// `minId`, which defaults to 1 and so reports only root's group, 0. `runAsGroup` is covered by `unpinned-user`. Windows
/// pods have no such groups and are skipped.
///
/// ## Why
/// Programs that run as an ordinary user but in root's group can read and write what is open to that group: the image's
/// own files, volumes that others share, and on an escape those of the node. `fsGroup: 0` also gives every file of the
/// pod's volumes to that group.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   fsGroup: 10001
///   supplementalGroups: [10002]
/// ```
///
/// ## Limits
/// Groups that the image adds its user to are not visible. Images that are made to run as any user, as on OpenShift,
/// keep their files in root's group: exempt their workloads.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct PrivilegedGroup {
    /// The lowest group ID to accept.
    pub min_id: UserId,
}

impl Default for PrivilegedGroup {
    fn default() -> PrivilegedGroup {
        PrivilegedGroup { min_id: UserId::FIRST_NON_ROOT }
    }
}

impl Policy for PrivilegedGroup {
    const METADATA: Metadata = Metadata {
        id: "privileged-group",
        title: "Pods aren't in root's group",
        why: "a process in a system group may read and change files that aren't its own",
        help: "use a group ID of the application's own",
        category: Category::Security,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::SECURITY_CONTEXT],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        let context = shared(pod)?;
        self.report(context.get("fsGroup"), "fsGroup is ", out)?;
        for node in context.get("supplementalGroups").items()? {
            self.report(node, "supplementalGroups has ", out)?;
        }
        Ok(())
    }
}

impl PrivilegedGroup {
    fn report(&self, node: Node<'_>, field: &str, out: &mut Findings) -> Result<(), Malformed> {
        let min = self.min_id.get();
        let Some(id) = node.int()?.filter(|id| *id < min) else { return Ok(()) };
        let group = if id == 0 { "root's group: " } else { "a system group: " };
        let bound = if id == 0 { String::new() } else { text![", below ", min.to_string()] };
        out.report(node, text!["the pod's containers are in ", group, field, id.to_string(), bound]);
        Ok(())
    }
}
