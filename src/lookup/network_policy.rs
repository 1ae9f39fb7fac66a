//! NetworkPolicies around the checked object.

use crate::inventory::{Filter, Found};
use crate::kube::kinds;
use crate::kube::network_policy::pod_selector;
use crate::kube::selector::Labels;
use crate::policy::context::Context;
use crate::policy::error::CheckError;

/// The policies in the checked object's namespace that select pods with these labels.
///
/// # Errors
/// When they can't be looked up or read.
pub fn policies_for(cx: &Context<'_>, labels: Labels<'_>) -> Result<Vec<Found>, CheckError> {
    let mut policies = Vec::new();
    for found in cx.list(&kinds::NETWORK_POLICY, Filter::Selecting(labels))? {
        let selector = pod_selector(found.root(cx.arena())).map_err(|malformed| found.unreadable(&malformed))?;
        if selector.matches(labels) {
            policies.push(found);
        }
    }
    Ok(policies)
}
