//! Services around the checked object, and the workloads that they select.

use crate::inventory::{Filter, Found, InventoryError};
use crate::json::node::Node;
use crate::kube::flagger::creates_pods_for;
use crate::kube::kinds::{self, Kind};
use crate::kube::owner::is_made_by_workload;
use crate::kube::pod::Pod;
use crate::kube::selector::{Labels, Selector};
use crate::kube::service::Service;
use crate::lookup::reference::{Missing, any_canary};
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Related;

impl Service<'_> {
    /// A reference to a place in it.
    pub fn related(&self, place: Node<'_>, message: impl Into<String>) -> Related {
        Related::to(&kinds::SERVICE, place, self.object, message)
    }
}

/// How messages name an object that was looked up: `Deployment "web"`.
pub fn title(found: &Found) -> String {
    [found.kind.name, " \"", found.name(), "\""].concat()
}

/// The kinds that policies about Services look up in a cluster, and list among their `needs`.
pub const LOOKED_UP: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET];

/// The kinds that are only looked up among files. In a cluster their pods are looked up.
const AMONG_FILES: &[&Kind] = &[
    &kinds::ROLLOUT,
    &kinds::CLONE_SET,
    &kinds::DEPLOYMENT_CONFIG,
    &kinds::REPLICA_SET,
    &kinds::REPLICATION_CONTROLLER,
    &kinds::JOB,
    &kinds::CRON_JOB,
    &kinds::POD,
];

/// Everything in the checked object's namespace whose pods `selector` selects: Deployments, StatefulSets and
/// DaemonSets, and among files every other kind that creates pods. With `running`, Pods are looked up in a cluster if
/// nothing else matches: only then, because they are many and change all the time.
///
/// # Errors
/// When they can't be looked up; among files also when nothing is selected and no workload was given at all.
pub fn selected_by(cx: &Context<'_>, selector: &Selector<'_>, running: bool) -> Result<Vec<Found>, InventoryError> {
    let mut selected = Vec::new();
    let mut not_given = Vec::new();
    for kind in LOOKED_UP {
        match cx.list(kind, Filter::SelectedBy(selector)) {
            Ok(found) => selected.extend(found),
            Err(error @ InventoryError::NotGiven { .. }) => not_given.push(error),
            Err(error) => return Err(error),
        }
    }
    for kind in AMONG_FILES {
        selected.extend(cx.list_optional(kind, Filter::SelectedBy(selector))?);
    }
    selected.retain(|found| {
        let object = found.root(cx.arena());
        let labels = object.dig(found.kind.template.unwrap_or_default()).get("metadata");
        // Objects that a Deployment or CronJob created are covered by it.
        (*found.kind == kinds::POD || !is_made_by_workload(object)) && selector.matches(Labels::of(labels))
    });
    if selected.is_empty() && running && !cx.is_batch() {
        selected = cx.list(&kinds::POD, Filter::SelectedBy(selector))?;
        selected.retain(|found| selector.matches(Labels::of(found.root(cx.arena()).get("metadata"))));
    }
    // If one kind of workload was given, all kinds are taken as given.
    let nothing = selected.is_empty() && not_given.len() == LOOKED_UP.len();
    match not_given.into_iter().next() {
        Some(error) if nothing => Err(error),
        _ => Ok(selected),
    }
}

/// The finding for a selector that selects no pod and no pod template in the checked object's namespace; `None` when it
/// selects one, or everything, or pods that Flagger creates, or if a tool has yet to fill in its values.
///
/// # Errors
/// As for [`selected_by`]; also when the pods may come from objects that were not given.
pub fn without_pods(cx: &Context<'_>, selector: &Selector<'_>) -> Result<Option<Missing>, InventoryError> {
    if selector.is_empty() || !selected_by(cx, selector, true)?.is_empty() {
        return Ok(None);
    }
    if selector.is_template() || creates_pods_for(selector) && any_canary(cx, |_| true)? {
        return Ok(None);
    }
    Missing::of(cx, LOOKED_UP).map(Some)
}

/// The pod of a looked-up object.
///
/// # Errors
/// When it can't be read.
pub fn pod_of<'f>(cx: &'f Context<'_>, found: &'f Found) -> Result<Option<Pod<'f>>, InventoryError> {
    Pod::of(found.root(cx.arena()), found.kind).map_err(|malformed| found.unreadable(&malformed))
}

/// The Services in the checked object's namespace that select pods with these labels.
///
/// # Errors
/// When they can't be looked up or read.
pub fn services_for(cx: &Context<'_>, labels: Labels<'_>) -> Result<Vec<Found>, CheckError> {
    let mut services = Vec::new();
    for found in cx.list(&kinds::SERVICE, Filter::Selecting(labels))? {
        let service = Service::read(found.root(cx.arena())).map_err(|malformed| found.unreadable(&malformed))?;
        if service.selector.is_some_and(|selector| selector.matches(labels)) {
            services.push(found);
        }
    }
    Ok(services)
}
