//! Services.

use crate::json::node::{Malformed, Node};
use crate::kube::selector::Selector;

/// A Service.
pub struct Service<'a> {
    pub(crate) object: Node<'a>,
    /// Its selector. `None` when it has none, and its endpoints are managed elsewhere, or when it is an alias of an external
    /// name.
    pub selector: Option<Selector<'a>>,
}

/// One entry of a Service's `ports`.
#[derive(Clone, Copy)]
pub struct ServicePort<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// `port`, the number at which the Service is reached.
    pub number: i64,
    /// `TCP` (also when absent), `UDP` or `SCTP`.
    pub protocol: &'a str,
}

impl<'a> Service<'a> {
    /// Reads a Service.
    ///
    /// # Errors
    /// When its type or selector is malformed.
    pub fn read(object: Node<'a>) -> Result<Service<'a>, Malformed> {
        let service = Service { object, selector: None };
        let selector = if service.is_external()? { None } else { Selector::read_plain(service.selector_node())? };
        Ok(Service { selector, ..service })
    }

    /// The place of the selector.
    pub fn selector_node(&self) -> Node<'a> {
        self.object.get("spec").get("selector")
    }

    /// True when it is an alias of an external name.
    ///
    /// # Errors
    /// When the type isn't a string.
    pub fn is_external(&self) -> Result<bool, Malformed> {
        Ok(self.object.get("spec").get("type").str()? == Some("ExternalName"))
    }

    /// True when it is headless: it has no cluster IP, and its name resolves to each of its pods.
    ///
    /// # Errors
    /// When the address isn't a string.
    pub fn is_headless(&self) -> Result<bool, Malformed> {
        Ok(self.object.get("spec").get("clusterIP").str()? == Some("None") && !self.is_external()?)
    }

    /// True when it is reached from outside the cluster.
    ///
    /// # Errors
    /// When its type or addresses are malformed.
    pub fn is_reached_from_outside(&self) -> Result<bool, Malformed> {
        let spec = self.object.get("spec");
        let is_exposed = matches!(spec.get("type").str()?, Some("LoadBalancer" | "NodePort"));
        Ok(is_exposed || spec.get("externalIPs").items()?.len() > 0)
    }

    /// Its ports, in the manifest's order.
    ///
    /// # Errors
    /// When one of them is malformed.
    pub fn ports(&self) -> Result<Vec<ServicePort<'a>>, Malformed> {
        let mut ports = Vec::new();
        for node in self.object.get("spec").get("ports").items()? {
            let node = node.mapping()?;
            ports.push(ServicePort {
                node,
                name: node.get("name").str()?.filter(|name| !name.is_empty()),
                number: node.get("port").int()?.unwrap_or_default(),
                protocol: node.get("protocol").str()?.unwrap_or("TCP"),
            });
        }
        Ok(ports)
    }
}

/// The name of the Service whose endpoints an EndpointSlice has.
pub fn service_of<'a>(slice: Node<'a>) -> Option<&'a str> {
    slice.get("metadata").get("labels").entry("kubernetes.io/service-name").str().ok()?
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn read(spec: Value) -> (bool, bool, usize) {
        let object = json!({"spec": spec});
        let arena = PathArena::new();
        let service = Service::read(Node::root(&object, &arena)).unwrap();
        (service.selector.is_some(), service.is_headless().unwrap(), service.ports().unwrap().len())
    }

    #[test]
    fn external_name_selects_nothing() {
        let selector = json!({"app": "web"});
        assert_eq!(read(json!({"selector": selector, "ports": [{"port": 80}]})), (true, false, 1));
        assert_eq!(read(json!({"selector": selector, "clusterIP": "None"})), (true, true, 0));
        assert_eq!(read(json!({"selector": {}, "clusterIP": "10.0.0.1"})), (false, false, 0));
        assert_eq!(read(json!({"selector": selector, "type": "ExternalName"})), (false, false, 0));
    }

    #[test]
    fn protocol_defaults_to_tcp() {
        let object =
            json!({"spec": {"ports": [{"port": 53, "protocol": "UDP", "name": "dns"}, {"port": 80, "name": ""}]}});
        let arena = PathArena::new();
        let ports = Service::read(Node::root(&object, &arena)).unwrap().ports().unwrap();
        let seen: Vec<_> = ports.iter().map(|port| (port.name, port.number, port.protocol)).collect();
        assert_eq!(seen, [(Some("dns"), 53, "UDP"), (None, 80, "TCP")]);
    }
}
