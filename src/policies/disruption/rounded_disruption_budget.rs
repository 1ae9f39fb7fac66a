use crate::kube::budget::{Budget, Demand};
use crate::kube::percent::IntOrPercent;
use crate::kube::workload::Workload;
use crate::lookup::budget::members;
use crate::policies::disruption::budget_rules::{Load, MARGIN};
use crate::policies::prelude::*;

/// ## What it does
/// Notes a PodDisruptionBudget whose percentage is no whole number of pods, where the rounding goes the way that isn't
/// wanted. Kubernetes rounds both fields up: `minAvailable: 75%` of five pods, 3.75, keeps four and lets one go, while
/// `maxUnavailable: 25%`, 1.25, lets two go.
///
/// With `prefer: drain`, the default, a percentage as `minAvailable` is noted when rounding leaves fewer evictions than it
/// says. With `prefer: stability` a percentage as `maxUnavailable` is noted when rounding lets more pods go than it says.
/// The number of pods is the least there are: the autoscaler's `minReplicas`, else `replicas`, of all workloads that the
/// budget selects.
///
/// It never proposes a budget that would let no pod go, nor one that would keep too few pods for an autoscaler's CPU
/// target and five hundredths more.
///
/// ## Why
/// Who reads 75% expects a quarter of the pods to be drained at a time. With few pods it is less, or none at all, and node
/// upgrades take longer than planned. The two fields look like two ways to say one thing, and for few pods they are not.
///
/// ## What to write
/// For drains that move on:
/// ```yaml
/// apiVersion: policy/v1
/// kind: PodDisruptionBudget
/// metadata:
///   name: web
/// spec:
///   maxUnavailable: 25%
///   selector:
///     matchLabels:
///       app: web
/// ```
/// Numbers of pods are never rounded.
///
/// ## Limits
/// Only the budget is checked, not the workload or the autoscaler that changes its number of pods later.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RoundedDisruptionBudget {
    /// What a part of a pod should count for: `drain` lets it go, which `maxUnavailable` does; `stability` keeps it, which
    /// `minAvailable` does.
    pub prefer: Prefer,
}

/// What a part of a pod should count for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Prefer {
    /// A pod that may go.
    #[default]
    Drain,
    /// A pod that stays.
    Stability,
}

impl Policy for RoundedDisruptionBudget {
    const METADATA: Metadata = Metadata {
        id: "rounded-disruption-budget",
        title: "Percentages of disruption budgets round the way that is meant",
        why: "for few pods the budget allows something else than its percentage says",
        help: "write the percentage in the field that rounds the other way, or a number of pods",
        category: Category::Disruption,
        severity: Severity::Info,
        profile: Profile::Strict,
        targets: &[&kinds::POD_DISRUPTION_BUDGET],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::BUDGET_ROUNDING, sources::DISRUPTION_BUDGETS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let budget = Budget::read(cx.object())?;
        let Some(selector) = &budget.selector else { return Ok(()) };
        let percent = match (self.prefer, budget.demand) {
            (Prefer::Drain, Demand::MinAvailable(IntOrPercent::Percent(percent @ 1..=99)))
            | (Prefer::Stability, Demand::MaxUnavailable(IntOrPercent::Percent(percent @ 1..=99))) => percent,
            _ => return Ok(()),
        };
        let Some(other) = budget.demand.counterpart() else { return Ok(()) };
        let members = members(cx, selector)?;
        let pods = members.iter().map(|member| member.expected.pods).fold(0, i64::saturating_add);
        if !budget.demand.is_rounded(pods) || other.evictions(pods) == 0 {
            return Ok(());
        }
        let load = Load::of(cx, &members, MARGIN)?;
        if load.is_some_and(|load| load.need.shortfall(other).is_some()) {
            return Ok(());
        }

        let (written, parts) = (budget.demand.written(), hundredths(percent.saturating_mul(pods)));
        let count = pods.to_string();
        let (now, then) = (budget.demand.evictions(pods), other.evictions(pods).to_string());
        let rounded = match self.prefer {
            Prefer::Drain => text![", rounded up to ", budget.demand.kept(pods).to_string(), " that stay"],
            Prefer::Stability => text![", rounded up to ", now.to_string(), " that may go"],
        };
        let allows = match (self.prefer, now) {
            (Prefer::Drain, 0) => ": none may go".to_owned(),
            (Prefer::Drain, now) => text![": ", now.to_string(), " may go"],
            (Prefer::Stability, _) => String::new(),
        };
        let plural = if pods == 1 { " pod is " } else { " pods is " };
        let message = [
            &written,
            " of ",
            &count,
            plural,
            &parts,
            &rounded,
            &allows,
            "; ",
            &other.written(),
            " lets ",
            &then,
            " go",
        ];
        let (order, edits) = budget.change_to(other);
        let mut finding = out.report(budget.demand_node(), message.concat()).unsafe_fix(order, edits);
        for member in &members {
            if let Some(workload) = Workload::of(cx.node(&member.workload), member.workload.kind) {
                finding = finding.related(member.expected.related(&workload));
            }
        }
        Ok(())
    }
}

/// Hundredths as a decimal: `3.75`, `2.5`.
fn hundredths(count: i64) -> String {
    let (whole, rest) = (count.div_euclid(100).to_string(), count.rem_euclid(100).saturating_add(100).to_string());
    match rest.get(1..).unwrap_or_default().trim_end_matches('0') {
        "" => whole,
        digits => text![whole, ".", digits],
    }
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn writes_parts_of_pods() {
        let written = [0, 5, 30, 225, 250, 375, 500].map(hundredths);
        assert_eq!(written, ["0", "0.05", "0.3", "2.25", "2.5", "3.75", "5"]);
    }
}
