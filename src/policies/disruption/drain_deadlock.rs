use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::kube::budget::{Budget, Demand};
use crate::kube::owner::is_controlled;
use crate::kube::percent::IntOrPercent;
use crate::kube::workload::Workload;
use crate::lookup::budget::{Member, budgets_for, members};
use crate::lookup::workload;
use crate::policies::disruption::budget_rules::suggested;
use crate::policies::prelude::*;

/// ## What it does
/// Reports PodDisruptionBudgets that allow no eviction even when all pods are healthy. It adds up the pods of every
/// workload the budget selects (the autoscaler's `minReplicas`, else `replicas`) and computes the allowed disruptions as
/// the disruption controller does: percentages round up, so `minAvailable: 75%` of three pods keeps all three. A budget
/// with neither field allows no evictions either. A budget with both fields, which the API server rejects, is reported too.
///
/// At admission the finding is reported on whichever object is applied last: the budget, the workload or the autoscaler.
/// Among files it is reported on the budget, with the other objects as related places.
///
/// ## Why
/// Node drains wait for the budget indefinitely. Node upgrades stall, the cluster autoscaler can't remove nodes, and
/// eventually somebody force-deletes the pods, which is what the budget was meant to prevent.
///
/// ## What to write
/// ```yaml
/// apiVersion: policy/v1
/// kind: PodDisruptionBudget
/// metadata:
///   name: web
/// spec:
///   maxUnavailable: 1
///   selector:
///     matchLabels:
///       app: web
/// ```
/// `maxUnavailable: 1` never deadlocks, whatever the number of pods. With many pods use a percentage, such as
/// `maxUnavailable: 10%`, so that drains take less time. A single pod under `minAvailable: 1` is a deadlock too: run two.
///
/// ## Limits
/// Deployments, StatefulSets and Rollouts count, and ReplicaSets and ReplicationControllers without an owner; in a cluster
/// only the first two are looked up. DaemonSets (drains skip their pods), Jobs, bare Pods and the pods of other controllers
/// don't count: a budget that selects only those is reported only if no number of pods could satisfy it. Pods under more
/// than one budget are reported by `overlapping-disruption-budgets`. Budgets and workloads owned by a controller, such as an
/// operator that moves its pods itself, are skipped. The autoscaler of a single-pod workload may be applied later: unless
/// `onViolation` is set, such a deadlock only warns on CREATE.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DrainDeadlock {
    /// How many evictions at once a budget must allow, up to the number of pods.
    pub min_allowed: NonZeroU16,
}

impl Default for DrainDeadlock {
    fn default() -> DrainDeadlock {
        DrainDeadlock { min_allowed: NonZeroU16::MIN }
    }
}

/// The maximum of related places: longer lists are not read.
const RELATED: usize = 10;

impl Policy for DrainDeadlock {
    const METADATA: Metadata = Metadata {
        id: "drain-deadlock",
        title: "PodDisruptionBudgets allow at least one eviction",
        why: "node drains block indefinitely",
        help: "set maxUnavailable: 1 in place of what the budget demands",
        category: Category::Disruption,
        severity: Severity::High,
        profile: Profile::Starter,
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
        sources: &[sources::DISRUPTION_BUDGETS, sources::DRAIN],
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
        if let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) {
            let Some((kind, name)) = autoscaler.target()? else { return Ok(()) };
            let Some(found) = workload::named(cx, kind, name)? else { return Ok(()) };
            match Workload::of(cx.node(&found), kind) {
                Some(workload) => self.check_workload(cx, &workload, Some(autoscaler.min_node()), out),
                None => Ok(()),
            }
        } else {
            match Workload::of(cx.object(), cx.kind()) {
                Some(workload) => self.check_workload(cx, &workload, None, out),
                None => Ok(()),
            }
        }
    }
}

impl DrainDeadlock {
    /// How many of `pods` must be evictable at once.
    fn wanted(&self, pods: i64) -> i64 {
        i64::from(self.min_allowed.get()).min(pods)
    }

    /// A budget for these workloads that allows enough evictions, however many pods there are.
    fn suggested(&self, cx: &Context<'_>, members: &[Member]) -> Result<Demand, CheckError> {
        let suggested = suggested(cx, members)?;
        let pods = total(members);
        let enough = suggested.evictions(pods) >= self.wanted(pods);
        let least = i64::from(self.min_allowed.get());
        Ok(if enough && pods > 0 { suggested } else { Demand::MaxUnavailable(IntOrPercent::Int(least)) })
    }

    fn check_budget(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let budget = Budget::read(cx.object())?;
        let least = i64::from(self.min_allowed.get());
        if budget.demand == Demand::Both {
            let (minimum, maximum) = (cx.spec().get("minAvailable"), cx.spec().get("maxUnavailable"));
            let message = "minAvailable and maxUnavailable are both set; the API server rejects this";
            let written = IntOrPercent::read(maximum)?.map(Demand::MaxUnavailable);
            let (order, edits) = match written.filter(|written| always_allows(*written, least)) {
                // maxUnavailable is fine.
                Some(_) => ("remove minAvailable".to_owned(), vec![Edit::remove(minimum)]),
                None => budget.change_to(Demand::MaxUnavailable(IntOrPercent::Int(least))),
            };
            out.report(minimum, message).unsafe_fix(order, edits);
            return Ok(());
        }
        let Some(selector) = &budget.selector else { return Ok(()) };
        if always_allows(budget.demand, least) {
            return Ok(());
        }
        let never = budget.demand.pods_for(1).is_none();
        let members = match members(cx, selector) {
            // No number of pods could satisfy it, so the workloads needn't be known.
            Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if never => Vec::new(),
            answer => answer?,
        };
        let pods = total(&members);
        let message = if pods == 0 {
            if !never {
                return Ok(());
            }
            text![budget.demand.written(), " never allows an eviction, whatever the number of pods"]
        } else {
            if budget.demand.evictions(pods) >= self.wanted(pods) {
                return Ok(());
            }
            self.describe(cx, budget.demand, &members, pods)
        };
        let (order, edits) = budget.change_to(self.suggested(cx, &members)?);
        // With a single pod no budget gives both drains and availability.
        let alternative = if pods == 1 { ", or run 2 pods" } else { "" };
        let help = text![order, alternative];
        let mut finding = out.report(budget.demand_node(), message).help(help).unsafe_fix(order, edits);
        for member in members.iter().take(RELATED) {
            if let Some(workload) = Workload::of(cx.node(&member.workload), member.workload.kind) {
                finding = finding.related(member.expected.related(&workload));
            }
        }
        if !never && may_still_be_scaled(&members) {
            finding.warn_on_create();
        }
        Ok(())
    }

    /// Checks the budgets of one workload; `cause` is the autoscaler's field with the number of pods if that is checked.
    fn check_workload(
        &self,
        cx: &Context<'_>,
        workload: &Workload<'_>,
        cause: Option<Node<'_>>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        for found in budgets_for(cx, workload.labels())? {
            let budget = Budget::read(cx.node(&found)).map_err(|malformed| found.unreadable(&malformed))?;
            let Some(selector) = &budget.selector else { continue };
            if always_allows(budget.demand, i64::from(self.min_allowed.get())) {
                continue;
            }
            // A budget that no number of pods satisfies is reported on the budget itself.
            let Some(enough) = budget.demand.pods_for(i64::from(self.min_allowed.get())) else { continue };
            let members = members(cx, selector)?;
            let pods = total(&members);
            if budget.demand.evictions(pods) >= self.wanted(pods) {
                continue;
            }
            let own = members
                .iter()
                .find(|member| *member.workload.kind == *workload.kind() && member.workload.name() == workload.name());
            // Where an autoscaler sets the number of pods, point at the labels that put the workload under the budget.
            let own_number = own.is_none_or(|own| own.expected.autoscaler.is_none());
            let place = match cause {
                Some(cause) => cause,
                None if own_number => workload.replicas_node(),
                None => workload.pod_metadata().get("labels"),
            };
            let message = text![
                "PodDisruptionBudget \"",
                found.name(),
                "\" deadlocks drains: ",
                self.describe(cx, budget.demand, &members, pods),
            ];
            let own_pods = own.map_or(0, |own| own.expected.pods);
            let more = own_pods.saturating_add(enough.saturating_sub(pods)).to_string();
            let suggested = self.suggested(cx, &members)?.written();
            let help = text!["set ", suggested, " in the budget, or run at least ", more, " pods"];
            let mut finding =
                out.report(place, message).recognised_by(found.name()).help(help).related(budget.related());
            if let Some(own) = own
                && cause.is_none()
                && !own_number
            {
                finding = finding.related(own.expected.related(workload));
            }
            if may_still_be_scaled(&members) {
                finding.warn_on_create();
            }
        }
        Ok(())
    }

    /// The outcome for these pods: `minAvailable: 75% keeps all 3 pods of Deployment "web" (rounded up), so none can be
    /// evicted`.
    fn describe(&self, cx: &Context<'_>, demand: Demand, members: &[Member], pods: i64) -> String {
        let kept = demand.kept(pods);
        let total = pods.to_string();
        let mut text = match demand {
            Demand::Neither => "neither minAvailable nor maxUnavailable is set, which keeps ".to_owned(),
            demand => text![demand.written(), " keeps "],
        };
        if kept > pods {
            text = text![text, kept.to_string(), " pods, more than the "];
        } else if kept < pods {
            text = text![text, kept.to_string(), " of the "];
        } else if pods > 1 {
            text.push_str("all ");
        } else {
            text.push_str("the only ");
        }
        if pods > 1 || kept != pods {
            text = text![text, total, " "];
        }
        text.push_str(if pods == 1 { "pod of " } else { "pods of " });
        match members {
            [member] => {
                if let Some(workload) = Workload::of(cx.node(&member.workload), member.workload.kind) {
                    text.push_str(&workload.title());
                }
            }
            members => text = text![text, members.len().to_string(), " workloads"],
        }
        if demand.is_rounded(pods) {
            text.push_str(" (rounded up)");
        }
        match demand.evictions(pods) {
            0 => text.push_str(", so none can be evicted"),
            free => {
                let (free, wanted) = (free.to_string(), self.wanted(pods).to_string());
                text = text![text, ", so only ", free, " can be evicted at once, not ", wanted];
            }
        }
        text
    }
}

/// How many pods there are at least.
fn total(members: &[Member]) -> i64 {
    members.iter().map(|member| member.expected.pods).fold(0, i64::saturating_add)
}

/// True when `least` pods, or all of fewer, can be evicted whatever the number of pods.
fn always_allows(demand: Demand, least: i64) -> bool {
    match demand {
        Demand::MinAvailable(amount) => amount.is_zero(),
        Demand::MaxUnavailable(IntOrPercent::Int(most)) => most >= least,
        Demand::MaxUnavailable(IntOrPercent::Percent(percent)) => percent >= 100 || percent > 0 && least == 1,
        Demand::Neither | Demand::Both => false,
    }
}

/// True when an autoscaler applied later may raise the number of pods: workloads that leave `replicas` to an autoscaler
/// omit the field, and the API server then sets it to 1.
fn may_still_be_scaled(members: &[Member]) -> bool {
    members.iter().any(|member| member.expected.autoscaler.is_none() && member.expected.pods == 1)
}
