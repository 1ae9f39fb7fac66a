use crate::kube::owner::is_daemon;
use crate::kube::toleration::{CONTROL_PLANE_TAINTS, tolerations};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports tolerations that let a pod onto the nodes of the control plane, outside the namespaces in `allowNamespaces`:
///
/// - of the taint `node-role.kubernetes.io/control-plane`, its older name `node-role.kubernetes.io/master`, or RKE's
///   `node-role.kubernetes.io/controlplane`, with whatever effect;
/// - `operator: Exists` without a key, which tolerates every taint. With effect `NoExecute` or `PreferNoSchedule` it
///   doesn't open the control plane, whose taint is `NoSchedule`, and is left alone.
///
/// DaemonSets are no exception unless `allowDaemonSets` says so: agents that belong on every node are best kept in
/// namespaces that are allowed.
///
/// ## Why
/// The API server, the scheduler and etcd run there. A workload beside them that takes too much memory or disk takes the
/// whole cluster down, and a container that breaks out finds the certificates that sign everything. The taint keeps
/// ordinary pods away; a toleration opens the door again, often copied along from an agent's manifest. One without a key
/// also brings the pod onto nodes that are reserved, broken or about to go.
///
/// ## What to write
/// ```yaml
/// tolerations:
///   - key: example.com/dedicated
///     operator: Equal
///     value: search
///     effect: NoSchedule
/// ```
/// Name the taints that the pod has a reason to tolerate, one by one.
///
/// ## Limits
/// The taint is a convention. A cluster whose nodes have all roles doesn't set it, and in a managed cluster there is no
/// such node to see: there the toleration opens nothing, and can go without harm. What belongs to the cluster itself, such
/// as a network plugin or a backup of etcd, has a reason to tolerate it: exempt it by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ControlPlaneToleration {
    /// Namespaces whose pods may run on the control plane, as patterns with `*` and `?`.
    pub allow_namespaces: Vec<Glob>,
    /// Whether the pods of DaemonSets may run on the control plane, in whatever namespace.
    pub allow_daemon_sets: bool,
}

impl Default for ControlPlaneToleration {
    fn default() -> ControlPlaneToleration {
        ControlPlaneToleration { allow_namespaces: vec![Glob::new("kube-system")], allow_daemon_sets: false }
    }
}

impl Policy for ControlPlaneToleration {
    const METADATA: Metadata = Metadata {
        id: "control-plane-toleration",
        title: "Workloads stay off the control plane",
        why: "a workload beside the API server and etcd can take the whole cluster down",
        help: "remove the toleration",
        category: Category::Scheduling,
        severity: Severity::High,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::TAINTS, sources::WELL_KNOWN_LABELS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if self.allow_namespaces.iter().any(|pattern| pattern.matches(cx.namespace()))
            || self.allow_daemon_sets && is_daemon(cx.object(), cx.kind())
        {
            return Ok(());
        }
        for toleration in tolerations(pod.spec())? {
            let everything = toleration.key.is_empty() && toleration.operator == "Exists";
            let (message, help) = if CONTROL_PLANE_TAINTS.contains(&toleration.key) {
                let message = text!["the pod tolerates the control plane's taint ", toleration.key];
                (message, text!["remove the ", toleration.title()])
            } else if everything && matches!(toleration.effect, "" | "NoSchedule") {
                let message = "the pod tolerates every taint, the control plane's as well".to_owned();
                (message, "name the taints that the pod has to tolerate".to_owned())
            } else {
                continue;
            };
            let edits = vec![Edit::remove(toleration.node)];
            let title = text!["remove the ", toleration.title()];
            out.report(toleration.node, message).help(help).unsafe_fix(title, edits);
        }
        Ok(())
    }
}
