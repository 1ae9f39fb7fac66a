//! Services, and the pods behind them.

use crate::context::Context;
use crate::finding::Related;
use crate::inventory::{Found, InventoryError, Narrow};
use crate::kube::kinds::{self, Kind};
use crate::kube::node::{Malformed, Node};
use crate::kube::object;
use crate::kube::pod::Pod;
use crate::kube::selector::{Labels, Selector};
use crate::kube::workload::is_controlled;
use crate::policy::CheckError;

/// A Service.
pub struct Service<'a> {
    object: Node<'a>,
    /// The pods that it is for. `None` when it has no selector, and somebody else says where it leads, or when it only
    /// stands for a name outside the cluster.
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

    /// True when it stands for a name outside the cluster.
    ///
    /// # Errors
    /// When the type is no string.
    pub fn is_external(&self) -> Result<bool, Malformed> {
        Ok(self.object.get("spec").get("type").str()? == Some("ExternalName"))
    }

    /// True when it has no address of its own, and its name leads to each of its pods.
    ///
    /// # Errors
    /// When the address is no string.
    pub fn is_headless(&self) -> Result<bool, Malformed> {
        Ok(self.object.get("spec").get("clusterIP").str()? == Some("None") && !self.is_external()?)
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

    /// Points at a place in it.
    pub fn related(&self, place: Node<'_>, message: impl Into<String>) -> Related {
        Related::to(&kinds::SERVICE, place, self.object, message)
    }
}

/// How messages name an object that was looked up: `Deployment "web"`.
pub fn title(found: &Found) -> String {
    [found.kind.name, " \"", found.name(), "\""].concat()
}

/// The kinds that a policy about Services looks up in a cluster, and so has among its `needs`.
const LOOKED_UP: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET];

/// The kinds that are only seen among files. In a cluster their pods are.
const AMONG_FILES: &[&Kind] =
    &[&kinds::ROLLOUT, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER, &kinds::JOB, &kinds::CRON_JOB, &kinds::POD];

/// Everything in the judged object's namespace whose pods `selector` selects: Deployments, StatefulSets and DaemonSets,
/// and among files whatever else makes pods. `running` asks in a cluster also for Pods, if nothing else is found: there
/// are many, and they change all the time.
///
/// # Errors
/// When they can't be had; among files also when none is selected, and nothing that makes pods was given at all.
pub fn selected_by(cx: &Context<'_>, selector: &Selector<'_>, running: bool) -> Result<Vec<Found>, InventoryError> {
    let mut selected = Vec::new();
    let mut not_given = Vec::new();
    for kind in LOOKED_UP {
        match cx.list(kind, Narrow::SelectedBy(selector)) {
            Ok(found) => selected.extend(found),
            Err(error @ InventoryError::NotGiven { .. }) => not_given.push(error),
            Err(error) => return Err(error),
        }
    }
    for kind in AMONG_FILES {
        selected.extend(cx.list_optional(kind, Narrow::SelectedBy(selector))?);
    }
    selected.retain(|found| {
        let object = found.root(cx.trails());
        let labels = object.dig(found.kind.template.unwrap_or_default()).get("metadata");
        // What a Deployment or CronJob makes is theirs.
        (*found.kind == kinds::POD || !is_controlled(object)) && selector.matches(Labels::of(labels))
    });
    if selected.is_empty() && running && !cx.judged_together() {
        selected = cx.list(&kinds::POD, Narrow::SelectedBy(selector))?;
        selected.retain(|found| selector.matches(Labels::of(found.root(cx.trails()).get("metadata"))));
    }
    // Whoever hands in one kind of workload hands in those that there are.
    let nothing = selected.is_empty() && not_given.len() == LOOKED_UP.len();
    match not_given.into_iter().next() {
        Some(error) if nothing => Err(error),
        _ => Ok(selected),
    }
}

/// The pod that an object makes which was looked up.
///
/// # Errors
/// When it can't be read.
pub fn pod_of<'f>(cx: &'f Context<'_>, found: &'f Found) -> Result<Option<Pod<'f>>, InventoryError> {
    Pod::of(found.root(cx.trails()), found.kind).map_err(|malformed| found.unreadable(&malformed))
}

/// The Services in the judged object's namespace that select pods with these labels.
///
/// # Errors
/// When they can't be had or read.
pub fn services_for(cx: &Context<'_>, labels: Labels<'_>) -> Result<Vec<Found>, CheckError> {
    let mut services = Vec::new();
    for found in cx.list(&kinds::SERVICE, Narrow::Selecting(labels))? {
        let service = Service::read(found.root(cx.trails())).map_err(|malformed| found.unreadable(&malformed))?;
        if service.selector.is_some_and(|selector| selector.matches(labels)) {
            services.push(found);
        }
    }
    Ok(services)
}

/// The Service of that name in the judged object's namespace.
///
/// # Errors
/// When it can't be had.
pub fn named(cx: &Context<'_>, name: &str) -> Result<Option<Found>, InventoryError> {
    let found = cx.list(&kinds::SERVICE, Narrow::Named(name))?;
    Ok(found.into_iter().find(|found| object::name(&found.object) == Some(name)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kube::node::Trails;

    fn read(spec: Value) -> (bool, bool, usize) {
        let object = json!({"spec": spec});
        let trails = Trails::new();
        let service = Service::read(Node::root(&object, &trails)).unwrap();
        (service.selector.is_some(), service.is_headless().unwrap(), service.ports().unwrap().len())
    }

    #[test]
    fn a_name_outside_the_cluster_selects_nothing() {
        let selector = json!({"app": "web"});
        assert_eq!(read(json!({"selector": selector, "ports": [{"port": 80}]})), (true, false, 1));
        assert_eq!(read(json!({"selector": selector, "clusterIP": "None"})), (true, true, 0));
        assert_eq!(read(json!({"selector": {}, "clusterIP": "10.0.0.1"})), (false, false, 0));
        assert_eq!(read(json!({"selector": selector, "type": "ExternalName"})), (false, false, 0));
    }

    #[test]
    fn a_port_is_tcp_unless_it_says_otherwise() {
        let object =
            json!({"spec": {"ports": [{"port": 53, "protocol": "UDP", "name": "dns"}, {"port": 80, "name": ""}]}});
        let trails = Trails::new();
        let ports = Service::read(Node::root(&object, &trails)).unwrap().ports().unwrap();
        let seen: Vec<_> = ports.iter().map(|port| (port.name, port.number, port.protocol)).collect();
        assert_eq!(seen, [(Some("dns"), 53, "UDP"), (None, 80, "TCP")]);
    }
}
