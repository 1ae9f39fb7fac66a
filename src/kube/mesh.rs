//! Service meshes: whether a pod's traffic goes through a proxy.

use crate::context::Context;
use crate::inventory::{InventoryError, Narrow};
use crate::kube::kinds;
use crate::kube::node::Malformed;
use crate::kube::pod::Pod;
use crate::policy::CheckError;

/// The names that proxy containers have.
pub const PROXY_CONTAINERS: &[&str] = &["istio-proxy", "envoy", "linkerd-proxy"];

/// True when the pod has a proxy container of one of these names, or asks for one to be injected.
///
/// # Errors
/// When a label or annotation is no string.
pub fn is_mesh_pod(pod: &Pod<'_>, proxy_containers: &[impl AsRef<str>]) -> Result<bool, Malformed> {
    let is_proxy = |name: &str| proxy_containers.iter().any(|proxy| proxy.as_ref() == name);
    if pod.long_running_containers().any(|container| is_proxy(container.name())) {
        return Ok(true);
    }
    // Istio reads the label first; the annotation is its older form. Linkerd reads annotations alone.
    let istio = match pod.label("sidecar.istio.io/inject")? {
        Some(inject) => Some(inject),
        None => pod.annotation("sidecar.istio.io/inject")?,
    };
    let linkerd = pod.annotation("linkerd.io/inject")?;
    Ok(istio == Some("true") || matches!(linkerd, Some("enabled" | "ingress")))
}

/// True when the pod's namespace has a proxy injected into it, and the pod doesn't object. A namespace of which nothing is
/// known injects nothing: it is seldom among files.
///
/// # Errors
/// When the namespace can't be had, or a label or annotation is no string.
pub fn is_injected_by_namespace(cx: &Context<'_>, pod: &Pod<'_>) -> Result<bool, CheckError> {
    let istio = match pod.label("sidecar.istio.io/inject")? {
        Some(inject) => Some(inject),
        None => pod.annotation("sidecar.istio.io/inject")?,
    };
    let linkerd = pod.annotation("linkerd.io/inject")?;
    // What uses the node's network has no traffic of its own to hand to a proxy.
    if pod.spec().get("hostNetwork").bool()? == Some(true) {
        return Ok(false);
    }
    let found = match cx.list(&kinds::NAMESPACE, Narrow::Named(cx.namespace())) {
        Err(InventoryError::NotGiven { .. }) => return Ok(false),
        answer => answer?,
    };
    let Some(found) = found.iter().find(|found| found.name() == cx.namespace()) else { return Ok(false) };
    let unreadable = |malformed: Malformed| found.unreadable(&malformed);
    let metadata = found.root(cx.trails()).get("metadata");
    let label = |key| metadata.get("labels").entry(key).str().map_err(unreadable);
    let by_istio = match label("istio-injection")? {
        Some(injection) => injection == "enabled",
        None => label("istio.io/rev")?.is_some(),
    };
    let by_linkerd = metadata.get("annotations").entry("linkerd.io/inject").str().map_err(unreadable)?;
    let by_linkerd = matches!(by_linkerd, Some("enabled" | "ingress"));
    Ok(by_istio && istio != Some("false") || by_linkerd && linkerd != Some("disabled"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::context::{Operation, Subject};
    use crate::inventory::Objects;
    use crate::kube::node::Trails;
    use crate::settings::KubernetesVersion;

    fn injected(namespace: Value, pod: Value) -> bool {
        let mut namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": namespace});
        namespace["metadata"]["name"] = json!("shop");
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": pod, "spec": {"containers": []}});
        pod["metadata"]["namespace"] = json!("shop");
        let inventory = Objects::cluster(vec![Arc::new(namespace)]);
        let trails = Trails::new();
        let subject = Subject::new(&pod, &kinds::POD, Some("shop"), Operation::Create, &inventory, &trails);
        let cx = Context { subject: &subject, kubernetes: KubernetesVersion::NEWEST };
        is_injected_by_namespace(&cx, cx.pod().unwrap().unwrap()).unwrap()
    }

    #[test]
    fn a_namespace_injects_unless_the_pod_objects() {
        let istio = || json!({"labels": {"istio-injection": "enabled"}});
        let revision = || json!({"labels": {"istio.io/rev": "canary"}});
        let linkerd = || json!({"annotations": {"linkerd.io/inject": "enabled"}});
        let no_istio = || json!({"labels": {"sidecar.istio.io/inject": "false"}});
        let no_linkerd = || json!({"annotations": {"linkerd.io/inject": "disabled"}});
        for (namespace, pod, expected) in [
            (istio(), json!({}), true),
            (revision(), json!({}), true),
            (linkerd(), json!({}), true),
            (json!({}), json!({}), false),
            (json!({"labels": {"istio-injection": "disabled", "istio.io/rev": "canary"}}), json!({}), false),
            (istio(), no_istio(), false),
            (istio(), no_linkerd(), true),
            (linkerd(), no_linkerd(), false),
        ] {
            assert_eq!(injected(namespace.clone(), pod.clone()), expected, "{namespace} {pod}");
        }
    }
}
