//! NetworkPolicies around the checked object, and the pods that they select.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::kinds::{self, Kind};
use crate::kube::network_policy::pod_selector;
use crate::kube::selector::{Labels, Selector};
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

/// The kinds that policies about selected pods look up in a cluster, and list among their `needs`. Pods come last: there are many, and most belong to one of the others.
pub static POD_SOURCES: &[&Kind] =
    &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::CRON_JOB, &kinds::POD];

/// The kinds that show what a namespace deploys.
pub static WORKLOADS: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET];

/// The other kinds that create pods. In a cluster their Pods are found.
static ONLY_IN_FILES: &[&Kind] = &[
    &kinds::ROLLOUT,
    &kinds::CLONE_SET,
    &kinds::DEPLOYMENT_CONFIG,
    &kinds::JOB,
    &kinds::REPLICA_SET,
    &kinds::REPLICATION_CONTROLLER,
];

/// True when a pod or pod template of the checked object's namespace is selected.
///
/// # Errors
/// When they can't be looked up.
pub fn selects_any(cx: &Context<'_>, selector: &Selector<'_>) -> Result<bool, InventoryError> {
    let mut not_given = None;
    let looked_up = POD_SOURCES.iter().map(|kind| (kind, true));
    for (&kind, must_be_known) in ONLY_IN_FILES.iter().map(|kind| (kind, false)).chain(looked_up) {
        let filter = Filter::SelectedBy(selector);
        let answer = if must_be_known { cx.list(kind, filter) } else { cx.list_optional(kind, filter) };
        match answer {
            Ok(found) => {
                let template = kind.template.unwrap_or_default();
                let selected = found
                    .iter()
                    .any(|found| selector.matches(Labels::of(cx.node(found).dig(template).get("metadata"))));
                if selected {
                    return Ok(true);
                }
            }
            // The selected pods may belong to another kind.
            Err(error @ InventoryError::NotGiven { .. }) => not_given = not_given.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    not_given.map_or(Ok(false), Err)
}
