use crate::kube::autoscaler::Autoscaler;
use crate::kube::budget::{Budget, Demand};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::at_issue;
use crate::lookup::budget::{Member, budgets_for, members};
use crate::policies::disruption::budget_rules::{Load, MARGIN, Shortfall, cpu_target, keeps_all_but_one};
use crate::policies::prelude::*;
use crate::settings::Percentage;

/// ## What it does
/// Reports PodDisruptionBudgets that allow so many evictions that the remaining pods can't carry the load. An autoscaler
/// with a CPU target of 60% leaves 40% headroom: with fewer than 60% of the pods, the rest are overloaded. The budget must
/// keep that share plus a margin (`marginPercent`), 65% in this example, both at the autoscaler's `minReplicas` and at its
/// `maxReplicas`.
///
/// It never requires a budget that blocks all evictions: of two pods, keeping one is enough, whatever the target.
/// `maxUnavailable: 1` is always accepted.
///
/// At admission the finding is reported on whichever object is applied last: the budget, the workload or the autoscaler.
/// Among files it is reported on the budget, with the autoscaler as a related place.
///
/// ## Why
/// A node upgrade evicts as many pods at once as the budget allows. Their load shifts to the remaining pods immediately,
/// while replacements take a minute to start. Until then the remaining pods run above their requests: they are throttled,
/// time out and fail their probes. `minAvailable: 2`, which was right for three pods, allows eight of ten to be evicted.
///
/// ## What to write
/// A percentage, which scales with the autoscaler:
/// ```yaml
/// apiVersion: policy/v1
/// kind: PodDisruptionBudget
/// metadata:
///   name: web
/// spec:
///   minAvailable: 65%
///   selector:
///     matchLabels:
///       app: web
/// ```
/// With so few pods that 65% rounds up to all of them, use `maxUnavailable: 30%`, which never deadlocks.
///
/// ## Limits
/// Only CPU utilization targets up to 100% of the requests count; with several, the highest. Replica counts between the
/// autoscaler's minimum and maximum are not checked: rounding may differ by one pod there. If the budget selects several
/// workloads, their pods are added up and the highest target applies to all of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ThinDisruptionBudget {
    /// How many percentage points above the autoscaler's CPU target the share of pods kept must be.
    pub margin_percent: Percentage,
}

impl Default for ThinDisruptionBudget {
    fn default() -> ThinDisruptionBudget {
        ThinDisruptionBudget { margin_percent: MARGIN }
    }
}

impl Policy for ThinDisruptionBudget {
    const METADATA: Metadata = Metadata {
        id: "thin-disruption-budget",
        title: "PodDisruptionBudgets keep enough pods to carry the load",
        why: "a node drain can evict so many pods that the rest are overloaded",
        help: "make the budget keep a larger share of the pods than the autoscaler's CPU target",
        category: Category::Disruption,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::POD_DISRUPTION_BUDGET,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
        ],
        needs: &[
            &kinds::POD_DISRUPTION_BUDGET,
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::HORIZONTAL_POD_AUTOSCALER,
        ],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::DISRUPTION_BUDGETS, sources::HORIZONTAL_AUTOSCALING],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if *cx.kind() == kinds::POD_DISRUPTION_BUDGET {
            return self.check_budget(cx, out);
        }
        if cx.is_batch() {
            // Among files the budget is reported. Without any budget the policy couldn't check anything, which is an error.
            cx.list(&kinds::POD_DISRUPTION_BUDGET, Filter::Named(""))?;
            return Ok(());
        }
        let Some(found) = at_issue(cx)? else { return Ok(()) };
        let Some(workload) = Workload::of(cx.node(&found), found.kind) else { return Ok(()) };
        for found in budgets_for(cx, workload.labels())? {
            let budget = Budget::read(cx.node(&found)).map_err(|malformed| found.unreadable(&malformed))?;
            let Some((members, load, shortfall)) = self.weigh(cx, &budget)? else { continue };
            let checked = Autoscaler::of(cx.object(), cx.kind());
            let place = match &checked {
                // Another autoscaler has the highest target: this one only adds pods.
                Some(autoscaler) if !cx.is_target(&load.autoscaler) => autoscaler.max_node(),
                Some(autoscaler) => match cpu_target(autoscaler)? {
                    Some((_, place)) => place,
                    None => autoscaler.max_node(),
                },
                // The labels put the workload under the budget.
                None => workload.pod_metadata().get("labels"),
            };
            let text = describe(cx, budget.demand, &members, &load, shortfall);
            let message = text!["PodDisruptionBudget \"", found.name(), "\" is too permissive: ", text];
            let (order, _) = budget.change_to(load.need.fix(budget.demand));
            let help = text![order, " in PodDisruptionBudget \"", found.name(), "\""];
            let mut finding = out.report(place, message).help(help).related(budget.related());
            if let Some(related) = load.related(cx).filter(|_| checked.is_none()) {
                finding = finding.related(related);
            }
        }
        Ok(())
    }
}

impl ThinDisruptionBudget {
    fn check_budget(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let budget = Budget::read(cx.object())?;
        let Some((members, load, shortfall)) = self.weigh(cx, &budget)? else { return Ok(()) };
        let message = describe(cx, budget.demand, &members, &load, shortfall);
        let (order, edits) = budget.change_to(load.need.fix(budget.demand));
        let finding = out.report(budget.demand_node(), message).unsafe_fix(order, edits);
        if let Some(related) = load.related(cx) {
            finding.related(related);
        }
        Ok(())
    }

    /// The workloads under the budget, their load, and where it keeps too few pods; `None` when it keeps enough.
    fn weigh(
        &self,
        cx: &Context<'_>,
        budget: &Budget<'_>,
    ) -> Result<Option<(Vec<Member>, Load, Shortfall)>, CheckError> {
        let Some(selector) = budget.selector.as_ref().filter(|_| !keeps_all_but_one(budget.demand)) else {
            return Ok(None);
        };
        let members = members(cx, selector)?;
        let Some(load) = Load::of(cx, &members, self.margin_percent)? else { return Ok(None) };
        let shortfall = load.need.shortfall(budget.demand);
        Ok(shortfall.map(|shortfall| (members, load, shortfall)))
    }
}

/// What the budget keeps: `minAvailable: 2 keeps 2 of up to 10 pods of Deployment "web", which needs 7 at its CPU target
/// of 60%`.
fn describe(cx: &Context<'_>, demand: Demand, members: &[Member], load: &Load, shortfall: Shortfall) -> String {
    let kept = if shortfall.kept == 0 { "none".to_owned() } else { shortfall.kept.to_string() };
    let of = if shortfall.pods > load.need.least { " of up to " } else { " of " };
    let single = match members {
        [member] => Workload::of(cx.node(&member.workload), member.workload.kind),
        _ => None,
    };
    let (whose, needs, its) = match single {
        Some(workload) => (workload.title(), ", which needs ", " at its CPU target of "),
        None => (text![members.len().to_string(), " workloads"], ", which need ", " at the highest CPU target, "),
    };
    let (pods, needed, target) = (shortfall.pods.to_string(), shortfall.needed.to_string(), load.target.to_string());
    text![demand.written(), " keeps ", kept, of, pods, " pods of ", whose, needs, needed, its, target, "%"]
}
