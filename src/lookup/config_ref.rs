//! ConfigMaps and Secrets around the checked object.

use crate::inventory::{Found, InventoryError, Narrow};
use crate::kube::kinds::Kind;
use crate::policy::context::Context;

/// The ConfigMap or Secret of that name in the judged object's namespace.
///
/// # Errors
/// When it can't be had.
pub fn named(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Option<Found>, InventoryError> {
    Ok(cx.list(kind, Narrow::Named(name))?.into_iter().find(|found| found.name() == name))
}
