//! Requests and limits, of one container or of a pod as a whole.

use crate::json::node::{Malformed, Node};
use crate::kube::container::{Container, Role};
use crate::kube::pod::Pod;
use crate::kube::quantity::Quantity;
use crate::kube::version::KubernetesVersion;

/// The `resources` of a container or, from Kubernetes 1.34 on, of a pod. Resources have the API's names: `cpu`, `memory`,
/// `ephemeral-storage`, `example.com/gpu`.
#[derive(Clone, Copy)]
pub struct Resources<'a> {
    node: Node<'a>,
}

impl<'a> Resources<'a> {
    /// The container's resources.
    ///
    /// # Errors
    /// When they aren't a mapping.
    pub fn of_container(container: &Container<'a>) -> Result<Resources<'a>, Malformed> {
        Resources::read(container.resources())
    }

    /// The pod-level resources, which its containers share.
    ///
    /// # Errors
    /// When they aren't a mapping.
    pub fn of_pod(pod: &Pod<'a>) -> Result<Resources<'a>, Malformed> {
        Resources::read(pod.spec().get("resources"))
    }

    /// The pod-level resources, if the pod has any and that version of Kubernetes supports them.
    ///
    /// # Errors
    /// When they aren't a mapping.
    pub fn pod_level(pod: &Pod<'a>, kubernetes: KubernetesVersion) -> Result<Option<Resources<'a>>, Malformed> {
        let whole = Resources::of_pod(pod)?;
        Ok((kubernetes.at_least(34) && whole.node.exists()).then_some(whole))
    }

    /// Every resource with a request or a limit, each once.
    ///
    /// # Errors
    /// When requests or limits aren't mappings.
    pub fn names(&self) -> Result<Vec<&'a str>, Malformed> {
        let mut names = Vec::new();
        for half in ["requests", "limits"] {
            for (name, _) in self.node.get(half).entries()? {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Ok(names)
    }

    fn read(node: Node<'a>) -> Result<Resources<'a>, Malformed> {
        let node = node.mapping()?;
        node.get("requests").mapping()?;
        node.get("limits").mapping()?;
        Ok(Resources { node })
    }

    /// The place of the request, whether it is written or not.
    pub fn request_node(&self, resource: &str) -> Node<'a> {
        self.node.get("requests").entry(resource)
    }

    /// The place of the limit, whether it is written or not.
    pub fn limit_node(&self, resource: &str) -> Node<'a> {
        self.node.get("limits").entry(resource)
    }

    /// The effective request: as written, or else the limit, which the API then copies. Absent and 0 are both `None`: they
    /// mean the same to the scheduler and for the pod's QoS class.
    ///
    /// # Errors
    /// When an amount isn't a quantity.
    pub fn request(&self, resource: &str) -> Result<Option<Quantity>, Malformed> {
        match Quantity::read(self.request_node(resource))? {
            Some(written) => Ok(positive(written)),
            None => self.limit(resource),
        }
    }

    /// The limit. Absent and 0 are both `None`: neither limits anything.
    ///
    /// # Errors
    /// When the amount isn't a quantity.
    pub fn limit(&self, resource: &str) -> Result<Option<Quantity>, Malformed> {
        Ok(Quantity::read(self.limit_node(resource))?.and_then(positive))
    }
}

/// The pod-level request, once the API has defaulted it next to pod-level limits: the containers' requests, or else the
/// limit. `None` when the pod as a whole requests nothing.
///
/// # Errors
/// When an amount isn't a quantity.
pub fn pod_request(pod: &Pod<'_>, whole: &Resources<'_>, resource: &str) -> Result<Option<Quantity>, Malformed> {
    let limited = whole.node.get("limits").entries()?.next().is_some();
    if !limited || whole.request_node(resource).exists() {
        return whole.request(resource);
    }
    match containers_request(pod, resource)? {
        Some(sum) => Ok(Some(sum)),
        None => whole.limit(resource),
    }
}

/// The containers' requests together: those of the app containers and native sidecars, or those of an init container and
/// the sidecars before it, whichever is more. `None` when no container requests anything.
///
/// # Errors
/// When an amount isn't a quantity.
pub fn containers_request(pod: &Pod<'_>, resource: &str) -> Result<Option<Quantity>, Malformed> {
    let (mut running, mut most) = (Quantity::ZERO, Quantity::ZERO);
    // Init containers and sidecars come first, in the order in which they start.
    for container in pod.containers() {
        let Some(request) = Resources::of_container(container)?.request(resource)? else { continue };
        match container.role() {
            Role::App | Role::Sidecar => running = running.plus(request),
            Role::Init => most = most.max(running.plus(request)),
            Role::Ephemeral => {}
        }
    }
    Ok(positive(most.max(running)))
}

/// How prose names a resource: `CPU`, or the API's name.
pub fn title(resource: &str) -> &str {
    if resource == "cpu" { "CPU" } else { resource }
}

fn positive(quantity: Quantity) -> Option<Quantity> {
    (quantity > Quantity::ZERO).then_some(quantity)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds;

    fn amount(resources: Value, read: fn(&Resources<'_>) -> Result<Option<Quantity>, Malformed>) -> Option<Quantity> {
        let object = json!({"spec": {"containers": [{"resources": resources}]}});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
        read(&Resources::of_container(&pod.containers()[0]).unwrap()).unwrap()
    }

    #[test]
    fn limit_without_request_is_the_request() {
        for (resources, expected) in [
            (json!({"requests": {"cpu": "100m"}, "limits": {"cpu": 2}}), Some("100m")),
            (json!({"limits": {"cpu": 2}}), Some("2")),
            (json!({"requests": {"memory": "1Gi"}, "limits": {"cpu": "0.5"}}), Some("500m")),
            // A written request stays: only an absent one becomes the limit.
            (json!({"requests": {"cpu": 0}, "limits": {"cpu": "2"}}), None),
            (json!({"limits": {"cpu": "0m"}}), None),
            (json!({"requests": {"memory": "1Gi"}}), None),
            (json!(null), None),
        ] {
            let expected = expected.map(|text| Quantity::parse(text).unwrap());
            assert_eq!(amount(resources.clone(), |resources| resources.request("cpu")), expected, "{resources}");
        }
    }

    #[test]
    fn limit_of_zero_is_none() {
        assert_eq!(amount(json!({"limits": {"memory": "0Mi"}}), |resources| resources.limit("memory")), None);
        let one = Quantity::parse("1Gi");
        assert_eq!(amount(json!({"limits": {"memory": "1024Mi"}}), |resources| resources.limit("memory")), one);
    }

    #[test]
    fn malformed_quantity_reports_path() {
        let object = json!({"spec": {"resources": {"requests": {"example.com/gpu": "one"}, "limits": []}}});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
        let error = Resources::of_pod(&pod).err().unwrap();
        assert_eq!(error.to_string(), "/spec/resources/limits should be a mapping");
        let object = json!({"spec": {"resources": {"requests": {"example.com/gpu": "one"}}}});
        let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
        let error = Resources::of_pod(&pod).unwrap().request("example.com/gpu").unwrap_err();
        assert_eq!(error.to_string(), "/spec/resources/requests/example.com~1gpu should be a quantity");
    }

    #[test]
    fn requests_of_concurrent_containers_add_up() {
        let object = json!({"spec": {
            "resources": {"limits": {"cpu": 4, "memory": "4Gi"}, "requests": {"memory": "3Gi"}},
            "initContainers": [
                {"name": "early", "resources": {"requests": {"cpu": "900m"}}},
                {"name": "proxy", "restartPolicy": "Always", "resources": {"limits": {"cpu": "200m"}}},
                {"name": "late", "resources": {"requests": {"cpu": "900m"}}},
            ],
            "containers": [
                {"name": "a", "resources": {"requests": {"cpu": "300m", "memory": "1Gi"}}},
                {"name": "b", "resources": {"requests": {"cpu": "400m"}}},
            ],
        }});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
        let whole = Resources::pod_level(&pod, KubernetesVersion::NEWEST).unwrap().unwrap();
        assert!(Resources::pod_level(&pod, KubernetesVersion { minor: 33 }).unwrap().is_none());
        assert_eq!(whole.names(), Ok(vec!["memory", "cpu"]));
        assert_eq!(containers_request(&pod, "cpu"), Ok(Quantity::parse("1100m")));
        assert_eq!(pod_request(&pod, &whole, "cpu"), Ok(Quantity::parse("1100m")));
        assert_eq!(pod_request(&pod, &whole, "memory"), Ok(Quantity::parse("3Gi")));
        assert_eq!(pod_request(&pod, &whole, "example.com/gpu"), Ok(None));
    }
}
