//! What Flagger creates for a Canary.

use crate::json::node::Node;
use crate::kube::selector::Selector;

/// What Flagger appends to the names of the objects that it creates, and to the values of their labels.
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
