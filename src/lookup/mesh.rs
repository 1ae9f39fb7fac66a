//! Whether a mesh injects a proxy, by the pod and its namespace, and how.

use crate::inventory::{Found, InventoryError};
use crate::json::node::{Malformed, Node};
use crate::kube::mesh::{InjectionRequest, Mesh, injected_by, truth};
use crate::kube::pod::Pod;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::settings::{IstioVersion, LinkerdVersion};

/// Like [`injected_by`], with the namespace looked up unless the pod alone decides: for Istio it doesn't, because its namespace
/// may disable the injection. Also returns the namespace if it was looked up and is known. Among files, a Namespace that was
/// not given is treated as one without labels and annotations.
///
/// # Errors
/// When a label or annotation of the pod is not a string, or the look-up failed.
pub fn injection(cx: &Context<'_>, pod: &Pod<'_>) -> Result<Option<(Mesh, Option<Found>)>, CheckError> {
    let own = injected_by(pod, None)?;
    let request = InjectionRequest::of(pod)?;
    let declines_both = own.is_none() && request.istio.is_some() && request.linkerd.is_some();
    let gets_none = declines_both || pod.spec().get("hostNetwork").bool()? == Some(true);
    if own == Some(Mesh::Linkerd) || gets_none {
        return Ok(own.map(|mesh| (mesh, None)));
    }
    let namespace = namespace_hint(cx)?;
    let metadata = namespace.as_ref().map(|found| found.root(cx.arena()).get("metadata"));
    Ok(injected_by(pod, metadata)?.map(|mesh| (mesh, namespace)))
}

/// The checked object's Namespace; `None` also when it is not among the objects given.
///
/// # Errors
/// When the look-up failed.
pub fn namespace_hint(cx: &Context<'_>) -> Result<Option<Found>, InventoryError> {
    match cx.namespace_object() {
        Err(InventoryError::NotGiven { .. }) => Ok(None),
        answer => answer,
    }
}

/// True when Istio injects the pod's proxy as a native sidecar: by the pod's own request, else from Istio 1.27 on Kubernetes 1.33.
///
/// # Errors
/// When the annotation is not a string.
pub fn is_native_istio(cx: &Context<'_>, pod: &Pod<'_>, version: IstioVersion) -> Result<bool, Malformed> {
    let own = pod.annotation("sidecar.istio.io/nativeSidecar")?.and_then(truth);
    Ok(own.unwrap_or(version.at_least(27) && cx.kubernetes().at_least(33)))
}

/// The annotations by which Linkerd injects its proxy as a native sidecar or not, the newest first.
const LINKERD_NATIVE: [&str; 3] = [
    "config.linkerd.io/proxy-enable-native-sidecar",
    "config.beta.linkerd.io/proxy-enable-native-sidecar",
    "config.alpha.linkerd.io/proxy-enable-native-sidecar",
];

/// What configures the proxy that Linkerd injects into a pod.
pub struct LinkerdSettings<'a> {
    pod: Node<'a>,
    namespace: Option<Node<'a>>,
}

impl<'a> LinkerdSettings<'a> {
    /// The annotations of the pod and of its namespace, if that is known.
    pub fn of(cx: &Context<'a>, pod: &Pod<'a>, namespace: Option<&'a Found>) -> LinkerdSettings<'a> {
        let namespace = namespace.map(|found| cx.node(found).get("metadata").get("annotations"));
        LinkerdSettings { pod: pod.metadata().get("annotations"), namespace }
    }

    /// An annotation: the pod's own, else its namespace's.
    ///
    /// # Errors
    /// When the pod's is not a string.
    pub fn get(&self, key: &str) -> Result<Option<&'a str>, Malformed> {
        let own = self.pod.entry(key).str()?;
        // A malformed Namespace is not the pod's problem.
        Ok(own.or_else(|| self.namespace.and_then(|above| above.entry(key).str().ok().flatten())))
    }

    /// True when the proxy is a native sidecar: as an annotation says, else from Linkerd 2.20 on.
    ///
    /// # Errors
    /// When an annotation of the pod is not a string.
    pub fn is_native(&self, version: LinkerdVersion) -> Result<bool, Malformed> {
        for key in LINKERD_NATIVE {
            if let Some(own) = self.get(key)?.and_then(truth) {
                return Ok(own);
            }
        }
        Ok(version.at_least(20))
    }
}

/// The namespace whose annotations Linkerd reads: the one that was looked up for the injection, else looked up now.
///
/// # Errors
/// When the look-up failed.
pub fn linkerd_namespace(cx: &Context<'_>, known: Option<Found>) -> Result<Option<Found>, InventoryError> {
    match known {
        None => namespace_hint(cx),
        known => Ok(known),
    }
}
