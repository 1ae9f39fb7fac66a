use crate::kube::autoscaler::Autoscaler;
use crate::kube::budget::{Budget, Demand};
use crate::kube::owner::is_controlled;
use crate::kube::service_class::ServiceClass;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::at_issue;
use crate::lookup::budget::{Member, budgets_for, members};
use crate::policies::disruption::budget_rules::{Load, MARGIN, Shortfall, cpu_target, keeps_all_but_one, suggested};
use crate::policies::prelude::*;
use crate::settings::{Percentage, ServiceClassLabel};

/// ## What it does
/// Reports PodDisruptionBudgets that allow so many evictions that the remaining pods can't carry the load. An autoscaler
/// with a CPU target of 60% leaves 40% headroom: with fewer than 60% of the pods, the rest are overloaded. The budget must
/// keep that share plus a margin (`marginPercent`), 65% in this example, both at the autoscaler's `minReplicas` and at its
/// `maxReplicas`.
///
/// Also reports budgets that allow all pods of a workload with two or more to be evicted at once, such as `minAvailable: 0`
/// or `maxUnavailable: 100%`, with or without an autoscaler.
///
/// A budget that blocks all evictions at the autoscaler's minimum is reported by `drain-deadlock` instead.
///
/// It never requires a budget that blocks all evictions: of two pods, keeping one is enough, whatever the target.
/// `maxUnavailable: 1` is always accepted. Workloads of service class `nonCore` may be slower or away for a while and are not
/// checked. The class is a label on the workload or its pods; without it a workload is core.
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
/// workloads, their pods are added up and the highest target applies to all of them. Budgets and workloads owned by a
/// controller, such as an operator, are skipped.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ThinDisruptionBudget {
    /// How many percentage points above the autoscaler's CPU target the share of pods kept must be.
    pub margin_percent: Percentage,
    /// The label, on the workload or its pods, whose value is the service class: `core` or `nonCore`.
    pub service_class_label: ServiceClassLabel,
}

impl Default for ThinDisruptionBudget {
    fn default() -> ThinDisruptionBudget {
        ThinDisruptionBudget { margin_percent: MARGIN, service_class_label: ServiceClassLabel::default() }
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
        if is_controlled(cx.object()) {
            return Ok(());
        }
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
            let Some(thin) = self.weigh(cx, &budget)? else { continue };
            let checked = Autoscaler::of(cx.object(), cx.kind());
            let target = thin.load.as_ref().filter(|load| cx.is_target(&load.autoscaler));
            let place = match &checked {
                Some(autoscaler) => match cpu_target(autoscaler)?.filter(|_| target.is_some()) {
                    Some((_, place)) => place,
                    // The autoscaler only adds pods.
                    None => autoscaler.max_node(),
                },
                // The labels put the workload under the budget.
                None => workload.pod_metadata().get("labels"),
            };
            let message = text!["PodDisruptionBudget \"", found.name(), "\" is too permissive: ", thin.message];
            let (order, _) = budget.change_to(thin.wanted);
            let help = text![order, " in PodDisruptionBudget \"", found.name(), "\""];
            let mut finding =
                out.report(place, message).recognised_by(found.name()).help(help).related(budget.related());
            if let Some(related) = thin.load.and_then(|load| load.related(cx)).filter(|_| checked.is_none()) {
                finding = finding.related(related);
            }
        }
        Ok(())
    }
}

impl ThinDisruptionBudget {
    fn check_budget(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let budget = Budget::read(cx.object())?;
        let Some(thin) = self.weigh(cx, &budget)? else { return Ok(()) };
        let (order, edits) = budget.change_to(thin.wanted);
        let finding = out.report(budget.demand_node(), thin.message).unsafe_fix(order, edits);
        if let Some(related) = thin.load.and_then(|load| load.related(cx)) {
            finding.related(related);
        }
        Ok(())
    }

    /// Why the budget keeps too few pods; `None` when it keeps enough.
    fn weigh(&self, cx: &Context<'_>, budget: &Budget<'_>) -> Result<Option<Thin>, CheckError> {
        let Some(selector) = budget.selector.as_ref().filter(|_| !keeps_all_but_one(budget.demand)) else {
            return Ok(None);
        };
        let members = members(cx, selector)?;
        let pods = members.iter().map(|member| member.expected.pods).fold(0, i64::saturating_add);
        if budget.demand.evictions(pods) == 0 {
            return Ok(None);
        }
        for Member { workload: found, .. } in &members {
            let Some(workload) = Workload::of(cx.node(found), found.kind) else { continue };
            let class = self.service_class_label.class(workload.object(), workload.pod_metadata());
            if class.map_err(|malformed| found.unreadable(&malformed))? != Some(ServiceClass::Core) {
                return Ok(None);
            }
        }
        if let Some(load) = Load::of(cx, &members, self.margin_percent)?
            && let Some(shortfall) = load.need.shortfall(budget.demand)
        {
            let message = describe(cx, budget.demand, &members, &load, shortfall);
            return Ok(Some(Thin { message, wanted: load.need.fix(budget.demand), load: Some(load) }));
        }
        if pods < 2 || budget.demand.kept(pods) > 0 {
            return Ok(None);
        }
        let whose = whose(cx, &members);
        let message = text![
            budget.demand.written(),
            " allows all ",
            pods.to_string(),
            " pods of ",
            whose,
            " to be evicted at once"
        ];
        Ok(Some(Thin { message, wanted: suggested(cx, &members)?, load: None }))
    }
}

/// A budget that keeps too few pods.
struct Thin {
    message: String,
    /// The budget to have instead.
    wanted: Demand,
    /// The load that the kept pods can't carry; `None` when it keeps none, whatever the load.
    load: Option<Load>,
}

/// The workload's title, or the number of workloads.
fn whose(cx: &Context<'_>, members: &[Member]) -> String {
    let single = match members {
        [member] => Workload::of(cx.node(&member.workload), member.workload.kind),
        _ => None,
    };
    single.map_or_else(|| text![members.len().to_string(), " workloads"], |workload| workload.title())
}

/// What the budget keeps: `minAvailable: 2 keeps 2 of up to 10 pods of Deployment "web", which needs 7 at its CPU target
/// of 60%`.
fn describe(cx: &Context<'_>, demand: Demand, members: &[Member], load: &Load, shortfall: Shortfall) -> String {
    let kept = if shortfall.kept == 0 { "none".to_owned() } else { shortfall.kept.to_string() };
    let of = if shortfall.pods > load.need.least { " of up to " } else { " of " };
    let (needs, its) = match members {
        [_] => (", which needs ", " at its CPU target of "),
        _ => (", which need ", " at the highest CPU target, "),
    };
    let (pods, needed, target) = (shortfall.pods.to_string(), shortfall.needed.to_string(), load.target.to_string());
    let whose = whose(cx, members);
    text![demand.written(), " keeps ", kept, of, pods, " pods of ", whose, needs, needed, its, target, "%"]
}
