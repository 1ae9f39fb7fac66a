//! What the policies report on the objects that a cluster has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll::engine::consequence::{Consequence, consequence};
use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::inventory::{self, Inventory, InventoryError, Query};
use plimsoll::json::node::{Node, PathArena};
use plimsoll::kube::kinds::{self, Kind};
use plimsoll::kube::object;
use plimsoll::kube::owner::controller;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Operation;
use plimsoll::policy::metadata::Severity;
use plimsoll_kubewarden::{Shipped, checked, look_ups};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::args::Doctor;
use crate::cluster::api::{Answer, Api};
use crate::today::today;

/// How many objects a policy is shown with.
const EXAMPLES: usize = 3;

/// What the policies report on the objects that are there.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Objects {
    /// How many objects were checked.
    pub(super) checked: usize,
    /// In how many namespaces.
    pub(super) namespaces: usize,
    /// How many of them would be rejected as new objects, if every policy denied.
    pub(super) rejected: usize,
    /// How many have findings, but were created by a controller of the control plane: they pass, and their owners are checked.
    pub(super) controlled: usize,
    /// The namespaces that were left out.
    pub(super) left_out: Vec<String>,
    /// The policies with findings, those that would reject most objects first.
    pub(super) policies: Vec<Policy>,
    /// The kinds that could not be read.
    pub(super) unread: Vec<Unread>,
    /// The policies that could not check some objects.
    pub(super) unchecked: Vec<Unchecked>,
}

/// A policy, and what it reports.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy {
    /// The policy.
    pub(super) policy: &'static str,
    /// The worst of its findings.
    pub(super) severity: &'static str,
    /// How many objects it would reject as new objects.
    pub(super) rejected: usize,
    /// How many more have findings that reject nothing: notes, and what may still be applied later.
    pub(super) noted: usize,
    /// How many more have findings, but pass: a controller of the control plane created them.
    pub(super) controlled: usize,
    /// How many of the rejected objects are in which namespace.
    pub(super) namespaces: BTreeMap<String, usize>,
    /// Some of the rejected objects.
    pub(super) examples: Vec<String>,
}

/// A kind that could not be read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unread {
    /// The kind.
    pub(super) kind: &'static str,
    /// Why.
    pub(super) reason: String,
}

/// A policy that could not check some objects.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unchecked {
    /// The policy.
    pub(super) policy: &'static str,
    /// How many objects.
    pub(super) objects: usize,
    /// Why the first of them couldn't be checked.
    pub(super) reason: String,
}

/// What is known of a policy so far.
#[derive(Default)]
struct Tally {
    severity: Option<Severity>,
    rejected: usize,
    noted: usize,
    controlled: usize,
    namespaces: BTreeMap<String, usize>,
    examples: Vec<String>,
    errors: usize,
    reason: String,
}

/// Reads the objects that the policies check or look up, and checks them. The error says why the cluster can't be talked to.
pub(super) async fn check(api: &Api, args: &Doctor, policies: &[Configured]) -> Result<Objects, String> {
    let mut report = Objects::default();
    let mut all: Vec<Arc<Value>> = Vec::new();
    let mut unread = Vec::new();
    let (targets, kinds) = kinds_of(policies);
    for kind in kinds {
        match api.all(kind).await? {
            Answer::Objects(objects) => all.extend(objects.into_iter().map(Arc::new)),
            Answer::Forbidden(reason) | Answer::Wrong(reason) => {
                unread.push((kind, reason.clone()));
                report.unread.push(Unread { kind: kind.name, reason });
            }
        }
    }
    let cluster = Cluster { objects: inventory::Objects::cluster(all), unread };
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    let (mut namespaces, mut left_out) = (BTreeSet::new(), BTreeSet::new());
    for object in cluster.objects.iter() {
        let Some(kind) = Kind::of(object).filter(|kind| targets.contains(kind)) else { continue };
        let namespace = if *kind == kinds::NAMESPACE { object::name(object) } else { Some(object::namespace(object)) };
        let namespace = namespace.filter(|_| kind.namespaced || *kind == kinds::NAMESPACE).unwrap_or_default();
        if !is_wanted(args, namespace) {
            left_out.insert(namespace.to_owned());
            continue;
        }
        report.checked += 1;
        namespaces.insert(namespace.to_owned());
        match tally(policies, object, kind, namespace, &cluster, &mut tallies) {
            Outcome::Rejected => report.rejected += 1,
            Outcome::Controlled => report.controlled += 1,
            Outcome::None => {}
        }
    }
    report.namespaces = namespaces.iter().filter(|namespace| !namespace.is_empty()).count();
    // Namespaces that nobody asked for are none that were left out.
    report.left_out = if args.namespaces.is_empty() { left_out.into_iter().collect() } else { Vec::new() };
    for (policy, tally) in tallies {
        if tally.errors > 0 {
            report.unchecked.push(Unchecked { policy, objects: tally.errors, reason: tally.reason });
        }
        if let Some(severity) = tally.severity {
            let Tally { rejected, noted, controlled, namespaces, examples, .. } = tally;
            let severity = severity.name();
            report.policies.push(Policy { policy, severity, rejected, noted, controlled, namespaces, examples });
        }
    }
    report.policies.sort_by_key(|policy| std::cmp::Reverse((policy.rejected, policy.controlled, policy.noted)));
    Ok(report)
}

/// The kinds whose objects are checked, and all kinds to read, without those that a cluster needn't have.
fn kinds_of(policies: &[Configured]) -> (Vec<&'static Kind>, Vec<&'static Kind>) {
    let mut targets = Vec::new();
    let mut kinds = Vec::new();
    for policy in policies {
        let Some(shipped) = Shipped::named(policy.metadata.id) else { continue };
        for kind in checked(shipped).0 {
            if !targets.contains(&kind) {
                targets.push(kind);
            }
        }
        kinds.extend(look_ups(policy.metadata).into_iter().map(|(kind, _)| kind));
    }
    kinds.extend(&targets);
    let mut distinct: Vec<&'static Kind> = Vec::new();
    for kind in kinds {
        if !distinct.contains(&kind) {
            distinct.push(kind);
        }
    }
    (targets, distinct)
}

fn is_wanted(args: &Doctor, namespace: &str) -> bool {
    if args.namespaces.is_empty() {
        // Kubewarden's webhooks don't ask about it.
        return namespace != args.service_account.namespace;
    }
    args.namespaces.iter().any(|wanted| wanted == namespace)
}

/// What an object's findings would lead to.
enum Outcome {
    None,
    Rejected,
    Controlled,
}

fn tally(
    policies: &[Configured],
    object: &Value,
    kind: &'static Kind,
    namespace: &str,
    cluster: &Cluster,
    tallies: &mut BTreeMap<&'static str, Tally>,
) -> Outcome {
    let mut review = Review::create(object, cluster, today());
    // What the API server says of a Namespace.
    review.namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
    let is_asked = |policy: &&Configured| policy.admission_targets.contains(&kind);
    let of = |id: &str| policies.iter().filter(is_asked).find(|policy| policy.metadata.id == id);
    let report = evaluate(policies, &review);
    // As if its controller created it now.
    let user = controller_of(object);
    let still_reported: Option<BTreeSet<&'static str>> = user.as_deref().map(|user| {
        review.requested_by = Some(user);
        evaluate(policies, &review).findings.iter().map(|finding| finding.metadata.id).collect()
    });
    let passes = |id: &str| still_reported.as_ref().is_some_and(|reported| !reported.contains(id));

    let mut by_policy: BTreeMap<&'static str, (Severity, bool)> = BTreeMap::new();
    for finding in &report.findings {
        let Some(policy) = of(finding.metadata.id) else { continue };
        let rejects = consequence(policy, finding, Operation::Create, false) == Consequence::Rejection;
        let entry = by_policy.entry(finding.metadata.id).or_insert((finding.severity, rejects));
        *entry = (entry.0.max(finding.severity), entry.1 || rejects);
    }
    let mut outcome = Outcome::None;
    for (id, (severity, rejects)) in by_policy {
        let tally = tallies.entry(id).or_default();
        tally.severity = tally.severity.max(Some(severity));
        if passes(id) {
            tally.controlled += 1;
            if matches!(outcome, Outcome::None) {
                outcome = Outcome::Controlled;
            }
        } else if rejects {
            tally.rejected += 1;
            *tally.namespaces.entry(namespace.to_owned()).or_default() += 1;
            if tally.examples.len() < EXAMPLES {
                let slash = if namespace.is_empty() { "" } else { "/" };
                let name = object::name(object).unwrap_or_default();
                let place = if *kind == kinds::NAMESPACE { String::new() } else { format!("{namespace}{slash}") };
                tally.examples.push(format!("{} {place}{name}", kind.name));
            }
            outcome = Outcome::Rejected;
        } else {
            tally.noted += 1;
        }
    }
    for error in report.errors.iter().filter(|error| of(error.metadata.id).is_some()) {
        let tally = tallies.entry(error.metadata.id).or_default();
        tally.errors += 1;
        if tally.errors == 1 {
            tally.reason = error.error.to_string();
        }
    }
    outcome
}

/// The user that creates objects for the owner of this one, if that is one of the control plane's controllers.
fn controller_of(object: &Value) -> Option<String> {
    let arena = PathArena::new();
    let owner = controller(Node::root(object, &arena))?;
    let text = |field: &'static str| owner.get(field).str().ok().flatten();
    let name = match (Kind::named(text("apiVersion")?, text("kind")?)?, text("kind")?) {
        (kind, _) if !kind.is_builtin() => return None,
        (_, "Deployment") => "deployment-controller",
        (_, "ReplicaSet") => "replicaset-controller",
        (_, "ReplicationController") => "replication-controller",
        (_, "StatefulSet") => "statefulset-controller",
        (_, "DaemonSet") => "daemon-set-controller",
        (_, "Job") => "job-controller",
        (_, "CronJob") => "cronjob-controller",
        _ => return None,
    };
    Some(format!("system:serviceaccount:kube-system:{name}"))
}

/// The cluster, of which some kinds couldn't be read: their objects may be there.
struct Cluster {
    objects: inventory::Objects,
    unread: Vec<(&'static Kind, String)>,
}

impl Inventory for Cluster {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        match self.unread.iter().find(|(kind, _)| *kind == query.kind) {
            Some((kind, reason)) => Err(InventoryError::Refused { kind: kind.name, reason: reason.clone() }),
            None => self.objects.list(query),
        }
    }
}
