//! Disruption budgets and the load that autoscalers leave to the pods.

use crate::kube::autoscaler::Autoscaler;
use crate::kube::budget::Demand;
use crate::kube::metric::utilizations;
use crate::kube::percent::IntOrPercent;
use crate::lookup::budget::Member;
use crate::policies::prelude::*;
use crate::settings::Percentage;

/// The default for how far the share of pods kept must be above an autoscaler's CPU target.
pub(super) const MARGIN: Percentage = Percentage::of::<5>();

/// What the name of a budget has after the name of its workload, if anything.
pub(super) const BUDGET_SUFFIX: &str = "-pdb";

/// True when at most one pod can be evicted at a time: no CPU target needs a stricter budget.
pub(super) fn keeps_all_but_one(demand: Demand) -> bool {
    match demand {
        Demand::MinAvailable(amount) => matches!(amount, IntOrPercent::Percent(100..)),
        Demand::MaxUnavailable(amount) => {
            matches!(amount, IntOrPercent::Int(..=1) | IntOrPercent::Percent(..=0))
        }
        Demand::Neither | Demand::Both => true,
    }
}

/// The load that the pods under a budget carry.
pub(super) struct Load {
    /// The autoscaler's CPU target, in percent of the requests.
    pub(super) target: i64,
    /// The autoscaler.
    pub(super) autoscaler: Found,
    /// How many pods it takes to carry that load.
    pub(super) need: Need,
}

impl Load {
    /// The load of pods that an autoscaler keeps at a percentage of their CPU requests: with several autoscalers, the
    /// highest target. `None` when there is none.
    ///
    /// # Errors
    /// If an autoscaler can't be read.
    pub(super) fn of(cx: &Context<'_>, members: &[Member], margin: Percentage) -> Result<Option<Load>, CheckError> {
        let mut highest: Option<(i64, &Found)> = None;
        for found in members.iter().filter_map(|member| member.expected.autoscaler.as_ref()) {
            let Some(autoscaler) = Autoscaler::of(cx.node(found), found.kind) else { continue };
            let target = cpu_target(&autoscaler).map_err(|malformed| found.unreadable(&malformed))?;
            if let Some((target, _)) = target.filter(|(target, _)| highest.is_none_or(|(known, _)| *target > known)) {
                highest = Some((target, found));
            }
        }
        let Some((target, autoscaler)) = highest else { return Ok(None) };
        let sum = |pods: fn(&Member) -> i64| members.iter().map(pods).fold(0, i64::saturating_add);
        let need = Need {
            share: target.saturating_add(margin.get()).min(100),
            least: sum(|member| member.expected.pods),
            most: sum(|member| member.expected.most),
        };
        Ok(Some(Load { target, autoscaler: autoscaler.clone(), need }))
    }

    /// The place of the CPU target.
    pub(super) fn related(&self, cx: &Context<'_>) -> Option<Related> {
        let autoscaler = Autoscaler::of(cx.node(&self.autoscaler), self.autoscaler.kind)?;
        let (_, place) = cpu_target(&autoscaler).ok().flatten()?;
        let message = text!["CPU target ", self.target.to_string(), "%"];
        Some(Related::to(autoscaler.kind(), place, autoscaler.object(), message))
    }
}

/// An autoscaler's CPU target in percent of the requests, and its place: the highest of several. Targets above 100% are
/// ignored, because requests then don't say how much load a pod can carry.
pub(super) fn cpu_target<'a>(autoscaler: &Autoscaler<'a>) -> Result<Option<(i64, Node<'a>)>, Malformed> {
    let mut highest: Option<(i64, Node<'a>)> = None;
    for metric in utilizations(autoscaler)?.into_iter().filter(|metric| metric.resource == "cpu") {
        let target = percentage(metric.node)?.filter(|(percent, _)| (1..=100).contains(percent));
        if let Some(target) = target.filter(|(percent, _)| highest.is_none_or(|(known, _)| *percent > known)) {
            highest = Some(target);
        }
    }
    Ok(highest)
}

/// A metric's target percentage, and its place; `None` when it has none that can be read.
pub(crate) fn percentage(metric: Node<'_>) -> Result<Option<(i64, Node<'_>)>, Malformed> {
    let place = match metric.value() {
        // The API's default for an autoscaler without metrics.
        None | Some(Value::Array(_)) => return Ok(Some((80, metric))),
        // autoscaling/v1
        Some(Value::Number(_)) => metric,
        // KEDA
        _ if metric.get("metadata").exists() => {
            let place = metric.get("metadata").get("value");
            return Ok(place.str()?.and_then(|text| text.trim().parse().ok()).map(|percent| (percent, place)));
        }
        // autoscaling/v2beta1
        _ if metric.get("targetAverageUtilization").exists() => metric.get("targetAverageUtilization"),
        _ => metric.get("target").get("averageUtilization"),
    };
    Ok(place.int()?.map(|percent| (percent, place)))
}

/// Up to this many pods, a budget that allows one eviction at a time doesn't slow down drains.
const FEW: i64 = 10;

/// A budget for these workloads that never blocks drains and keeps enough pods for their CPU target: one eviction at a time,
/// or a percentage for workloads that run or scale to many pods. StatefulSets may need a quorum and always get one at a time.
///
/// # Errors
/// If an autoscaler can't be read.
pub(super) fn suggested(cx: &Context<'_>, members: &[Member]) -> Result<Demand, CheckError> {
    let most = members.iter().map(|member| member.expected.most).fold(0, i64::saturating_add);
    if most <= FEW || members.iter().any(|member| *member.workload.kind == kinds::STATEFUL_SET) {
        return Ok(Demand::MaxUnavailable(IntOrPercent::Int(1)));
    }
    let load = Load::of(cx, members, MARGIN)?;
    Ok(load.map_or(Demand::MaxUnavailable(IntOrPercent::Percent(10)), |load| load.need.round_percentage()))
}

/// How many of the pods under a budget must be kept, at the smallest and at the largest replica count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// The percentage to keep.
    pub(super) share: i64,
    /// The smallest number of pods.
    pub(super) least: i64,
    /// The largest number of pods.
    pub(super) most: i64,
}

/// A budget that keeps too few pods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shortfall {
    /// The number of pods at which it keeps too few.
    pub(super) pods: i64,
    /// How many of them it keeps.
    pub(super) kept: i64,
    /// How many it should keep.
    pub(super) needed: i64,
}

impl Need {
    /// How many of `pods` must be kept. One must always be evictable, or no node could be drained.
    fn of(self, pods: i64) -> i64 {
        IntOrPercent::Percent(self.share).rounded_up(pods).min(pods.saturating_sub(1)).max(0)
    }

    /// Where the budget falls short most; `None` when it always keeps enough.
    pub(super) fn shortfall(self, demand: Demand) -> Option<Shortfall> {
        let at = |pods: i64| Shortfall { pods, kept: demand.kept(pods).min(pods), needed: self.of(pods) };
        let missing = |shortfall: &Shortfall| shortfall.needed.saturating_sub(shortfall.kept);
        let (few, many) = (at(self.least), at(self.most));
        let worst = if missing(&many) > missing(&few) { many } else { few };
        (missing(&worst) > 0).then_some(worst)
    }

    /// What the budget should require instead: enough pods at either replica count, and never so many that none can be
    /// evicted. Keeps the field in use if possible.
    pub(super) fn fix(self, demand: Demand) -> Demand {
        let share = Demand::MinAvailable(IntOrPercent::Percent(self.share));
        if matches!(demand, Demand::MinAvailable(_)) && share.evictions(self.least) > 0 {
            return share;
        }
        match self.spare() {
            0 => Demand::MaxUnavailable(IntOrPercent::Int(1)),
            percent => Demand::MaxUnavailable(IntOrPercent::Percent(percent)),
        }
    }

    /// The largest percentage that, rounded up, is no more than the pods that can be spared.
    fn spare(self) -> i64 {
        let spared = |pods: i64| {
            let spare = pods.saturating_sub(self.of(pods)).max(1);
            spare.saturating_mul(100).checked_div(pods.max(1)).unwrap_or_default().min(100)
        };
        spared(self.least).min(spared(self.most))
    }

    /// A round percentage of evictions, at most a quarter, that keeps enough pods; one pod if there is none.
    fn round_percentage(self) -> Demand {
        match self.spare().min(25) {
            0..5 => Demand::MaxUnavailable(IntOrPercent::Int(1)),
            percent => Demand::MaxUnavailable(IntOrPercent::Percent(percent.saturating_sub(percent % 5))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::IntOrPercent::{Int, Percent};
    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds::Kind;

    #[test]
    fn percentage_field_depends_on_the_api_version() {
        let resource = |source: Value| json!({"metrics": [{"type": "Resource", "resource": source}]});
        let hpa = |version: &str, spec: Value| json!({"apiVersion": format!("autoscaling/{version}"), "kind": "HorizontalPodAutoscaler", "spec": spec});
        let new = json!({"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 65}});
        let keda = json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "spec": {"triggers": [
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "75"}}]}});
        let v1 = "/spec/targetCPUUtilizationPercentage";
        for (object, percent, place) in [
            (hpa("v2", json!({})), 80, "/spec/metrics"),
            (hpa("v2", json!({"metrics": []})), 80, "/spec/metrics"),
            (hpa("v1", json!({})), 80, v1),
            (hpa("v1", json!({"targetCPUUtilizationPercentage": 60})), 60, v1),
            (hpa("v2", resource(new)), 65, "/spec/metrics/0/resource/target/averageUtilization"),
            (
                hpa("v2beta1", resource(json!({"name": "cpu", "targetAverageUtilization": 70}))),
                70,
                "/spec/metrics/0/resource/targetAverageUtilization",
            ),
            (keda, 75, "/spec/triggers/0/metadata/value"),
        ] {
            let arena = PathArena::new();
            let autoscaler = Autoscaler::of(Node::root(&object, &arena), Kind::of(&object).unwrap()).unwrap();
            let (found, at) = cpu_target(&autoscaler).unwrap().unwrap();
            assert_eq!((found, at.path().as_str()), (percent, place));
        }
    }

    fn demands() -> impl Iterator<Item = Demand> {
        let amounts = (0..=100).map(Percent).chain((0..=25).map(Int));
        amounts.flat_map(|amount| [Demand::MinAvailable(amount), Demand::MaxUnavailable(amount)])
    }

    fn needs() -> impl Iterator<Item = Need> {
        let sizes = (1..=20).flat_map(|least| [0, 1, 2, 5, 20, 180].map(|more| (least, least + more)));
        sizes.flat_map(|(least, most)| (50..=90).map(move |target| Need { share: target + 5, least, most }))
    }

    #[test]
    fn fix_of_a_shortfall_neither_falls_short_nor_deadlocks() {
        for (need, demand) in needs().flat_map(|need| demands().map(move |demand| (need, demand))) {
            if need.shortfall(demand).is_none() {
                continue;
            }
            let fix = need.fix(demand);
            assert!(need.shortfall(fix).is_none(), "{need:?}: {} for {}", fix.written(), demand.written());
            for pods in need.least..=need.most {
                assert!(fix.evictions(pods) > 0, "{need:?}: {} of {pods}", fix.written());
            }
        }
    }

    #[test]
    fn round_percentages_neither_fall_short_nor_deadlock() {
        for need in needs() {
            let demand = need.round_percentage();
            assert!(need.shortfall(demand).is_none(), "{need:?}: {}", demand.written());
            assert!((need.least..=need.most).all(|pods| demand.evictions(pods) > 0), "{need:?}: {}", demand.written());
        }
        let written = |share, least, most| Need { share, least, most }.round_percentage().written();
        assert_eq!(written(75, 3, 50), "maxUnavailable: 20%");
        assert_eq!(written(55, 3, 50), "maxUnavailable: 25%");
        assert_eq!(written(100, 20, 50), "maxUnavailable: 1");
    }

    #[test]
    fn one_eviction_at_a_time_never_falls_short() {
        for need in needs() {
            assert!(need.shortfall(Demand::MaxUnavailable(Int(1))).is_none(), "{need:?}");
        }
        for demand in demands().filter(|demand| keeps_all_but_one(*demand)) {
            assert!(needs().all(|need| need.shortfall(demand).is_none()), "{}", demand.written());
        }
    }

    #[test]
    fn fix_keeps_the_field_if_possible() {
        let need = |least, most| Need { share: 65, least, most };
        let fix = |need: Need, demand| need.fix(demand).written();
        assert_eq!(fix(need(3, 10), Demand::MinAvailable(Int(2))), "minAvailable: 65%");
        assert_eq!(fix(need(2, 10), Demand::MinAvailable(Int(1))), "maxUnavailable: 30%");
        assert_eq!(fix(need(3, 10), Demand::MaxUnavailable(Percent(50))), "maxUnavailable: 30%");
        assert_eq!(fix(need(20, 40), Demand::MaxUnavailable(Percent(50))), "maxUnavailable: 35%");
        assert_eq!(
            fix(Need { share: 100, least: 200, most: 200 }, Demand::MaxUnavailable(Int(2))),
            "maxUnavailable: 1"
        );
    }
}
