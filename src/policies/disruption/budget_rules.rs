//! What disruption budgets and autoscalers have to do with each other.

use crate::kube::autoscaler::Autoscaler;
use crate::kube::budget::Demand;
use crate::kube::metric::utilizations;
use crate::kube::percent::IntOrPercent;
use crate::lookup::budget::Member;
use crate::policies::prelude::*;
use crate::settings::Percentage;

/// By how much the share of pods that stay has to be above an autoscaler's target for processor time, where settings
/// don't say.
pub(super) const MARGIN: Percentage = Percentage::of::<5>();

/// True when there is always but one pod that may go, or none: no autoscaler needs more than that.
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
    /// The percentage of its request that each pod uses, as the autoscaler has it.
    pub(super) target: i64,
    /// The autoscaler.
    pub(super) autoscaler: Found,
    /// What it takes to carry that load.
    pub(super) need: Need,
}

impl Load {
    /// The load of pods that an autoscaler keeps at a percentage of their processor requests: of several autoscalers the
    /// one that lets them work hardest. `None` when there is none.
    ///
    /// # Errors
    /// When an autoscaler can't be read.
    pub(super) fn of(cx: &Context<'_>, members: &[Member], margin: Percentage) -> Result<Option<Load>, CheckError> {
        let mut highest: Option<(i64, &Found)> = None;
        for found in members.iter().filter_map(|member| member.expected.autoscaler.as_ref()) {
            let Some(autoscaler) = Autoscaler::of(cx.node(&found), found.kind) else { continue };
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

    /// Points at the target.
    pub(super) fn related(&self, cx: &Context<'_>) -> Option<Related> {
        let autoscaler = Autoscaler::of(cx.node(&self.autoscaler), self.autoscaler.kind)?;
        let (_, place) = cpu_target(&autoscaler).ok().flatten()?;
        let message = text!["CPU target ", self.target.to_string(), "%"];
        Some(Related::to(autoscaler.kind(), place, autoscaler.object(), message))
    }
}

/// The percentage of their processor requests at which an autoscaler keeps pods, and its place: the highest of several.
/// Above 100 % a request doesn't say what a pod can carry, and there is none.
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

/// The percentage that a metric aims at, and its place; `None` when it names none that can be read.
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

/// How many of the pods under a budget have to stay, whether there are few or many of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// The hundredths that have to stay.
    pub(super) share: i64,
    /// How many pods there are at least.
    pub(super) least: i64,
    /// How many pods there are at most.
    pub(super) most: i64,
}

/// A budget that keeps too few.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shortfall {
    /// The number of pods at which it does.
    pub(super) pods: i64,
    /// How many of them it keeps.
    pub(super) kept: i64,
    /// How many it should keep.
    pub(super) needed: i64,
}

impl Need {
    /// How many of `pods` have to stay. One is always free to go, or no node could be drained.
    fn of(self, pods: i64) -> i64 {
        IntOrPercent::Percent(self.share).rounded_up(pods).min(pods.saturating_sub(1)).max(0)
    }

    /// Where the budget falls short most; `None` when it never does.
    pub(super) fn shortfall(self, demand: Demand) -> Option<Shortfall> {
        let at = |pods: i64| Shortfall { pods, kept: demand.kept(pods).min(pods), needed: self.of(pods) };
        let missing = |shortfall: &Shortfall| shortfall.needed.saturating_sub(shortfall.kept);
        let (few, many) = (at(self.least), at(self.most));
        let worst = if missing(&many) > missing(&few) { many } else { few };
        (missing(&worst) > 0).then_some(worst)
    }

    /// What the budget should demand instead: enough that neither few nor many pods fall short, and never so much that
    /// none can go. It stays with its field if that is possible.
    pub(super) fn fix(self, demand: Demand) -> Demand {
        let share = Demand::MinAvailable(IntOrPercent::Percent(self.share));
        if matches!(demand, Demand::MinAvailable(_)) && share.evictions(self.least) > 0 {
            return share;
        }
        // The largest percentage that, rounded up, comes to no more than the pods that can be spared.
        let spared = |pods: i64| {
            let spare = pods.saturating_sub(self.of(pods)).max(1);
            spare.saturating_mul(100).checked_div(pods.max(1)).unwrap_or_default().min(100)
        };
        match spared(self.least).min(spared(self.most)) {
            0 => Demand::MaxUnavailable(IntOrPercent::Int(1)),
            percent => Demand::MaxUnavailable(IntOrPercent::Percent(percent)),
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
    fn the_percentage_stands_where_the_version_has_it() {
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
    fn what_falls_short_has_a_remedy_that_neither_falls_short_nor_deadlocks() {
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
    fn one_pod_at_a_time_is_always_enough() {
        for need in needs() {
            assert!(need.shortfall(Demand::MaxUnavailable(Int(1))).is_none(), "{need:?}");
        }
        for demand in demands().filter(|demand| keeps_all_but_one(*demand)) {
            assert!(needs().all(|need| need.shortfall(demand).is_none()), "{}", demand.written());
        }
    }

    #[test]
    fn stays_with_its_field_where_it_can() {
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
