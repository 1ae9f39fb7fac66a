//! The ServiceAccount of the checked object's pod.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::kinds;
use crate::kube::service_account::{AccountName, grants};
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

    /// True when a RoleBinding or ClusterRoleBinding grants the account rights. Bindings are unknown at admission.
    ///
    /// # Errors
    /// When they can't be looked up.
    pub fn has_rights(&self, cx: &Context<'_>) -> Result<bool, InventoryError> {
        for kind in [&kinds::ROLE_BINDING, &kinds::CLUSTER_ROLE_BINDING] {
            let bindings = cx.list_optional_everywhere(kind, Filter::Granting(self.name))?;
            if bindings.iter().any(|found| grants(cx.node(found), self.name, cx.stated_namespace())) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
