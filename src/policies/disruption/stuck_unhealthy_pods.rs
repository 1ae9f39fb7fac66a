use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;

/// ## What it does
/// Reports PodDisruptionBudgets whose `unhealthyPodEvictionPolicy` is not `AlwaysAllow`. It defaults to `IfHealthyBudget`.
/// Before Kubernetes 1.27 the field does not exist and nothing is reported.
///
/// ## Why
/// By default, a running pod that isn't ready can only be evicted while enough other pods are healthy. If the application is
/// broken, crash-looping or waiting for a database, that never happens: its pods serve no traffic and still block every node
/// drain until somebody deletes them. With `AlwaysAllow` they can be evicted, while ready pods stay protected.
///
/// ## What to write
/// ```yaml
/// spec:
///   maxUnavailable: 1
///   unhealthyPodEvictionPolicy: AlwaysAllow
/// ```
///
/// ## Limits
/// An unready pod may still be doing work: a database restoring a replica, a quorum member about to rejoin. The fix is
/// therefore unsafe; exempt the budgets of such workloads by name. Budgets owned by a controller, such as an operator, are
/// skipped.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct StuckUnhealthyPods {}

impl Policy for StuckUnhealthyPods {
    const METADATA: Metadata = Metadata {
        id: "stuck-unhealthy-pods",
        title: "PodDisruptionBudgets allow eviction of unready pods",
        why: "pods that serve no traffic block node drains until somebody deletes them",
        help: "set unhealthyPodEvictionPolicy to AlwaysAllow",
        category: Category::Disruption,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::POD_DISRUPTION_BUDGET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::UNHEALTHY_POD_EVICTION, sources::DRAIN],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // policy/v1beta1 was removed before the field was added.
        let is_old = !cx.kubernetes().at_least(27) || cx.object().get("apiVersion").str()? == Some("policy/v1beta1");
        if is_old || is_controlled(cx.object()) {
            return Ok(());
        }
        let node = cx.spec().mapping()?.get("unhealthyPodEvictionPolicy");
        let is = match node.str()? {
            None | Some("") => "defaults to",
            Some("IfHealthyBudget") => "is",
            Some(_) => return Ok(()),
        };
        let message = text!["unready pods can block node drains: unhealthyPodEvictionPolicy ", is, " IfHealthyBudget"];
        let edits = vec![Edit::set(node, "AlwaysAllow")];
        out.report(node, message).unsafe_fix("set unhealthyPodEvictionPolicy to AlwaysAllow", edits);
        Ok(())
    }
}
