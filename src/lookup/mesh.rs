//! Whether a mesh injects a proxy, by the pod and its namespace.

use crate::inventory::{Found, InventoryError};
use crate::kube::mesh::{InjectionRequest, Mesh, injected_by};
use crate::kube::pod::Pod;
use crate::policy::context::Context;
use crate::policy::error::CheckError;

/// Like [`injected_by`], with the namespace looked up unless the pod alone decides. Also returns the namespace if it was
/// looked up and is known. Among files, a Namespace that was not given is treated as one without labels and annotations.
///
/// # Errors
/// When a label or annotation of the pod is not a string, or the look-up failed.
pub fn injection(cx: &Context<'_>, pod: &Pod<'_>) -> Result<Option<(Mesh, Option<Found>)>, CheckError> {
    if let Some(mesh) = injected_by(pod, None)? {
        return Ok(Some((mesh, None)));
    }
    let request = InjectionRequest::of(pod)?;
    if request.istio.is_some() && request.linkerd.is_some() || pod.spec().get("hostNetwork").bool()? == Some(true) {
        return Ok(None);
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
