//! Disruption budgets: how many pods they keep, and of which workloads.

use crate::json::node::{Malformed, Node};
use crate::kube::percent::IntOrPercent;
use crate::kube::selector::{Labels, Selector};

/// A PodDisruptionBudget.
pub struct Budget<'a> {
    pub(crate) object: Node<'a>,
    /// The pods it covers; `None` selects none.
    pub selector: Option<Selector<'a>>,
    /// How many of them it keeps.
    pub demand: Demand,
}

/// How many pods a budget keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// At least this many pods stay available.
    MinAvailable(IntOrPercent),
    /// At most this many pods are unavailable.
    MaxUnavailable(IntOrPercent),
    /// Neither field is set. The disruption controller then allows no eviction.
    Neither,
    /// Both fields are set, which the API server rejects.
    Both,
}

impl Demand {
    /// How many of `pods` must stay available, rounded up. May be more than there are.
    pub fn kept(self, pods: i64) -> i64 {
        match self {
            Demand::MinAvailable(least) => least.rounded_up(pods).max(0),
            Demand::MaxUnavailable(most) => pods.saturating_sub(most.rounded_up(pods).max(0)).max(0),
            Demand::Neither | Demand::Both => pods,
        }
    }

    /// How many of `pods`, all of them healthy, may be evicted at once.
    pub fn evictions(self, pods: i64) -> i64 {
        pods.saturating_sub(self.kept(pods)).max(0)
    }

    /// True when it keeps `percentage` of `pods`, or all but one, which must be evictable.
    pub fn keeps(self, percentage: i64, pods: i64) -> bool {
        let needed = IntOrPercent::Percent(percentage).rounded_up(pods);
        self.kept(pods) >= needed.min(pods.saturating_sub(1))
    }

    /// The smallest number of pods with which `evictions` are allowed at once; `None` when no number is enough.
    pub fn pods_for(self, evictions: i64) -> Option<i64> {
        match self {
            Demand::MinAvailable(IntOrPercent::Int(least)) => least.max(0).checked_add(evictions),
            Demand::MinAvailable(IntOrPercent::Percent(percent)) if percent < 100 => {
                let free = 100 - percent.max(0);
                evictions.checked_mul(100)?.checked_add(free - 1)?.checked_div(free)
            }
            Demand::MaxUnavailable(IntOrPercent::Int(most)) => (most >= evictions).then_some(evictions),
            Demand::MaxUnavailable(IntOrPercent::Percent(percent)) if percent > 0 => {
                // One pod more than yields exactly `evictions - 1`: the remainder rounds up.
                evictions.saturating_sub(1).checked_mul(100)?.checked_div(percent.min(100))?.checked_add(1)
            }
            _ => None,
        }
    }

    /// The same share of pods in the other field: `minAvailable: 75%` and `maxUnavailable: 25%`. Both round up, so they
    /// may allow different numbers of pods. `None` unless it is a percentage from 0 to 100.
    pub fn counterpart(self) -> Option<Demand> {
        match self {
            Demand::MinAvailable(IntOrPercent::Percent(percent @ 0..=100)) => {
                Some(Demand::MaxUnavailable(IntOrPercent::Percent(100 - percent)))
            }
            Demand::MaxUnavailable(IntOrPercent::Percent(percent @ 0..=100)) => {
                Some(Demand::MinAvailable(IntOrPercent::Percent(100 - percent)))
            }
            _ => None,
        }
    }

    /// As in the manifest: `minAvailable: 75%`.
    pub fn written(self) -> String {
        let (field, amount) = match self {
            Demand::MinAvailable(least) => ("minAvailable: ", least),
            Demand::MaxUnavailable(most) => ("maxUnavailable: ", most),
            Demand::Neither => return "neither minAvailable nor maxUnavailable".to_owned(),
            Demand::Both => return "both minAvailable and maxUnavailable".to_owned(),
        };
        match amount {
            IntOrPercent::Int(count) => [field, &count.to_string()].concat(),
            IntOrPercent::Percent(percent) => [field, &percent.to_string(), "%"].concat(),
        }
    }

    /// True when a percentage of `pods` is not a whole number of pods.
    pub fn is_rounded(self, pods: i64) -> bool {
        match self {
            Demand::MinAvailable(IntOrPercent::Percent(percent))
            | Demand::MaxUnavailable(IntOrPercent::Percent(percent)) => percent.saturating_mul(pods) % 100 != 0,
            _ => false,
        }
    }
}

impl<'a> Budget<'a> {
    /// Reads a budget.
    ///
    /// # Errors
    /// If fields have the wrong type, or values that the API server rejects.
    pub fn read(object: Node<'a>) -> Result<Budget<'a>, Malformed> {
        let spec = object.get("spec").mapping()?;
        let amount = |field: Node<'a>| match IntOrPercent::read(field)? {
            Some(IntOrPercent::Percent(101..)) => Err(field.malformed("at most 100%")),
            amount => Ok(amount),
        };
        let (least, most) = (amount(spec.get("minAvailable"))?, amount(spec.get("maxUnavailable"))?);
        let demand = match (least, most) {
            (Some(least), None) => Demand::MinAvailable(least),
            (None, Some(most)) => Demand::MaxUnavailable(most),
            (None, None) => Demand::Neither,
            (Some(_), Some(_)) => Demand::Both,
        };
        // In policy/v1beta1 an empty selector selected nothing.
        let old = object.get("apiVersion").str()? == Some("policy/v1beta1");
        let selector = Selector::read(spec.get("selector"))?.filter(|selector| !(old && selector.is_empty()));
        Ok(Budget { object, selector, demand })
    }

    /// The place of its demand: the field that is set, `minAvailable` when both are, else its `spec`.
    pub fn demand_node(&self) -> Node<'a> {
        let spec = self.object.get("spec");
        match self.demand {
            Demand::MinAvailable(_) | Demand::Both => spec.get("minAvailable"),
            Demand::MaxUnavailable(_) => spec.get("maxUnavailable"),
            Demand::Neither => spec,
        }
    }

    /// True when it selects pods with these labels.
    pub fn selects(&self, labels: Labels<'_>) -> bool {
        self.selector.as_ref().is_some_and(|selector| selector.matches(labels))
    }
}

#[cfg(test)]
mod tests {
    use super::Demand::{MaxUnavailable, MinAvailable, Neither};
    use super::IntOrPercent::{Int, Percent};

    #[test]
    fn percentages_round_up_in_both_fields() {
        let kept = |percent| [1, 2, 3, 4, 5].map(|pods| MinAvailable(Percent(percent)).kept(pods));
        assert_eq!(kept(0), [0; 5]);
        assert_eq!(kept(1), [1, 1, 1, 1, 1]);
        assert_eq!(kept(33), [1, 1, 1, 2, 2]);
        assert_eq!(kept(50), [1, 1, 2, 2, 3]);
        assert_eq!(kept(65), [1, 2, 2, 3, 4]);
        assert_eq!(kept(75), [1, 2, 3, 3, 4]);
        assert_eq!(kept(99), [1, 2, 3, 4, 5]);
        assert_eq!(kept(100), [1, 2, 3, 4, 5]);
        let evictions = |percent| [1, 2, 3, 4, 5].map(|pods| MaxUnavailable(Percent(percent)).evictions(pods));
        assert_eq!(evictions(0), [0; 5]);
        assert_eq!(evictions(1), [1; 5]);
        assert_eq!(evictions(33), [1, 1, 1, 2, 2]);
        assert_eq!(evictions(50), [1, 1, 2, 2, 3]);
        assert_eq!(evictions(65), [1, 2, 2, 3, 4]);
        assert_eq!(evictions(75), [1, 2, 3, 3, 4]);
        assert_eq!(evictions(99), [1, 2, 3, 4, 5]);
        assert_eq!(evictions(100), [1, 2, 3, 4, 5]);
        // The fraction of a pod that one field keeps, the other allows to be evicted.
        let evictions = |percent| [1, 2, 3, 4, 5].map(|pods| MinAvailable(Percent(percent)).evictions(pods));
        assert_eq!(evictions(0), [1, 2, 3, 4, 5]);
        assert_eq!(evictions(1), [0, 1, 2, 3, 4]);
        assert_eq!(evictions(33), [0, 1, 2, 2, 3]);
        assert_eq!(evictions(50), [0, 1, 1, 2, 2]);
        assert_eq!(evictions(65), [0, 0, 1, 1, 1]);
        assert_eq!(evictions(75), [0, 0, 0, 1, 1]);
        assert_eq!(evictions(99), [0; 5]);
        assert_eq!(evictions(100), [0; 5]);
    }

    #[test]
    fn counterpart_differs_by_the_rounded_pod() {
        for (percent, pods) in (0..=100).flat_map(|percent| (0..=20).map(move |pods| (percent, pods))) {
            let least = MinAvailable(Percent(percent));
            let most = least.counterpart().unwrap();
            assert_eq!(most.counterpart(), Some(least));
            let rounded = i64::from(least.is_rounded(pods));
            assert_eq!(most.evictions(pods), least.evictions(pods) + rounded, "{} of {pods}", least.written());
        }
        assert_eq!(MinAvailable(Int(2)).counterpart(), None);
        assert_eq!(Neither.counterpart(), None);
    }

    #[test]
    fn absolute_numbers_are_not_rounded() {
        assert_eq!(MinAvailable(Int(3)).kept(2), 3);
        assert_eq!(MinAvailable(Int(3)).evictions(2), 0);
        assert_eq!(MinAvailable(Int(3)).evictions(5), 2);
        assert_eq!(MaxUnavailable(Int(9)).evictions(2), 2);
        assert_eq!(Neither.evictions(7), 0);
    }

    #[test]
    fn keeping_all_but_one_always_suffices() {
        assert!(MinAvailable(Percent(70)).keeps(70, 10) && !MinAvailable(Percent(60)).keeps(70, 10));
        assert!(MaxUnavailable(Int(1)).keeps(100, 2) && !MaxUnavailable(Int(2)).keeps(70, 3));
        assert!(MinAvailable(Int(0)).keeps(70, 1) && !MinAvailable(Int(1)).keeps(70, 6));
    }

    #[test]
    fn pods_for_is_the_smallest_sufficient_number() {
        let amounts = [0, 1, 33, 50, 65, 75, 99, 100].map(Percent).into_iter().chain([0, 1, 2, 7].map(Int));
        for demand in amounts.flat_map(|amount| [MinAvailable(amount), MaxUnavailable(amount)]).chain([Neither]) {
            for evictions in 1..=3 {
                let least = (1..1_000).find(|&pods| demand.evictions(pods) >= evictions);
                assert_eq!(demand.pods_for(evictions), least, "{} for {evictions}", demand.written());
            }
        }
    }
}
