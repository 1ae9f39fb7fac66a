//! LimitRanges around the checked object.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::kinds;
use crate::kube::limit_range::Limits;
use crate::kube::quantity::Quantity;
use crate::policy::context::Context;

/// The given LimitRanges in the checked object's namespace.
pub struct LimitRanges(Vec<Found>);

impl LimitRanges {
    /// Looks them up, if the inventory knows kinds beyond the policy's `needs`.
    ///
    /// # Errors
    /// When they can't be looked up.
    pub fn of(cx: &Context<'_>) -> Result<LimitRanges, InventoryError> {
        Ok(LimitRanges(cx.list_optional(&kinds::LIMIT_RANGE, Filter::All)?))
    }

    fn find(&self, cx: &Context<'_>, read: impl Fn(Limits<'_>) -> Option<Quantity>) -> Option<Quantity> {
        self.0.iter().find_map(|found| Limits::all(cx.node(found)).find_map(&read))
    }

    /// The request that containers without one get.
    pub fn default_request(&self, cx: &Context<'_>, resource: &str) -> Option<Quantity> {
        self.find(cx, |limits| limits.default_request(resource))
    }

    /// The limit that containers without one get.
    pub fn default_limit(&self, cx: &Context<'_>, resource: &str) -> Option<Quantity> {
        self.find(cx, |limits| limits.default_limit(resource))
    }

    /// True when they set a request for one of these resources.
    pub fn sets_any(&self, cx: &Context<'_>, resources: &[&str]) -> bool {
        resources.iter().any(|resource| self.default_request(cx, resource).is_some())
    }

    /// True when each of them accepts a container with this amount.
    pub fn accept(&self, cx: &Context<'_>, resource: &str, amount: Quantity) -> bool {
        self.0.iter().all(|found| Limits::all(cx.node(found)).all(|limits| limits.accept(resource, amount)))
    }
}
