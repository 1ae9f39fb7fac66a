//! The ServiceAccount of the checked object's pod.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::kinds;
use crate::kube::service_account::AccountName;
use crate::policy::context::Context;

impl AccountName<'_> {
    /// The account in the checked object's namespace, if it exists.
    ///
    /// # Errors
    /// When it can't be looked up.
    pub fn look_up(&self, cx: &Context<'_>) -> Result<Option<Found>, InventoryError> {
        let found = cx.list(&kinds::SERVICE_ACCOUNT, Filter::Named(self.name))?;
        Ok(found.into_iter().find(|found| found.name() == self.name))
    }
}
