//! Why the pods of the checked workload can't run side by side, with its claims looked up.

use crate::inventory::{Filter, Found, InventoryError};
use crate::json::node::Node;
use crate::kube::exclusive::Exclusive;
use crate::kube::kinds;
use crate::kube::pod::Pod;
use crate::kube::volume::volumes;
use crate::kube::workload::Workload;
use crate::policy::context::Context;
use crate::policy::error::CheckError;

/// The first reason why another pod of the checked workload can't, or must not, run beside those that it has: see
/// [`Exclusive`]. A claim that is not given, or doesn't exist yet, may be for a single node: [`Exclusive::SharedClaim`].
///
/// # Errors
/// When a field has the wrong type, or the cluster doesn't answer.
pub fn exclusive(cx: &Context<'_>, workload: &Workload<'_>, pod: &Pod<'_>) -> Result<Option<Exclusive>, CheckError> {
    let reason = Exclusive::of(workload, pod, cx.namespace())?;
    if reason == Some(Exclusive::Singleton) {
        return Ok(reason);
    }
    match claim_mode(cx, pod) {
        Ok(Some(ClaimMode::Single)) => Ok(Some(Exclusive::Claim)),
        Ok(Some(ClaimMode::Shared)) if reason == Some(Exclusive::SharedClaim) => Ok(Exclusive::of_strategy(workload)?),
        Ok(_) | Err(CheckError::Inventory(InventoryError::NotGiven { .. })) => Ok(reason),
        Err(error) => Err(error),
    }
}

/// How the claims of a pod can be mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimMode {
    /// At least one only by a single node or pod.
    Single,
    /// All that exist by many nodes, but at least one is missing.
    Missing,
    /// All by many nodes.
    Shared,
}

/// A claim that a single node or pod can mount.
pub struct SingleClaim<'a> {
    /// The place of its name in the pod.
    pub place: Node<'a>,
    /// The claim.
    pub found: Found,
    /// Whether it is for a single pod, not for all pods of one node.
    pub one_pod: bool,
}

/// The first claim of the checked object's pod that a single node or pod can mount, if it has one.
///
/// # Errors
/// When a field has the wrong type, or claims can't be looked up.
pub fn single_claim<'a>(cx: &Context<'a>, pod: &Pod<'a>) -> Result<Option<SingleClaim<'a>>, CheckError> {
    let mut unknown = None;
    for volume in volumes(pod)? {
        let place = volume.source("persistentVolumeClaim")?.get("claimName");
        let Some(name) = place.str()? else { continue };
        let found = match claim(cx, name) {
            Err(error @ InventoryError::NotGiven { .. }) => {
                unknown = Some(error);
                continue;
            }
            answer => answer?,
        };
        let Some(found) = found else { continue };
        if let Some(one_pod) = single(cx, &found)? {
            return Ok(Some(SingleClaim { place, found, one_pod }));
        }
    }
    unknown.map_or(Ok(None), |error| Err(error.into()))
}

fn claim(cx: &Context<'_>, name: &str) -> Result<Option<Found>, InventoryError> {
    let claims = cx.list(&kinds::PERSISTENT_VOLUME_CLAIM, Filter::Named(name))?;
    Ok(claims.into_iter().find(|found| found.name() == name))
}

/// Whether a claim is for a single pod only; `None` when many nodes can mount it, or it doesn't say.
fn single(cx: &Context<'_>, found: &Found) -> Result<Option<bool>, InventoryError> {
    let modes = cx.node(found).get("spec").get("accessModes").items();
    let (mut single, mut one_pod, mut shared) = (false, false, false);
    for mode in modes.map_err(|malformed| found.unreadable(&malformed))? {
        match mode.str().map_err(|malformed| found.unreadable(&malformed))? {
            Some("ReadWriteOnce") => single = true,
            Some("ReadWriteOncePod") => one_pod = true,
            Some("ReadWriteMany") => shared = true,
            _ => {}
        }
    }
    Ok(((single || one_pod) && !shared).then_some(one_pod && !single))
}

/// How the claims of the checked object's pod can be mounted; `None` without claims.
///
/// # Errors
/// When a field has the wrong type, or claims can't be looked up.
pub fn claim_mode(cx: &Context<'_>, pod: &Pod<'_>) -> Result<Option<ClaimMode>, CheckError> {
    let mut mode = None;
    for volume in volumes(pod)? {
        let Some(name) = volume.source("persistentVolumeClaim")?.get("claimName").str()? else { continue };
        let Some(found) = claim(cx, name)? else {
            mode = Some(ClaimMode::Missing);
            continue;
        };
        if single(cx, &found)?.is_some() {
            return Ok(Some(ClaimMode::Single));
        }
        mode = mode.or(Some(ClaimMode::Shared));
    }
    Ok(mode)
}
