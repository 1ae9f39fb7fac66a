use crate::kube::autoscaler::Autoscaler;
use crate::kube::budget::{Budget, Demand};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::at_issue;
use crate::lookup::budget::{Member, budgets_for, members};
use crate::policies::disruption::budget_rules::{Load, MARGIN, Shortfall, cpu_target, keeps_all_but_one};
use crate::policies::prelude::*;
use crate::settings::Percentage;

/// ## What it does
/// Reports a PodDisruptionBudget that lets more pods go than the rest can stand in for. An autoscaler that aims at 60% of
/// the processor requests leaves 40% of them free: with less than 60% of the pods, what is left is overloaded. The budget
/// has to keep that share and a margin (`marginPercent`), 65% in this example, both of the autoscaler's `minReplicas` and
/// of its `maxReplicas`.
///
/// It never asks for so much that no pod could go: of two pods one is enough, whatever the target. `maxUnavailable: 1` is
/// always accepted.
///
/// In a cluster whichever object comes last is told: the budget, the workload or the autoscaler. Among files, which are
/// all checked together, the budget alone is reported and names the autoscaler.
///
/// ## Why
/// A node upgrade evicts as many pods at once as the budget allows. Load moves to the others at once, new pods take a
/// minute to start, and until then the others run above what they requested: they are throttled, time out and fail their
/// probes. A budget of `minAvailable: 2` that was right for three pods lets eight of ten go.
///
/// ## What to write
/// A percentage that grows with the autoscaler:
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
/// Where there may be so few pods that 65%, rounded up, are all of them, `maxUnavailable: 30%` never deadlocks.
///
/// ## Limits
/// Only targets for processor time that are percentages of the request count, up to 100%; with several the highest.
/// Numbers of pods between the autoscaler's minimum and maximum are not looked at: rounding may differ by one pod there.
/// The pods of several workloads under one budget are added up, and the highest of their targets counts for all.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ThinDisruptionBudget {
    /// By how many hundredths of the pods the share that stays has to be above the autoscaler's target.
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
        title: "Disruption budgets keep enough pods to carry the load",
        why: "the pods that are left in a node drain are overloaded",
        help: "let the budget keep a larger share of the pods than the autoscaler's CPU target",
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
            // The budget is told. That there is none to be told is worth knowing, though.
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
                // Another autoscaler's target counts: this one only adds pods.
                Some(autoscaler) if !cx.is_target(&load.autoscaler) => autoscaler.max_node(),
                Some(autoscaler) => match cpu_target(autoscaler)? {
                    Some((_, place)) => place,
                    None => autoscaler.max_node(),
                },
                // What puts the workload under the budget.
                None => workload.pod_metadata().get("labels"),
            };
            let text = describe(cx, budget.demand, &members, &load, shortfall);
            let message = text!["PodDisruptionBudget \"", found.name(), "\" is thin: ", text];
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

    /// What is under the budget, and where it keeps too few; `None` when it keeps enough.
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

/// What the budget leaves: `minAvailable: 2 keeps 2 of up to 10 pods of Deployment "web", which needs 7 at its CPU target
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
