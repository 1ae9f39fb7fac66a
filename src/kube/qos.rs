//! The QoS class that Kubernetes assigns to a pod based on its requests and limits.

use serde::Deserialize;

use crate::json::node::Malformed;
use crate::kube::container::Role;
use crate::kube::pod::Pod;
use crate::kube::quantity::Quantity;
use crate::kube::resources::{Resources, pod_request};
use crate::kube::version::KubernetesVersion;

/// The resources that count.
pub const COUNTED: [&str; 2] = ["cpu", "memory"];

/// A pod's QoS class, in the order of eviction: first evicted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum QosClass {
    /// No requests and no limits.
    BestEffort,
    /// Some requests or limits.
    Burstable,
    /// Every limit is set, and equals its request.
    Guaranteed,
}

impl QosClass {
    /// The pod's class. If there are pod-level resources, only they count; otherwise every container counts, except
    /// ephemeral ones.
    ///
    /// # Errors
    /// When an amount isn't a quantity.
    pub fn of(pod: &Pod<'_>, kubernetes: KubernetesVersion) -> Result<QosClass, Malformed> {
        let mut guaranteed = true;
        let mut any = false;
        if let Some(whole) = pod_level(pod, kubernetes)? {
            for resource in COUNTED {
                let (request, limit) = (pod_request(pod, &whole, resource)?, whole.limit(resource)?);
                any |= request.or(limit).is_some();
                guaranteed &= shortfall(request, limit).is_none();
            }
        } else {
            for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
                let resources = Resources::of_container(container)?;
                for resource in COUNTED {
                    let (request, limit) = (resources.request(resource)?, resources.limit(resource)?);
                    any |= request.or(limit).is_some();
                    guaranteed &= shortfall(request, limit).is_none();
                }
            }
        }
        Ok(match (any, guaranteed) {
            (false, _) => QosClass::BestEffort,
            (true, false) => QosClass::Burstable,
            (true, true) => QosClass::Guaranteed,
        })
    }

    /// The API's word for it.
    pub fn name(self) -> &'static str {
        match self {
            QosClass::BestEffort => "BestEffort",
            QosClass::Burstable => "Burstable",
            QosClass::Guaranteed => "Guaranteed",
        }
    }
}

/// The pod-level resources, if CPU or memory is among them and that version of Kubernetes supports them.
///
/// # Errors
/// When they aren't mappings.
pub fn pod_level<'a>(pod: &Pod<'a>, kubernetes: KubernetesVersion) -> Result<Option<Resources<'a>>, Malformed> {
    let Some(whole) = Resources::pod_level(pod, kubernetes)? else { return Ok(None) };
    let written = |resource| whole.request_node(resource).exists() || whole.limit_node(resource).exists();
    Ok(COUNTED.into_iter().any(written).then_some(whole))
}

/// Why an amount isn't guaranteed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// There is no limit.
    NoLimit,
    /// The request is less than the limit.
    NotRequested,
}

/// Why the amount isn't guaranteed; `None` when it is.
pub fn shortfall(request: Option<Quantity>, limit: Option<Quantity>) -> Option<Shortfall> {
    match limit {
        None => Some(Shortfall::NoLimit),
        Some(_) if request == limit => None,
        Some(_) => Some(Shortfall::NotRequested),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::{Node, PathArena};
    use crate::kube::kinds;

    fn class(spec: Value) -> QosClass {
        let object = json!({ "spec": spec });
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
        QosClass::of(&pod, KubernetesVersion::NEWEST).unwrap()
    }

    #[test]
    fn class_follows_from_the_containers() {
        let full = json!({"limits": {"cpu": 1, "memory": "1Gi"}});
        let some = json!({"requests": {"cpu": "100m"}});
        for (app, init, expected) in [
            (json!({}), json!({}), QosClass::BestEffort),
            (json!({"requests": {"cpu": 0}, "limits": {"memory": "0"}}), json!({}), QosClass::BestEffort),
            // Other resources don't count.
            (json!({"requests": {"ephemeral-storage": "1Gi"}}), json!({}), QosClass::BestEffort),
            (some.clone(), json!({}), QosClass::Burstable),
            (json!({}), some.clone(), QosClass::Burstable),
            (full.clone(), json!({}), QosClass::Burstable),
            (full.clone(), some, QosClass::Burstable),
            // A limit without a request is the request.
            (full.clone(), full.clone(), QosClass::Guaranteed),
            (
                json!({"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"cpu": 1, "memory": "1Gi"}}),
                full.clone(),
                QosClass::Guaranteed,
            ),
            (json!({"requests": {"cpu": 0}, "limits": {"cpu": 1, "memory": "1Gi"}}), full, QosClass::Burstable),
        ] {
            let spec = json!({
                "containers": [{"name": "app", "resources": app}],
                "initContainers": [{"name": "init", "resources": init}],
                "ephemeralContainers": [{"name": "debug"}],
            });
            assert_eq!(class(spec.clone()), expected, "{spec}");
        }
    }

    #[test]
    fn pod_level_resources_take_precedence() {
        let limits = json!({"cpu": 2, "memory": "2Gi"});
        for (whole, container, expected) in [
            (json!({"limits": limits}), json!({}), QosClass::Guaranteed),
            (json!({"limits": limits}), json!({"requests": {"cpu": 2, "memory": "2Gi"}}), QosClass::Guaranteed),
            // The pod's request is then that of its containers, and less than its limit.
            (json!({"limits": limits}), json!({"requests": {"cpu": "100m"}}), QosClass::Burstable),
            (json!({"requests": {"cpu": 1}, "limits": limits}), json!({}), QosClass::Burstable),
            (json!({"requests": {"cpu": 1}}), json!({"limits": limits}), QosClass::Burstable),
            (json!({"requests": {}}), json!({"limits": limits}), QosClass::Guaranteed),
        ] {
            let spec = json!({"resources": whole, "containers": [{"name": "app", "resources": container}]});
            assert_eq!(class(spec.clone()), expected, "{spec}");
        }
    }
}
