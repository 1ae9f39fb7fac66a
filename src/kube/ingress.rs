//! Ingresses and their backends.

use crate::json::node::{Malformed, Node};

/// A Service that an Ingress routes to.
#[derive(Clone, Copy)]
pub struct Backend<'a> {
    /// The place of its name.
    pub name_node: Node<'a>,
    /// Its name; never empty.
    pub name: &'a str,
    /// The place of its port.
    pub port_node: Node<'a>,
    /// Its port; `None` when the Ingress sets none.
    pub port: Option<BackendPort<'a>>,
}

/// How an Ingress refers to a Service's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendPort<'a> {
    /// By the number of the Service's port, not of the container's.
    Number(i64),
    /// By its name.
    Name(&'a str),
}

/// The annotation that named an Ingress's class before there was a field.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// One of an Ingress's annotations.
pub fn annotation<'a>(ingress: Node<'a>, key: &str) -> Node<'a> {
    ingress.get("metadata").get("annotations").entry(key)
}

/// The class that an Ingress names, in the field or by the older annotation; `None` for the cluster's default.
///
/// # Errors
/// When it isn't a string.
pub fn class<'a>(ingress: Node<'a>) -> Result<Option<&'a str>, Malformed> {
    let written = [ingress.get("spec").get("ingressClassName"), annotation(ingress, CLASS_ANNOTATION)];
    for node in written {
        if let Some(class) = node.str()?.filter(|class| !class.is_empty()) {
            return Ok(Some(class));
        }
    }
    Ok(None)
}

/// True when the Ingress gets a load balancer or proxy of its own: what it routes is no other Ingress's. GKE's and Tailscale's
/// controllers create one for each, AWS's unless the Ingress is in a group, Cilium's in the mode `dedicated`.
///
/// # Errors
/// When the class or the group isn't a string.
pub fn has_own_balancer(ingress: Node<'_>) -> Result<bool, Malformed> {
    let class = class(ingress)?.unwrap_or_default();
    // Classes of AWS's controller may have any name.
    let mut is_alb = class == "alb";
    for (key, _) in ingress.get("metadata").get("annotations").entries()? {
        is_alb |= key.starts_with("alb.ingress.kubernetes.io/");
    }
    let text = |key| annotation(ingress, key).str();
    Ok(class.starts_with("gce")
        || class == "tailscale"
        || is_alb && text("alb.ingress.kubernetes.io/group.name")?.is_none()
        || text("ingress.cilium.io/loadbalancer-mode")? == Some("dedicated"))
}

/// The host of each rule of an Ingress, empty for a rule without one.
///
/// # Errors
/// When a rule is malformed.
pub fn hosts<'a>(ingress: Node<'a>) -> Result<Vec<&'a str>, Malformed> {
    let rules = ingress.get("spec").get("rules").items()?;
    rules.map(|rule| Ok(rule.mapping()?.get("host").str()?.unwrap_or_default())).collect()
}

/// Where an Ingress names the Secrets of its certificates. Names with a namespace, which some controllers know, are left
/// out.
///
/// # Errors
/// When an entry is malformed.
pub fn certificates<'a>(ingress: Node<'a>) -> Result<Vec<(Node<'a>, &'a str)>, Malformed> {
    let mut found = Vec::new();
    for entry in ingress.get("spec").mapping()?.get("tls").items()? {
        let place = entry.mapping()?.get("secretName");
        found.extend(place.str()?.filter(|name| !name.is_empty() && !name.contains('/')).map(|name| (place, name)));
    }
    Ok(found)
}

/// The Services that an Ingress routes to: the default backend first, then those of its rules, in the present form or that of
/// `v1beta1`. `resource` backends are not included.
///
/// # Errors
/// When one of them is malformed.
pub fn backends<'a>(ingress: Node<'a>) -> Result<Vec<Backend<'a>>, Malformed> {
    let spec = ingress.get("spec");
    let mut found = Vec::new();
    for fallback in [spec.get("defaultBackend"), spec.get("backend")] {
        found.extend(backend(fallback)?);
    }
    for rule in spec.get("rules").items()? {
        for path in rule.get("http").get("paths").items()? {
            found.extend(backend(path.get("backend"))?);
        }
    }
    Ok(found)
}

/// The Service of one backend; `None` for another kind of backend.
///
/// # Errors
/// When it is malformed.
pub fn backend<'a>(backend: Node<'a>) -> Result<Option<Backend<'a>>, Malformed> {
    let old = backend.mapping()?.get("serviceName");
    if let Some(name) = old.str()?.filter(|name| !name.is_empty()) {
        let port_node = backend.get("servicePort");
        // A number, or the name of a port.
        let port = match port_node.value().and_then(serde_json::Value::as_i64) {
            Some(number) => Some(BackendPort::Number(number)),
            None => port_node.str()?.map(BackendPort::Name),
        };
        return Ok(Some(Backend { name_node: old, name, port_node, port }));
    }
    let service = backend.get("service").mapping()?;
    let name_node = service.get("name");
    let Some(name) = name_node.str()?.filter(|name| !name.is_empty()) else { return Ok(None) };
    let port_node = service.get("port").mapping()?;
    let port = match port_node.get("name").str()?.filter(|name| !name.is_empty()) {
        Some(name) => Some(BackendPort::Name(name)),
        None => port_node.get("number").int()?.map(BackendPort::Number),
    };
    Ok(Some(Backend { name_node, name, port_node, port }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn class_is_a_field_or_an_annotation() {
        let named = |annotations: serde_json::Value, spec: serde_json::Value| {
            let object = json!({"metadata": {"annotations": annotations}, "spec": spec});
            let arena = PathArena::new();
            let root = Node::root(&object, &arena);
            (class(root).unwrap().map(str::to_owned), has_own_balancer(root).unwrap())
        };
        let group = "alb.ingress.kubernetes.io/group.name";
        let said = |class: &str| Some(class.to_owned());
        assert_eq!(named(json!({}), json!({})), (None, false));
        assert_eq!(named(json!({CLASS_ANNOTATION: "gce-internal"}), json!({})), (said("gce-internal"), true));
        assert_eq!(named(json!({CLASS_ANNOTATION: ""}), json!({"ingressClassName": "alb"})), (said("alb"), true));
        assert_eq!(named(json!({group: "shop"}), json!({"ingressClassName": "alb"})), (said("alb"), false));
        assert_eq!(named(json!({}), json!({"ingressClassName": "nginx"})), (said("nginx"), false));
        assert_eq!(named(json!({}), json!({"ingressClassName": "tailscale"})), (said("tailscale"), true));
        let scheme = json!({"alb.ingress.kubernetes.io/scheme": "internal"});
        assert_eq!(named(scheme, json!({"ingressClassName": "public"})), (said("public"), true));
        for (mode, expected) in [("dedicated", true), ("shared", false)] {
            let annotations = json!({"ingress.cilium.io/loadbalancer-mode": mode});
            assert_eq!(named(annotations, json!({})), (None, expected), "{mode}");
        }
    }

    #[test]
    fn backends_include_the_default_and_every_path() {
        let object = json!({"spec": {
            "defaultBackend": {"service": {"name": "home", "port": {"number": 80}}},
            "rules": [
                {"host": "a.example.com"},
                {"http": {"paths": [
                    {"backend": {"service": {"name": "web", "port": {"name": "http"}}}},
                    {"backend": {"resource": {"kind": "StorageBucket", "name": "static"}}},
                    {"backend": {"service": {"name": "bare"}}},
                    {"backend": {"serviceName": "old", "servicePort": 80}},
                    {"backend": {"serviceName": "older", "servicePort": "http"}}]}}],
        }});
        let arena = PathArena::new();
        let found = backends(Node::root(&object, &arena)).unwrap();
        let seen: Vec<_> = found.iter().map(|backend| (backend.name, backend.port)).collect();
        let expected = [
            ("home", Some(BackendPort::Number(80))),
            ("web", Some(BackendPort::Name("http"))),
            ("bare", None),
            ("old", Some(BackendPort::Number(80))),
            ("older", Some(BackendPort::Name("http"))),
        ];
        assert_eq!(seen, expected);
    }
}
