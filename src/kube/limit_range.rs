//! LimitRanges: the amounts that they set for containers, and those that they accept.

use crate::json::node::Node;
use crate::kube::quantity::Quantity;

/// One entry of a LimitRange's `limits`.
#[derive(Clone, Copy)]
pub struct Limits<'a>(Node<'a>);

impl<'a> Limits<'a> {
    /// The entries of a LimitRange; malformed ones are left out.
    pub fn all(limit_range: Node<'a>) -> impl Iterator<Item = Limits<'a>> {
        limit_range.get("spec").get("limits").items().into_iter().flatten().map(Limits)
    }

    fn is_of(self, kind: &str) -> bool {
        self.0.get("type").str() == Ok(Some(kind))
    }

    fn amount(self, field: &'static str, resource: &str) -> Option<Quantity> {
        Quantity::read(self.0.get(field).entry(resource)).ok().flatten()
    }

    /// The limit that containers without one get: the API defaults `default` to `max`.
    pub fn default_limit(self, resource: &str) -> Option<Quantity> {
        if !self.is_of("Container") {
            return None;
        }
        self.amount("default", resource).or_else(|| self.amount("max", resource))
    }

    /// The request that containers without one get: the API defaults `defaultRequest` to `default`, and that to `min`.
    pub fn default_request(self, resource: &str) -> Option<Quantity> {
        if !self.is_of("Container") {
            return None;
        }
        let written = self.amount("defaultRequest", resource);
        written.or_else(|| self.default_limit(resource)).or_else(|| self.amount("min", resource))
    }

    /// True when a container may have this amount. Entries for whole pods return false, because the result depends on
    /// the other containers.
    pub fn accept(self, resource: &str, amount: Quantity) -> bool {
        let (min, max) = (self.amount("min", resource), self.amount("max", resource));
        if self.is_of("Pod") {
            return min.is_none() && max.is_none();
        }
        let ratio = self.amount("maxLimitRequestRatio", resource);
        !self.is_of("Container")
            || ratio.is_none() && min.is_none_or(|min| amount >= min) && max.is_none_or(|max| amount <= max)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn amount(text: &str) -> Quantity {
        Quantity::parse(text).unwrap()
    }

    fn with<T>(limits: Value, read: impl Fn(Limits<'_>) -> T) -> T {
        let object = json!({"spec": {"limits": [limits]}});
        let arena = PathArena::new();
        read(Limits::all(Node::root(&object, &arena)).next().unwrap())
    }

    #[test]
    fn defaults_follow_from_each_other() {
        for (limits, request, limit) in [
            (json!({"type": "Container", "defaultRequest": {"cpu": "100m"}}), Some("100m"), None),
            (json!({"type": "Container", "default": {"cpu": "1"}}), Some("1"), Some("1")),
            (json!({"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "50m"}}), Some("2"), Some("2")),
            (json!({"type": "Container", "min": {"cpu": "50m"}}), Some("50m"), None),
            (json!({"type": "Container", "default": {"memory": "1Gi"}}), None, None),
            (json!({"type": "Pod", "max": {"cpu": "2"}}), None, None),
            (json!({"type": "Container", "default": {"cpu": "much"}}), None, None),
        ] {
            let found = with(limits.clone(), |limits| (limits.default_request("cpu"), limits.default_limit("cpu")));
            assert_eq!(found, (request.map(amount), limit.map(amount)), "{limits}");
        }
    }

    #[test]
    fn amounts_within_the_bounds_are_accepted() {
        let bounds = json!({"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "50m"}});
        for (cpu, expected) in [("50m", true), ("1", true), ("10m", false), ("2", false)] {
            assert_eq!(with(bounds.clone(), |limits| limits.accept("cpu", amount(cpu))), expected, "{cpu}");
        }
        assert!(with(bounds, |limits| limits.accept("memory", amount("1Ti"))));
        let pod = json!({"type": "Pod", "max": {"cpu": "1"}});
        assert!(!with(pod, |limits| limits.accept("cpu", amount("50m"))));
        let claim = json!({"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}});
        assert!(with(claim, |limits| limits.accept("storage", amount("2Gi"))));
    }
}
