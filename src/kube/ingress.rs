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

fn backend<'a>(backend: Node<'a>) -> Result<Option<Backend<'a>>, Malformed> {
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
