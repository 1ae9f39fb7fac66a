//! The ports that a container declares, and references to ports by number or name.

use serde_json::Value;

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;

/// One entry of a container's `ports`.
#[derive(Clone, Copy)]
pub struct ContainerPort<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// `containerPort`.
    pub number: i64,
    /// `TCP` (also when absent), `UDP` or `SCTP`.
    pub protocol: &'a str,
}

impl ContainerPort<'_> {
    /// True for a port that only monitoring uses, by its name: `metrics`, `http-metrics`, `prometheus`, `health`. Without
    /// a name it is one if the container is an exporter.
    pub fn is_monitoring(&self, container: &Container<'_>) -> bool {
        match self.name {
            Some(name) => is_monitoring_name(name),
            None => container.name().ends_with("exporter"),
        }
    }
}

/// True for the name of a port that only monitoring uses.
pub fn is_monitoring_name(name: &str) -> bool {
    name.split('-').any(|word| {
        word.starts_with("metrics")
            || matches!(word, "prom" | "prometheus" | "promhttp")
            || word.starts_with("health")
            || matches!(word, "probe" | "probes" | "exporter" | "pprof")
    })
}

/// The ports that the container declares, in the manifest's order.
///
/// # Errors
/// When one of them is malformed.
pub fn declared_ports<'a>(container: &Container<'a>) -> Result<Vec<ContainerPort<'a>>, Malformed> {
    let mut ports = Vec::new();
    for node in container.get("ports").items()? {
        let node = node.mapping()?;
        ports.push(ContainerPort {
            node,
            name: node.get("name").str()?,
            number: node.get("containerPort").int()?.unwrap_or_default(),
            protocol: node.get("protocol").str()?.unwrap_or("TCP"),
        });
    }
    Ok(ports)
}

/// True for a valid port name: an IANA service name of at most 15 lower-case letters, digits and single dashes, with at
/// least one letter.
pub fn is_port_name(name: &str) -> bool {
    name.len() <= 15
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && name
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// A port referred to by number or name, as in a probe, hook or Service: the API's `IntOrString`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port<'a> {
    /// A port number.
    Number(i64),
    /// A name that no port has.
    Unknown(&'a str),
}

impl<'a> Port<'a> {
    /// The port, with names resolved among the container's own ports; `None` if absent.
    ///
    /// # Errors
    /// When it is neither a whole number nor a string, or the container's ports are malformed.
    pub fn resolve(node: Node<'a>, container: &Container<'a>) -> Result<Option<Port<'a>>, Malformed> {
        let port = match node.value() {
            None => return Ok(None),
            Some(Value::String(name)) => {
                let named = declared_ports(container)?.into_iter().find(|port| port.name == Some(name.as_str()));
                match (named, name.parse()) {
                    (Some(port), _) => Port::Number(port.number),
                    // The kubelet parses a string of digits as a number when no port has that name.
                    (None, Ok(number)) => Port::Number(number),
                    (None, Err(_)) => Port::Unknown(name),
                }
            }
            Some(value) => Port::Number(value.as_i64().ok_or_else(|| node.malformed("a port's number or name"))?),
        };
        Ok(Some(port))
    }
}

#[cfg(test)]
mod tests {
    use super::{is_monitoring_name, is_port_name};

    #[test]
    fn monitoring_ports_are_recognized_by_name() {
        for name in
            ["metrics", "http-metrics", "metrics-https", "prom", "prometheus", "health", "healthz", "http-probe"]
        {
            assert!(is_monitoring_name(name), "{name}");
        }
        for name in ["http", "web", "grpc", "promo", "admin", "metric"] {
            assert!(!is_monitoring_name(name), "{name}");
        }
    }

    #[test]
    fn port_names_are_short_and_have_a_letter() {
        for name in ["http", "p", "8080-tcp", "grpc-web-2", "fifteen-letters"] {
            assert!(is_port_name(name), "{name}");
        }
        for name in
            ["", "8080", "80-80", "HTTP", "a_b", "-a", "a-", "a--b", "sixteen-letters-", "sixteen-letters1", "ä"]
        {
            assert!(!is_port_name(name), "{name}");
        }
    }
}
