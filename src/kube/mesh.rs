//! Service meshes: whether a pod's traffic goes through a proxy.

use crate::kube::node::Malformed;
use crate::kube::pod::Pod;

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
