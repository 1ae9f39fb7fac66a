//! Workloads related to the checked object.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::kinds::{self, Kind};
use crate::kube::selector::Selector;
use crate::kube::workload::{LOOKED_UP, REPLICATED, Workload, referred_deployment};
use crate::policy::context::Context;

/// The workloads in the checked object's namespace whose pods `selector` selects.
///
/// # Errors
/// When they can't be looked up; among files also when none is selected and not every kind was given.
pub fn selected_by(cx: &Context<'_>, selector: &Selector<'_>) -> Result<Vec<Found>, InventoryError> {
    let mut selected = Vec::new();
    let mut not_given = None;
    for &kind in REPLICATED {
        let filter = Filter::SelectedBy(selector);
        let answer = if LOOKED_UP.contains(&kind) { cx.list(kind, filter) } else { cx.list_optional(kind, filter) };
        match answer {
            Ok(found) => selected.extend(found.into_iter().filter(|found| {
                Workload::of(found.root(cx.arena()), kind).is_some_and(|found| selector.matches(found.labels()))
            })),
            Err(error @ InventoryError::NotGiven { .. }) => not_given = not_given.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    // One selected workload is enough: a service is not spread over several kinds of which only some are given.
    match not_given {
        Some(error) if selected.is_empty() => Err(error),
        _ => Ok(selected),
    }
}

/// The workload of this kind and name in the checked object's namespace, if it is one of [`REPLICATED`] and exists.
///
/// # Errors
/// When it can't be looked up.
pub fn named(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Option<Found>, InventoryError> {
    if !REPLICATED.contains(&kind) {
        return Ok(None);
    }
    let filter = Filter::Named(name);
    let found = if LOOKED_UP.contains(&kind) { cx.list(kind, filter)? } else { cx.list_optional(kind, filter)? };
    Ok(found.into_iter().find(|found| found.name() == name))
}

/// The Rollout that runs a Deployment's pods instead of the Deployment: it refers to it by its `workloadRef`.
///
/// # Errors
/// When it can't be looked up.
pub fn rollout_of(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Option<Found>, InventoryError> {
    if *workload.kind() != kinds::DEPLOYMENT {
        return Ok(None);
    }
    let found = cx.list_optional(&kinds::ROLLOUT, Filter::Scaling(&kinds::DEPLOYMENT, workload.name()))?;
    Ok(found.into_iter().find(|found| referred_deployment(cx.node(found)) == Some(workload.name())))
}

/// True for a checked Deployment whose pods a Rollout runs: then its own strategy, deadline and replicas are unused.
///
/// # Errors
/// When Rollouts can't be looked up.
pub fn is_run_by_rollout(cx: &Context<'_>) -> Result<bool, InventoryError> {
    match Workload::of(cx.object(), cx.kind()) {
        Some(workload) => Ok(rollout_of(cx, &workload)?.is_some()),
        None => Ok(false),
    }
}

/// The object with the pod template of `found`: for a Rollout with a `workloadRef` the Deployment, if it is known.
///
/// # Errors
/// When it can't be looked up.
pub fn with_template(cx: &Context<'_>, found: Found) -> Result<Found, InventoryError> {
    if *found.kind != kinds::ROLLOUT {
        return Ok(found);
    }
    let deployment = match referred_deployment(cx.node(&found)) {
        Some(name) => match cx.list(&kinds::DEPLOYMENT, Filter::Named(name)) {
            Err(InventoryError::NotGiven { .. }) => None,
            answer => answer?.into_iter().find(|deployment| deployment.name() == name),
        },
        None => None,
    };
    Ok(deployment.unwrap_or(found))
}
