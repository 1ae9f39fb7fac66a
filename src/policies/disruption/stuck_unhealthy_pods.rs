use crate::policies::prelude::*;

/// ## What it does
/// Reports PodDisruptionBudgets whose `unhealthyPodEvictionPolicy` is not `AlwaysAllow`. Where it is absent it is
/// `IfHealthyBudget`. Before Kubernetes 1.27 there is no such field, and nothing is reported.
///
/// ## Why
/// By default a pod that runs but isn't ready may only be evicted while enough others are healthy. When an application is
/// broken, crashing in a loop or waiting for a database, that is never so: its pods serve nobody and still hold up every
/// node drain until a person deletes them. With `AlwaysAllow` they go, while pods that are ready stay protected.
///
/// ## What to write
/// ```yaml
/// spec:
///   maxUnavailable: 1
///   unhealthyPodEvictionPolicy: AlwaysAllow
/// ```
///
/// ## Limits
/// A pod that isn't ready may be busy all the same: a database that restores a copy, a member of a quorum that is about to
/// join again. Exempt budgets for such workloads by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct StuckUnhealthyPods {}

impl Policy for StuckUnhealthyPods {
    const METADATA: Metadata = Metadata {
        id: "stuck-unhealthy-pods",
        title: "Disruption budgets let pods go that are not ready",
        why: "pods that serve nobody hold up every node drain",
        help: "set unhealthyPodEvictionPolicy to AlwaysAllow",
        category: Category::Disruption,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::POD_DISRUPTION_BUDGET],
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::UNHEALTHY_POD_EVICTION, sources::DRAIN],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // policy/v1beta1 was gone before the field came.
        if !cx.kubernetes().at_least(27) || cx.object().get("apiVersion").str()? == Some("policy/v1beta1") {
            return Ok(());
        }
        let node = cx.spec().mapping()?.get("unhealthyPodEvictionPolicy");
        let by_default = match node.str()? {
            None | Some("") => " by default",
            Some("IfHealthyBudget") => "",
            Some(_) => return Ok(()),
        };
        let message = [
            "pods that aren't ready can't be evicted while too few are: unhealthyPodEvictionPolicy is IfHealthyBudget",
            by_default,
        ];
        let edits = vec![Edit::set(node, json!("AlwaysAllow"))];
        out.report(node, message.concat()).safe_fix("set unhealthyPodEvictionPolicy to AlwaysAllow", edits);
        Ok(())
    }
}
