//! Whether a mesh injects a proxy, by the pod and by its namespace.

use crate::inventory::{Found, InventoryError};
use crate::kube::mesh::{InjectionRequest, Mesh, injected_by};
use crate::kube::pod::Pod;
use crate::policy::context::Context;
use crate::policy::error::CheckError;

/// As [`injected_by`], with the namespace looked up unless the pod itself says enough. Gives the namespace too, where it
/// was asked for and is known. Among files a namespace that was not given is no hint, and no reason not to check.
///
/// # Errors
/// When a label or annotation of the pod is no string, or the cluster would not say.
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

/// The checked object's Namespace as a hint: one that was not given says nothing.
///
/// # Errors
/// When the cluster would not say.
pub fn namespace_hint(cx: &Context<'_>) -> Result<Option<Found>, InventoryError> {
    match cx.namespace_object() {
        Err(InventoryError::NotGiven { .. }) => Ok(None),
        answer => answer,
    }
}
