use crate::kube::budget::{Budget, Demand};
use crate::kube::owner::is_controlled;
use crate::kube::percent::IntOrPercent;
use crate::kube::workload::Workload;
use crate::lookup::budget::members;
use crate::policies::disruption::budget_rules::{Load, MARGIN};
use crate::policies::prelude::*;

/// ## What it does
/// Reports PodDisruptionBudgets whose percentage is not a whole number of pods and rounds in the unwanted direction.
/// Kubernetes rounds both fields up: `minAvailable: 75%` of five pods is 3.75, which keeps four and allows one eviction;
/// `maxUnavailable: 25%` is 1.25, which allows two.
///
/// With `prefer: drain`, the default, a percentage in `minAvailable` is reported if rounding allows fewer evictions than the
/// percentage suggests. With `prefer: stability`, a percentage in `maxUnavailable` is reported if rounding allows more. The
/// number of pods is the minimum: the sum of the autoscaler's `minReplicas`, else `replicas`, of every workload the budget
/// selects.
///
/// It never suggests a budget that blocks all evictions, nor one that keeps less than an autoscaler's CPU target plus five
/// percentage points. A budget that already blocks all evictions is reported by `drain-deadlock`.
///
/// ## Why
/// A reader of `minAvailable: 75%` expects a quarter of the pods to be evicted at a time. With few pods it is less, or
/// none, and node upgrades take longer than planned. The two fields look interchangeable, but for few pods they aren't.
///
/// ## What to write
/// To favour drains:
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
/// Absolute numbers are never rounded.
///
/// ## Limits
/// Only budgets are checked, not workloads or autoscalers that change the number of pods later. Budgets owned by a
/// controller, such as an operator, are skipped.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RoundedDisruptionBudget {
    /// Which way fractions of a pod should round: `drain` allows one more eviction, as `maxUnavailable` does; `stability`
    /// keeps one more pod, as `minAvailable` does.
    pub prefer: Prefer,
}

/// Which way fractions of a pod should round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Prefer {
    /// One more eviction.
    #[default]
    Drain,
    /// One more pod kept.
    Stability,
}

impl Policy for RoundedDisruptionBudget {
    const METADATA: Metadata = Metadata {
        id: "rounded-disruption-budget",
        title: "PodDisruptionBudget percentages round as intended",
        why: "with few pods, rounding changes how many can be evicted",
        help: "use the field that rounds the other way, or an absolute number of pods",
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
        if is_controlled(cx.object()) {
            return Ok(());
        }
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
        let allowed = other.evictions(pods);
        // The other field must neither block drains nor keep nothing.
        if !budget.demand.is_rounded(pods) || budget.demand.evictions(pods) == 0 || !(1..pods).contains(&allowed) {
            return Ok(());
        }
        let load = Load::of(cx, &members, MARGIN)?;
        if load.is_some_and(|load| load.need.shortfall(other).is_some()) {
            return Ok(());
        }

        let now = budget.demand.evictions(pods).to_string();
        let rounded = match self.prefer {
            Prefer::Drain => budget.demand.kept(pods).to_string(),
            Prefer::Stability => now.clone(),
        };
        let so = match self.prefer {
            Prefer::Drain => ", so only ",
            Prefer::Stability => ", so ",
        };
        let message = text![
            budget.demand.written(),
            " of ",
            pods.to_string(),
            if pods == 1 { " pod is " } else { " pods is " },
            hundredths(percent.saturating_mul(pods)),
            ", rounded up to ",
            rounded,
            so,
            now,
            " can be evicted; ",
            other.written(),
            " would allow ",
            allowed.to_string(),
        ];
        let (order, edits) = budget.change_to(other);
        let mut finding = out.report(budget.demand_node(), message).unsafe_fix(order, edits);
        for member in &members {
            if let Some(workload) = Workload::of(cx.node(&member.workload), member.workload.kind) {
                finding = finding.related(member.expected.related(&workload));
            }
        }
        Ok(())
    }
}

/// Hundredths as a decimal number: `3.75`, `2.5`.
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
    fn hundredths_have_no_trailing_zeros() {
        let written = [0, 5, 30, 225, 250, 375, 500].map(hundredths);
        assert_eq!(written, ["0", "0.05", "0.3", "2.25", "2.5", "3.75", "5"]);
    }
}
