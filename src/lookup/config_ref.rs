//! ConfigMaps and Secrets around the checked object.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::kinds::Kind;
use crate::policy::context::Context;

/// The ConfigMap or Secret of that name in the checked object's namespace.
///
/// # Errors
/// When it can't be looked up.
pub fn named(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Option<Found>, InventoryError> {
    Ok(cx.list(kind, Filter::Named(name))?.into_iter().find(|found| found.name() == name))
}
