//! What Flagger creates for its Canaries.

use crate::inventory::{Filter, InventoryError};
use crate::kube::kinds::{self, Kind};
use crate::kube::workload::Workload;
use crate::policy::context::Context;

/// True when a Canary among the files targets the workload. Flagger then scales the workload to zero between rollouts, and
/// runs its pods in a copy that is called `<name>-primary`.
///
/// # Errors
/// If Canaries can't be looked up.
pub fn has_canary(cx: &Context<'_>, workload: &Workload<'_>) -> Result<bool, InventoryError> {
    is_canary_target(cx, workload.kind(), workload.name())
}

/// True for the name of a copy that Flagger creates for a Canary among the files.
///
/// # Errors
/// If Canaries can't be looked up.
pub fn is_primary(cx: &Context<'_>, kind: &Kind, name: &str) -> Result<bool, InventoryError> {
    match name.strip_suffix("-primary") {
        Some(original) => is_canary_target(cx, kind, original),
        None => Ok(false),
    }
}

fn is_canary_target(cx: &Context<'_>, kind: &Kind, name: &str) -> Result<bool, InventoryError> {
    let canaries = cx.list_optional(&kinds::CANARY, Filter::All)?;
    Ok(canaries.iter().any(|found| {
        let target = found.root(cx.arena()).get("spec").get("targetRef");
        target.get("kind").str() == Ok(Some(kind.name)) && target.get("name").str() == Ok(Some(name))
    }))
}
