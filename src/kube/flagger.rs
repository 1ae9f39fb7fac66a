//! The objects that Flagger creates for a Canary.

use crate::json::node::Node;
use crate::kube::kinds::Kind;
use crate::kube::selector::Selector;

/// The suffixes that Flagger appends to the names of the objects that it creates, and to the values of their labels.
const SUFFIXES: [&str; 2] = ["-primary", "-canary"];

fn text<'a>(node: Node<'a>, key: &'static str) -> Option<&'a str> {
    node.get(key).str().ok().flatten().filter(|text| !text.is_empty())
}

/// True when Flagger creates the Service of that name for the Canary: `web`, `web-primary` or `web-canary`.
pub fn creates_service(canary: Node<'_>, name: &str) -> bool {
    let spec = canary.get("spec");
    let base = text(spec.get("service"), "name").or_else(|| text(spec.get("targetRef"), "name"));
    base.is_some_and(|base| name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || SUFFIXES.contains(&rest)))
}

/// True when the Canary targets this workload. Between rollouts Flagger scales it to zero, and its pods run in a copy.
pub fn targets(canary: Node<'_>, kind: &Kind, name: &str) -> bool {
    let target = canary.get("spec").get("targetRef");
    text(target, "kind") == Some(kind.name) && text(target, "name") == Some(name)
}

/// True when Flagger creates the workload of that name for the Canary, as a copy of its target: `web-primary`.
pub fn creates_workload(canary: Node<'_>, kind: &Kind, name: &str) -> bool {
    let [primary, _] = SUFFIXES;
    name.strip_suffix(primary).is_some_and(|target| targets(canary, kind, target))
}

/// True when Flagger creates pods that the selector may select: it appends `-primary` to the value of the label by which
/// the Canary's target selects its pods.
pub fn creates_pods_for(selector: &Selector<'_>) -> bool {
    selector.required().any(|(_, values)| values.iter().any(|value| value.ends_with(SUFFIXES[0])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds;

    #[test]
    fn copy_of_the_target_has_a_suffix() {
        let object = json!({"spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
        let arena = PathArena::new();
        let canary = Node::root(&object, &arena);
        assert!(targets(canary, &kinds::DEPLOYMENT, "web") && !targets(canary, &kinds::DAEMON_SET, "web"));
        assert!(creates_workload(canary, &kinds::DEPLOYMENT, "web-primary"));
        assert!(!creates_workload(canary, &kinds::DEPLOYMENT, "web"));
        assert!(!creates_workload(canary, &kinds::DEPLOYMENT, "api-primary"));
    }

    #[test]
    fn services_are_named_after_the_target() {
        let creates = |spec: serde_json::Value, name: &str| {
            let object = json!({ "spec": spec });
            creates_service(Node::root(&object, &PathArena::new()), name)
        };
        let target = json!({"targetRef": {"name": "web"}});
        for (name, expected) in [("web", true), ("web-primary", true), ("web-canary", true), ("web-db", false)] {
            assert_eq!(creates(target.clone(), name), expected, "{name}");
        }
        let named = json!({"targetRef": {"name": "web"}, "service": {"name": "shop"}});
        assert!(creates(named.clone(), "shop-canary"));
        assert!(!creates(named, "web"));
        assert!(!creates(json!({}), ""));
    }
}
