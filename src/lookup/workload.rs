//! Workloads related to the checked object.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::kinds::Kind;
use crate::kube::selector::Selector;
use crate::kube::workload::{LOOKED_UP, REPLICATED, Workload};
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
    // A workload that is selected is enough: nobody splits one service over several kinds and submits half of it.
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
