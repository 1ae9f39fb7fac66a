//! Service meshes: whether a pod's traffic goes through a proxy, and how the proxy gets into the pod.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::kube::pod::Pod;

/// The names of proxy containers.
pub const PROXY_CONTAINERS: &[&str] = &["istio-proxy", "envoy", "linkerd-proxy"];

/// The names of the containers that Istio and Linkerd inject.
const INJECTED_CONTAINERS: &[&str] =
    &["istio-proxy", "istio-init", "istio-validation", "linkerd-proxy", "linkerd-init", "linkerd-network-validator"];

/// The port of Istio's agent in `istio-proxy`, which answers the app's probes that the injector has rewritten.
pub const ISTIO_AGENT_PORT: i64 = 15020;

/// The annotation in which a pod configures the proxy that Istio injects, as YAML.
pub const ISTIO_PROXY_CONFIG: &str = "proxy.istio.io/config";

/// A mesh that injects proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mesh {
    /// Istio, whose proxy is `istio-proxy`.
    Istio,
    /// Linkerd, whose proxy is `linkerd-proxy`.
    Linkerd,
}

/// How long Istio's proxy drains unless `terminationDrainDuration` says otherwise, in seconds.
pub const ISTIO_DRAIN_SECONDS: u32 = 5;

/// True when the pod has a proxy container of one of these names beside its app, or requests injection.
///
/// # Errors
/// When a label or annotation is not a string.
pub fn is_mesh_pod(pod: &Pod<'_>, proxy_containers: &[impl AsRef<str>]) -> Result<bool, Malformed> {
    Ok(proxy_of(pod, proxy_containers).is_some() || injected_by(pod, None)?.is_some())
}

/// The pod's own long-running container of one of these names; `None` when a proxy is injected, or there is none. A pod
/// that has no other app container is a gateway, whose proxy is the app.
pub fn proxy_of<'p, 'a>(pod: &'p Pod<'a>, proxy_containers: &[impl AsRef<str>]) -> Option<&'p Container<'a>> {
    let is_proxy = |container: &&Container<'_>| proxy_containers.iter().any(|proxy| proxy.as_ref() == container.name());
    if pod.app_containers().all(|container| is_proxy(&container)) {
        return None;
    }
    pod.long_running_containers().find(is_proxy)
}

/// True when a mesh injects containers of this name, which the pod's author doesn't control.
pub fn is_injected(container: &Container<'_>) -> bool {
    INJECTED_CONTAINERS.contains(&container.name())
}

/// The mesh whose proxy a container is, by its name.
pub fn proxy_mesh(container: &Container<'_>) -> Option<Mesh> {
    match container.name() {
        "istio-proxy" => Some(Mesh::Istio),
        "linkerd-proxy" => Some(Mesh::Linkerd),
        _ => None,
    }
}

/// True for a container that a mesh injects, as opposed to a proxy that is the app of its pod, a gateway. Istio completes
/// a gateway whose image is `auto`, too.
///
/// # Errors
/// When the image is not a string.
pub fn is_managed(container: &Container<'_>, pod: &Pod<'_>) -> Result<bool, Malformed> {
    let is_gateway = pod.app_containers().all(is_injected);
    Ok(is_injected(container) && (!is_gateway || container.image()? == Some("auto")))
}

/// The mesh that injects a proxy into the pod, by the pod's own request, else by the metadata of its namespace. The pod
/// can opt out, and a pod with `hostNetwork` gets no proxy. In a namespace with `istio-injection: disabled` Istio injects
/// nothing, whatever the pod says.
///
/// # Errors
/// When a label or annotation of the pod is not a string.
pub fn injected_by(pod: &Pod<'_>, namespace: Option<Node<'_>>) -> Result<Option<Mesh>, Malformed> {
    if pod.spec().get("hostNetwork").bool()? == Some(true) {
        return Ok(None);
    }
    let request = InjectionRequest::of(pod)?;
    let set_on_namespace = |key, part: &'static str| {
        let entry = namespace?.get(part).entry(key);
        // A malformed Namespace is not the pod's problem.
        entry.str().ok().flatten()
    };
    // Istio's webhooks select by the namespace's `istio-injection` first.
    let of_namespace = set_on_namespace("istio-injection", "labels");
    let istio = match (request.istio, of_namespace) {
        (_, Some(injection)) if injection != "enabled" => false,
        (Some(inject), _) => inject == "true",
        (None, Some(_)) => true,
        (None, None) => request.revision || set_on_namespace("istio.io/rev", "labels").is_some(),
    };
    if istio {
        return Ok(Some(Mesh::Istio));
    }
    let linkerd = request.linkerd.or_else(|| set_on_namespace("linkerd.io/inject", "annotations"));
    Ok(linkerd.is_some_and(is_linkerd_on).then_some(Mesh::Linkerd))
}

/// The injection that a pod itself requests.
pub struct InjectionRequest<'a> {
    /// The value of `sidecar.istio.io/inject`.
    pub istio: Option<&'a str>,
    /// Whether it names a revision of Istio (`istio.io/rev`).
    pub revision: bool,
    /// The value of `linkerd.io/inject`.
    pub linkerd: Option<&'a str>,
}

impl<'a> InjectionRequest<'a> {
    /// Reads the pod's labels and annotations.
    ///
    /// # Errors
    /// When one of them is not a string.
    pub fn of(pod: &Pod<'a>) -> Result<InjectionRequest<'a>, Malformed> {
        // Istio reads the label first; the annotation is its older form. Linkerd reads only annotations.
        let istio = match pod.label("sidecar.istio.io/inject")? {
            Some(inject) => Some(inject),
            None => pod.annotation("sidecar.istio.io/inject")?,
        };
        let revision = pod.label("istio.io/rev")?.is_some();
        Ok(InjectionRequest { istio, revision, linkerd: pod.annotation("linkerd.io/inject")? })
    }
}

/// A boolean as Go's `strconv.ParseBool` reads it; `None` when that would fail.
pub fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn is_linkerd_on(inject: &str) -> bool {
    matches!(inject, "enabled" | "ingress")
}

/// The value of a key anywhere in the YAML of an annotation such as [`ISTIO_PROXY_CONFIG`], if it is a plain or quoted
/// scalar: enough for keys that mean the same at any depth.
pub fn setting_of<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let quotes = ['"', '\''];
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (at, _) in line.match_indices(key) {
            let (before, after) = (line.get(..at)?, line.get(at + key.len()..)?);
            let begins = before.chars().next_back().is_none_or(|c| c.is_whitespace() || "{,\"'".contains(c));
            let Some(value) = after.trim_start_matches(quotes).trim_start().strip_prefix(':').filter(|_| begins) else {
                continue;
            };
            let value = value.trim_start();
            let unquoted = value.trim_start_matches(quotes);
            let quoted = unquoted.len() < value.len();
            let ends = |c: char| quotes.contains(&c) || !quoted && (c.is_whitespace() || ",}#".contains(c));
            return unquoted.split(ends).next().filter(|value| !value.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds::POD;

    fn injected(metadata: Value, namespace: Value) -> Option<Mesh> {
        let object = json!({"metadata": metadata, "spec": {}});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
        injected_by(&pod, Some(Node::root(&namespace, &arena))).unwrap()
    }

    #[test]
    fn pods_and_namespaces_request_injection() {
        let istio = json!({"labels": {"istio-injection": "enabled"}});
        let linkerd = json!({"annotations": {"linkerd.io/inject": "enabled"}});
        let declines = json!({"labels": {"sidecar.istio.io/inject": "false"}});
        let requests = json!({"labels": {"sidecar.istio.io/inject": "true"}});
        let disabled = json!({"labels": {"istio-injection": "disabled"}});
        for (metadata, namespace, expected) in [
            (json!({}), json!({}), None),
            (json!({}), istio.clone(), Some(Mesh::Istio)),
            (json!({}), json!({"labels": {"istio.io/rev": "1-27"}}), Some(Mesh::Istio)),
            (json!({}), json!({"labels": {"istio.io/rev": "1-27", "istio-injection": "disabled"}}), None),
            (declines.clone(), istio, None),
            (declines, linkerd.clone(), Some(Mesh::Linkerd)),
            (requests.clone(), json!({}), Some(Mesh::Istio)),
            (requests.clone(), disabled.clone(), None),
            (requests, json!({"labels": {"istio.io/dataplane-mode": "ambient"}}), Some(Mesh::Istio)),
            (json!({"labels": {"istio.io/rev": "canary"}}), disabled, None),
            (json!({"labels": {"istio.io/rev": "canary"}}), json!({}), Some(Mesh::Istio)),
            (json!({"annotations": {"sidecar.istio.io/inject": "true"}}), json!({}), Some(Mesh::Istio)),
            (json!({}), linkerd.clone(), Some(Mesh::Linkerd)),
            (json!({"annotations": {"linkerd.io/inject": "disabled"}}), linkerd, None),
            (json!({}), json!({"labels": {"istio-injection": true}}), None),
        ] {
            assert_eq!(injected(metadata.clone(), namespace.clone()), expected, "{metadata} in {namespace}");
        }
    }

    #[test]
    fn host_network_pods_get_no_proxy() {
        let object =
            json!({"metadata": {"labels": {"sidecar.istio.io/inject": "true"}}, "spec": {"hostNetwork": true}});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
        assert_eq!(injected_by(&pod, None), Ok(None));
    }

    #[test]
    fn lone_proxy_is_a_gateway() {
        for (containers, proxy, managed) in [
            (json!([{"name": "istio-proxy", "image": "proxyv2:1.28.0"}]), None, false),
            (json!([{"name": "istio-proxy", "image": "auto"}]), None, true),
            (json!([{"name": "istio-proxy"}, {"name": "app"}]), Some("istio-proxy"), true),
            (json!([{"name": "app"}]), None, false),
        ] {
            let object = json!({"spec": {"containers": containers}});
            let arena = PathArena::new();
            let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
            assert_eq!(proxy_of(&pod, PROXY_CONTAINERS).map(Container::name), proxy, "{object}");
            assert_eq!(is_managed(&pod.containers()[0], &pod), Ok(managed), "{object}");
        }
    }

    #[test]
    fn scalar_settings_are_found_in_yaml() {
        for (text, expected) in [
            ("drain: 20s", Some("20s")),
            ("a: 1\ndrain: \"20s\"\n", Some("20s")),
            ("  drain: '20s' # long", Some("20s")),
            ("{\"a\": {\"drain\": \"20s\"}}", Some("20s")),
            ("{drain: 20s, b: 1}", Some("20s")),
            ("a: {b: 1, drain : 20s}", Some("20s")),
            ("# drain: 20s", None),
            ("drain:", None),
            ("undrain: 20s", None),
            ("drainage: 20s", None),
            ("", None),
        ] {
            assert_eq!(setting_of(text, "drain"), expected, "{text}");
        }
    }
}
