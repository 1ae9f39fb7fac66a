//! The routes of the Gateway API, and what they refer to.

use crate::json::node::{Malformed, Node};
use crate::kube::kinds::{self, Kind};

/// An entry of a route's `parentRefs` or `backendRefs`.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// The kind that it names, if it is a Gateway or a Service.
    pub kind: Option<&'static Kind>,
    /// The name; never empty.
    pub name: &'a str,
    /// The namespace; `None` for the route's own.
    pub namespace: Option<&'a str>,
    /// The listener of a Gateway.
    pub section: Option<&'a str>,
    /// The port of a Service, or of a Gateway's listener.
    pub port: Option<i64>,
}

impl<'a> Reference<'a> {
    fn read(node: Node<'a>, default: &'static Kind) -> Result<Option<Reference<'a>>, Malformed> {
        let text = |key| Ok(node.get(key).str()?.filter(|text: &&str| !text.is_empty()));
        let Some(name) = node.mapping()?.get("name").str()?.filter(|name| !name.is_empty()) else { return Ok(None) };
        // An empty group is the core group, an absent one the default's.
        let group = node.get("group").str()?.unwrap_or(default.group);
        let named = text("kind")?.unwrap_or(default.name);
        let known: [&'static Kind; 2] = [&kinds::GATEWAY, &kinds::SERVICE];
        let kind = known.into_iter().find(|kind| kind.group == group && kind.name == named);
        let (namespace, section) = (text("namespace")?, text("sectionName")?);
        Ok(Some(Reference { node, kind, name, namespace, section, port: node.get("port").int()? }))
    }
}

/// What a route is attached to.
///
/// # Errors
/// When an entry is malformed.
pub fn parents<'a>(route: Node<'a>) -> Result<Vec<Reference<'a>>, Malformed> {
    let mut found = Vec::new();
    for node in route.get("spec").mapping()?.get("parentRefs").items()? {
        found.extend(Reference::read(node, &kinds::GATEWAY)?);
    }
    Ok(found)
}

/// What a route sends requests to: the backends of its rules, and those that get copies of requests.
///
/// # Errors
/// When an entry is malformed.
pub fn backends<'a>(route: Node<'a>) -> Result<Vec<Reference<'a>>, Malformed> {
    let mut found = Vec::new();
    for rule in route.get("spec").mapping()?.get("rules").items()? {
        mirrors(rule, &mut found)?;
        for node in rule.get("backendRefs").items()? {
            found.extend(Reference::read(node, &kinds::SERVICE)?);
            mirrors(node, &mut found)?;
        }
    }
    Ok(found)
}

fn mirrors<'a>(filtered: Node<'a>, found: &mut Vec<Reference<'a>>) -> Result<(), Malformed> {
    for filter in filtered.mapping()?.get("filters").items()? {
        found.extend(Reference::read(filter.get("requestMirror").get("backendRef"), &kinds::SERVICE)?);
    }
    Ok(())
}

/// The hosts of an HTTPRoute; an empty one if it takes those of its Gateway.
///
/// # Errors
/// When one isn't a string.
pub fn hosts<'a>(route: Node<'a>) -> Result<Vec<&'a str>, Malformed> {
    let named = route.get("spec").mapping()?.get("hostnames").items()?;
    let hosts: Vec<&str> = named.map(|host| Ok(host.str()?.unwrap_or_default())).collect::<Result<_, Malformed>>()?;
    Ok(if hosts.is_empty() { vec![""] } else { hosts })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn references_default_to_gateways_and_services() {
        let mirror = json!([{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "copy", "port": 80}}}]);
        let object = json!({"spec": {
            "parentRefs": [{"name": "edge", "namespace": "infra", "sectionName": "https"},
                {"name": "web", "group": "", "kind": "Service", "port": 80}, {"name": "x", "kind": "Mesh"}],
            "rules": [{"filters": mirror, "backendRefs": [{"name": "web", "port": 80, "filters": mirror},
                {"name": "pool", "group": "inference.networking.k8s.io", "kind": "InferencePool"}]}]}});
        let arena = PathArena::new();
        let root = Node::root(&object, &arena);
        let seen = |found: Vec<Reference<'_>>| {
            let seen = found.iter().map(|found| (found.kind.map_or("", |kind| kind.name), found.name.to_owned()));
            seen.collect::<Vec<_>>()
        };
        let named = |kind: &'static str, name: &str| (kind, name.to_owned());
        let expected = [named("Gateway", "edge"), named("Service", "web"), named("", "x")];
        assert_eq!(seen(parents(root).unwrap()), expected);
        let copy = || named("Service", "copy");
        assert_eq!(seen(backends(root).unwrap()), [copy(), named("Service", "web"), copy(), named("", "pool")]);
        assert_eq!(hosts(root).unwrap(), [""]);
    }
}
