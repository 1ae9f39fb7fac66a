use crate::kube::owner::{is_daemon, is_static_pod};
use crate::kube::toleration::{CONTROL_PLANE_TAINTS, tolerations};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports tolerations that let a pod run on control plane nodes, outside the namespaces in `allowNamespaces`:
///
/// - of the taint `node-role.kubernetes.io/control-plane`, its older name `node-role.kubernetes.io/master`, or RKE's
///   `node-role.kubernetes.io/controlplane`, with any effect;
/// - `operator: Exists` without a key, which tolerates every taint. With the effect `NoExecute` or `PreferNoSchedule` it
///   doesn't open the control plane, whose taint is `NoSchedule`, and isn't reported.
///
/// For DaemonSets, whose agents often belong on every node, the severity is low, and none for those in allowed namespaces or
/// with `allowDaemonSets`. Static pods run on the control plane by design and aren't reported.
///
/// ## Why
/// Control plane nodes run the API server, the scheduler and etcd. A workload beside them that uses too much memory or disk
/// takes the whole cluster down, and a container that breaks out finds the certificates that sign everything. The taint keeps
/// ordinary pods away; a toleration, often copied along from an agent's manifest, lets them in again. One without a key also
/// lets the pod onto nodes that are reserved, broken or about to be removed.
///
/// ## What to write
/// ```yaml
/// tolerations:
///   - key: example.com/dedicated
///     operator: Equal
///     value: search
///     effect: NoSchedule
/// ```
/// List the taints that the pod has a reason to tolerate, one by one.
///
/// ## Limits
/// The taint is a convention. A cluster whose nodes have all roles doesn't set it, and a managed cluster has no such nodes:
/// there the toleration has no effect and can be removed without harm. Components of the cluster itself, such as a network
/// plugin or an etcd backup, have a reason to tolerate it: exempt them by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ControlPlaneToleration {
    /// The namespaces whose pods may run on the control plane, as patterns with `*` and `?`.
    pub allow_namespaces: Vec<Glob>,
    /// Whether the pods of DaemonSets may run on the control plane, in any namespace.
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
        let daemon = is_daemon(cx.object(), cx.kind());
        if self.allow_namespaces.iter().any(|pattern| pattern.matches(cx.namespace()))
            || self.allow_daemon_sets && daemon
            || is_static_pod(cx.object())
        {
            return Ok(());
        }
        let mut named = Vec::new();
        let all = pod.spec().get("tolerations");
        for toleration in tolerations(pod.spec())? {
            if CONTROL_PLANE_TAINTS.contains(&toleration.key) {
                named.push(toleration);
            } else if toleration.key.is_empty()
                && toleration.operator == "Exists"
                && matches!(toleration.effect, "" | "NoSchedule")
            {
                let message = "the pod tolerates every taint, including the control plane's";
                let mut finding = out.report(toleration.node, message);
                finding = finding.help("list the taints that the pod has to tolerate");
                // Without the catch-all an agent would leave nodes whose taints only its operator knows.
                if daemon {
                    finding.severity(Severity::Low);
                } else {
                    let edits = Edit::take_out(all, &[toleration.node])?;
                    finding.unsafe_fix(text!["remove the ", toleration.title()], edits);
                }
            }
        }
        // Its taint has had several names, and who tolerates one tolerates them all.
        let Some(first) = named.first() else { return Ok(()) };
        let mut keys: Vec<&str> = named.iter().map(|toleration| toleration.key).collect();
        keys.dedup();
        let (taints, removed) = if keys.len() > 1 { ("taints ", "tolerations") } else { ("taint ", "toleration") };
        let names = keys.join(" and ");
        let mut finding = out.report(first.node, text!["the pod tolerates the control plane's ", taints, names]);
        if daemon {
            finding = finding.severity(Severity::Low);
        }
        let places: Vec<Node<'_>> = named.iter().map(|toleration| toleration.node).collect();
        finding.unsafe_fix(text!["remove the ", removed, " of ", names], Edit::take_out(all, &places)?);
        Ok(())
    }
}
