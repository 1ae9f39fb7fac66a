//! Checks one object with any number of policies.

use serde_json::Value;

use crate::inventory::Inventory;
use crate::json::node::{Node, PathArena};
use crate::kube::kinds::{self, Kind};
use crate::kube::owner::controller;
use crate::kube::{object, pod};
use crate::policy::common::{Controlled, OnUpdate};
use crate::policy::configured::Configured;
use crate::policy::context::{Context, Operation, Target};
use crate::policy::error::CheckError;
use crate::policy::exemption::Candidate;
use crate::policy::finding::{Finding, Findings};
use crate::policy::metadata::Metadata;
use crate::settings::Date;

/// An object to check, and what is known about its context.
pub struct Review<'a> {
    /// The object.
    pub object: &'a Value,
    /// The object before an UPDATE.
    pub old_object: Option<&'a Value>,
    /// The operation.
    pub operation: Operation,
    /// The namespace of the request, since the object may not name its own.
    pub namespace: Option<&'a str>,
    /// The `apiVersion` in which the object was sent, if the API server converted it.
    pub sent_as: Option<&'a str>,
    /// The user who sent the request; `None` for files and in the background audit.
    pub requested_by: Option<&'a str>,
    /// The other objects.
    pub inventory: &'a dyn Inventory,
    /// Today, for exemptions that expire.
    pub today: Date,
    /// Whether annotations exempt findings, unless settings decide that.
    pub honor_annotations: bool,
}

impl<'a> Review<'a> {
    /// A new object, from a file or a cluster.
    pub fn create(object: &'a Value, inventory: &'a dyn Inventory, today: Date) -> Review<'a> {
        Review {
            object,
            old_object: None,
            operation: Operation::Create,
            namespace: None,
            sent_as: None,
            requested_by: None,
            inventory,
            today,
            honor_annotations: false,
        }
    }
}

/// The result of checking one object.
#[derive(Debug, Default)]
pub struct Report {
    /// The violations.
    pub findings: Vec<Finding>,
    /// The violations that are exempt.
    pub suppressed: Vec<Suppressed>,
    /// The policies that could not check the object.
    pub errors: Vec<Unchecked>,
}

/// A finding that is exempt.
#[derive(Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// What exempts it.
    pub suppression: Suppression,
}

/// What exempts a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suppression {
    /// The entry of the policy's `exempt` setting at this position.
    Exemption(usize),
    /// An annotation of the object or its pod template, with its reason.
    Annotation(String),
}

/// A policy that could not check the object.
#[derive(Debug)]
pub struct Unchecked {
    /// The policy.
    pub metadata: &'static Metadata,
    /// Why not.
    pub error: CheckError,
}

/// Checks the object with all policies that target its kind. If it has several pod templates, checks each of them.
pub fn evaluate(policies: &[Configured], review: &Review<'_>) -> Report {
    let Some(kind) = kind_of_target(policies, review.object) else { return Report::default() };
    let mut report = evaluate_template(policies, review, kind, 0);
    for index in 1..pod::count_templates(Node::root(review.object, &PathArena::new()), kind) {
        let more = evaluate_template(policies, review, kind, index);
        let is_known = |finding: &Finding, known: &Finding| {
            finding.metadata.id == known.metadata.id && finding.path == known.path && finding.message == known.message
        };
        for finding in more.findings {
            if !report.findings.iter().any(|known| is_known(&finding, known)) {
                report.findings.push(finding);
            }
        }
        for suppressed in more.suppressed {
            if !report.suppressed.iter().any(|known| is_known(&suppressed.finding, &known.finding)) {
                report.suppressed.push(suppressed);
            }
        }
        report.errors.extend(more.errors);
    }
    report
}

/// Does with findings of another kind of check what [`evaluate`] does with those of a policy: its severity and exemptions
/// count. The object may be of any kind.
#[cfg(feature = "files")]
pub fn evaluate_outside(policy: &Configured, review: &Review<'_>, findings: Vec<Finding>) -> Report {
    let mut report = Report::default();
    if object::text(review.object, &["metadata", "deletionTimestamp"]).is_some() {
        return report;
    }
    let arena = PathArena::new();
    // An unknown kind has no pod that could be exempt.
    let kind = Kind::of(review.object).unwrap_or(&kinds::NAMESPACE);
    let namespace = namespace_of(review.object, review.namespace);
    let target = Target::new(review.object, kind, namespace, review.operation, review.inventory, &arena);
    let annotated = is_annotated(&target) && policy.common.honor_annotations.unwrap_or(review.honor_annotations);
    for mut finding in findings {
        finding.severity = policy.common.severity.unwrap_or(finding.severity);
        if finding.severity < policy.common.min_severity {
            continue;
        }
        match suppression(policy, review, &target, annotated, &finding) {
            None => report.findings.push(finding),
            Some(suppression) => report.suppressed.push(Suppressed { finding, suppression }),
        }
    }
    report
}

/// Drops what doesn't apply to templates that are not a whole pod spec: Knative supports few of its fields, and Argo's
/// templates are containers with parameters for values and pod settings elsewhere.
fn adapt(kind: &Kind, findings: &mut Vec<Finding>, error: &mut Option<CheckError>) {
    let is_workflow = kinds::is_workflow(kind);
    if is_workflow {
        findings.retain(|finding| finding.container.is_some());
        error.take_if(|error| matches!(error, CheckError::Malformed(_)));
    }
    if is_workflow || kinds::is_knative_service(kind) {
        for finding in findings {
            if let Some(fix) = finding.fix.take() {
                finding.help.get_or_insert(fix.title);
            }
        }
    }
}

fn evaluate_template(policies: &[Configured], review: &Review<'_>, kind: &'static Kind, template: usize) -> Report {
    let mut report = Report::default();
    let old_object = review.old_object.filter(|_| review.operation == Operation::Update);
    // An object under deletion only loses its finalizers: denying that would keep it forever. Only the API server sets the time:
    // what a new object says is ignored.
    if old_object.is_some_and(|old| object::text(old, &["metadata", "deletionTimestamp"]).is_some()) {
        return report;
    }
    let arena = PathArena::new();
    let namespace = namespace_of(review.object, review.namespace);
    let mut target = Target::new(review.object, kind, namespace, review.operation, review.inventory, &arena);
    target.sent_as = review.sent_as;
    target.take_template(template);
    let old_arena;
    let old = match old_object {
        Some(old) => {
            old_arena = PathArena::new();
            let mut old = Target::new(old, kind, namespace, review.operation, review.inventory, &old_arena);
            old.take_template(template);
            Some(old)
        }
        None => None,
    };

    let annotated = is_annotated(&target);
    let checkpoint = arena.checkpoint();
    let owner = review.requested_by.and_then(|_| controller(target.object));
    for policy in policies.iter().filter(|policy| checks(policy, kind)) {
        if owner.is_some_and(|owner| passes(policy, review, owner)) {
            continue;
        }
        // The steps of the previous policy are in its findings or not needed any more.
        arena.rewind_to(checkpoint);
        let honors_annotations = policy.common.honor_annotations.unwrap_or(review.honor_annotations);
        let spares_containers = spares_containers(policy, review, &target, annotated && honors_annotations);
        let (mut findings, error) = run(policy, &target, honors_annotations, spares_containers);
        report.errors.extend(error.map(|error| Unchecked { metadata: policy.metadata, error }));
        findings.retain(|finding| finding.severity >= policy.common.min_severity);
        if let Some(old) = &old
            && !findings.is_empty()
            && (policy.common.on_update == OnUpdate::New || controller(old.object).is_some())
        {
            let scales = review.old_object.is_some_and(|old| only_scales(old, review.object));
            forget(&mut findings, already(policy, review, old, honors_annotations), scales);
        }
        for finding in findings {
            match suppression(policy, review, &target, annotated && honors_annotations, &finding) {
                None => report.findings.push(finding),
                Some(suppression) => report.suppressed.push(Suppressed { finding, suppression }),
            }
        }
    }
    report
}

/// The kind of the object, if any of the policies checks it. Searches only their targets: the table of all kinds would
/// be too big for a module.
fn kind_of_target(policies: &[Configured], object: &Value) -> Option<&'static Kind> {
    let api_version = object::text(object, &["apiVersion"])?;
    let name = object::text(object, &["kind"])?;
    policies.iter().flat_map(|policy| policy.metadata.targets).copied().find(|kind| kind.reads(api_version, name))
}

fn checks(policy: &Configured, kind: &'static Kind) -> bool {
    policy.metadata.targets.contains(&kind)
}

fn run(
    policy: &Configured,
    target: &Target<'_>,
    honors_annotations: bool,
    spares_containers: bool,
) -> (Vec<Finding>, Option<CheckError>) {
    let kubernetes = policy.common.kubernetes_version;
    let context = Context { target, kubernetes, honors_annotations, spares_containers };
    let mut findings = Findings::new(policy.metadata);
    let mut error = policy.check(&context, &mut findings).err();
    let mut findings = findings.into_vec();
    adapt(target.kind, &mut findings, &mut error);
    if let Some(severity) = policy.common.severity {
        for finding in &mut findings {
            let milder = finding.severity < policy.metadata.severity;
            finding.severity = if milder { finding.severity.min(severity) } else { severity };
        }
    }
    (findings, error)
}

/// True for a request of a controller if the policy checks the object's owner. The owner reference alone proves
/// nothing: anybody can write one.
fn passes(policy: &Configured, review: &Review<'_>, owner: Node<'_>) -> bool {
    let common = &policy.common;
    let text = |key| owner.get(key).str().ok().flatten().unwrap_or_default();
    common.controlled == Controlled::Pass
        && review.requested_by.is_some_and(|user| common.controllers.iter().any(|controller| controller == user))
        && policy.admission_targets.iter().any(|kind| kind.is(text("apiVersion"), text("kind")))
}

/// The findings that the old object already had. Exempt ones are not included: an update that removes the exemption
/// must not pass.
fn already(policy: &Configured, review: &Review<'_>, old: &Target<'_>, honors_annotations: bool) -> Vec<Finding> {
    let Some(object) = review.old_object else { return Vec::new() };
    let review = Review { object, ..*review };
    let annotated = honors_annotations && is_annotated(old);
    let spares_containers = spares_containers(policy, &review, old, annotated);
    let (mut findings, _) = run(policy, old, honors_annotations, spares_containers);
    findings.retain(|finding| suppression(policy, &review, old, annotated, finding).is_none());
    findings
}

/// Drops the findings that the old object had. Compares their messages but for amounts, or what else they are recognised by,
/// not their paths: an added container shifts the others. When an object only `scales`, nothing shifts, but messages name another number of pods.
fn forget(findings: &mut Vec<Finding>, mut already: Vec<Finding>, scales: bool) {
    findings.retain(|finding| {
        let is_same = |old: &Finding| {
            let scaled = scales && old.path == finding.path && old.severity >= finding.severity;
            let recognised = match (&old.recognised_by, &finding.recognised_by) {
                (Some(old), Some(new)) => old == new,
                _ => without_amounts(&old.message) == without_amounts(&finding.message),
            };
            let same = old.message == finding.message || recognised && old.severity >= finding.severity;
            old.container == finding.container && (scaled || same)
        };
        let known = already.iter().position(is_same);
        match known {
            Some(position) => {
                already.swap_remove(position);
                false
            }
            None => true,
        }
    });
}

/// The message without the numbers that words begin with: "keeps 1 of 4 pods" and "keeps 1 of 5 pods" are alike. Addresses and
/// versions are no amounts.
fn without_amounts(message: &str) -> Vec<u8> {
    let (mut kept, mut number) = (Vec::new(), Vec::new());
    let mut begins = true;
    for byte in message.bytes() {
        match byte {
            b'0'..=b'9' if begins => {
                number.push(byte);
                continue;
            }
            b'.' | b':' => kept.append(&mut number),
            _ => number.clear(),
        }
        kept.push(byte);
        begins = byte == b' ';
    }
    kept
}

/// True when the two differ in nothing but their number of pods.
fn only_scales(old: &Value, new: &Value) -> bool {
    let (Some(Value::Object(old)), Some(Value::Object(new))) = (old.get("spec"), new.get("spec")) else { return false };
    let is_other = |(key, _): &(&String, &Value)| *key != "replicas";
    old.iter().filter(is_other).eq(new.iter().filter(is_other))
}

fn suppression(
    policy: &Configured,
    review: &Review<'_>,
    target: &Target<'_>,
    annotated: bool,
    finding: &Finding,
) -> Option<Suppression> {
    if !policy.common.exempt.is_empty() {
        let container = finding.container.as_deref();
        let image = finding.image.as_deref().or_else(|| container.and_then(|name| image_of(target, name)));
        if let Some(position) = exemption(policy, review, target, container, image) {
            return Some(Suppression::Exemption(position));
        }
    }
    if annotated { annotation(target, finding).map(Suppression::Annotation) } else { None }
}

/// The first exemption that covers this container and image.
fn exemption(
    policy: &Configured,
    review: &Review<'_>,
    target: &Target<'_>,
    container: Option<&str>,
    image: Option<&str>,
) -> Option<usize> {
    let namespace = target.namespace.unwrap_or(object::DEFAULT_NAMESPACE);
    let candidate = Candidate { object: review.object, namespace, container, image };
    policy.common.exempt.iter().position(|entry| entry.is_current(review.today) && entry.exempts(&candidate))
}

/// True when at least one container of the pod is exempt.
fn spares_containers(policy: &Configured, review: &Review<'_>, target: &Target<'_>, annotated: bool) -> bool {
    if policy.common.exempt.is_empty() && !annotated {
        return false;
    }
    let Ok(Some(pod)) = &target.pod else { return false };
    let has_annotation = |container: &str| {
        let mut keys = policy.metadata.ids().map(|id| ignore_key(id, Some(container)));
        annotated && keys.any(|key| annotations(target).any(|annotations| annotations.entry(&key).exists()))
    };
    pod.containers().iter().any(|container| {
        let image = container.image().ok().flatten();
        exemption(policy, review, target, Some(container.name()), image).is_some() || has_annotation(container.name())
    })
}

fn image_of<'a>(target: &Target<'a>, container: &str) -> Option<&'a str> {
    let pod = target.pod.as_ref().ok()?.as_ref()?;
    pod.containers().iter().find(|known| known.name() == container)?.image().ok()?
}

/// The prefix of the annotations that exempt findings; the policy's id follows, and optionally a container's name.
pub const IGNORE_PREFIX: &str = "plimsoll.dev/ignore.";

/// The annotation that exempts an object from a policy, or one of its containers. Its name is cut after 63 characters, the
/// maximum.
pub fn ignore_key(policy: &str, container: Option<&str>) -> String {
    let mut key = [IGNORE_PREFIX, policy].concat();
    if let Some(container) = container {
        key.push('.');
        key.push_str(container);
        let end = IGNORE_DOMAIN + 63;
        let fitting = key.char_indices().take_while(|(at, character)| at + character.len_utf8() <= end).count();
        key = key.chars().take(fitting).collect();
        key.truncate(key.trim_end_matches(['-', '.']).len());
    }
    key
}

/// The length of the domain in [`IGNORE_PREFIX`].
const IGNORE_DOMAIN: usize = "plimsoll.dev/".len();

/// The places of annotations that exempt findings: the object, its pod template, and the Job template of a CronJob.
fn annotations<'a>(target: &Target<'a>) -> impl Iterator<Item = Node<'a>> {
    let pod = target.pod.as_ref().ok().and_then(Option::as_ref);
    let jobs = target.object.get("spec").get("jobTemplate").get("metadata");
    let places = [Some(target.object.get("metadata")), pod.map(|pod| pod.metadata()), Some(jobs)];
    places.into_iter().flatten().map(|metadata| metadata.get("annotations"))
}

/// Whether any annotation there may exempt a finding: rare, so checked once for all findings.
fn is_annotated(target: &Target<'_>) -> bool {
    annotations(target)
        .filter_map(|annotations| annotations.value()?.as_object())
        .any(|annotations| annotations.keys().any(|key| key.starts_with(IGNORE_PREFIX)))
}

fn annotation(target: &Target<'_>, finding: &Finding) -> Option<String> {
    for annotations in annotations(target) {
        for id in finding.metadata.ids() {
            for container in [None, finding.container.as_deref()] {
                let reason = annotations.entry(&ignore_key(id, container)).str().ok().flatten();
                // An empty reason exempts nothing, because nobody could review it.
                if let Some(reason) = reason.filter(|reason| !reason.trim_ascii().is_empty()) {
                    return Some(reason.to_owned());
                }
            }
        }
    }
    None
}

fn namespace_of<'a>(object: &'a Value, given: Option<&'a str>) -> Option<&'a str> {
    let given = given.filter(|namespace| !namespace.is_empty());
    object::text(object, &["metadata", "namespace"]).or(given)
}
