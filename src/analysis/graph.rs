//! What targets what among objects that are given together, and what their numbers come to: how many pods a workload has
//! and who says so, how many of them may be evicted, at what use of a resource an autoscaler adds more.
//!
//! What isn't given doesn't exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::inventory::{Filter, Found, Objects};
use crate::json::node::{Malformed, Node, PathArena};
use crate::kube::autoscaler::Autoscaler;
use crate::kube::budget::Budget;
use crate::kube::ingress::backends;
use crate::kube::kinds::{self, Kind, POD_KINDS};
use crate::kube::metric::utilizations;
use crate::kube::object;
use crate::kube::owner::is_controlled;
use crate::kube::pod::Pod;
use crate::kube::quantity::Quantity;
use crate::kube::resources::Resources;
use crate::kube::selector::{Labels, Selector};
use crate::kube::version::KubernetesVersion;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::budget::members;
use crate::policies::disruption::budget_rules::percentage;
use crate::policy::context::{Context, Operation, Target};
use crate::policy::error::CheckError;

/// Objects, and what they have to do with each other.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Graph {
    /// The objects that target others or are targeted, in the order given.
    pub nodes: Vec<Vertex>,
    /// Which targets which, in the order of those that target.
    pub edges: Vec<Edge>,
}

/// One object.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Vertex {
    /// Which of the given objects it is.
    pub object: usize,
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace, `default` spelt out.
    pub namespace: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// What there is to say of it.
    pub facts: Facts,
    /// What it targets and isn't there, as messages name it.
    pub missing: Vec<String>,
    /// Why it could not be read, if it could not.
    pub unreadable: Option<String>,
}

/// What there is to say of an object, by the part that it plays.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "catalogue",
    derive(serde::Serialize),
    serde(tag = "role", rename_all = "camelCase", rename_all_fields = "camelCase")
)]
pub enum Facts {
    /// It makes pods.
    Workload {
        /// How many; `None` when that depends on the cluster or on the work.
        pods: Option<Pods>,
    },
    /// It sets a number of pods.
    Autoscaler {
        /// The least number of pods, while there is work.
        least: i64,
        /// The greatest; `None` when it sets none.
        most: Option<i64>,
        /// Whether it lets go of the last pod.
        scales_to_zero: bool,
        /// What it scales by.
        metrics: Vec<Metric>,
    },
    /// It limits evictions.
    Budget {
        /// What it demands, as it is written.
        demand: String,
        /// What that comes to with as few pods as there may be; `None` when it selects no workload.
        at_least: Option<Evictions>,
        /// The same with as many as there may be.
        at_most: Option<Evictions>,
    },
    /// It sends requests to pods, or to what does.
    Route,
    /// It isolates pods.
    Isolation {
        /// Whether what comes in is limited.
        ingress: bool,
        /// Whether what goes out is.
        egress: bool,
    },
}

/// How many pods a workload has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Pods {
    /// At least.
    pub least: i64,
    /// At most.
    pub most: i64,
    /// As many as the manifest itself says; `None` when it leaves that to others.
    pub written: Option<i64>,
    /// What says so: `replicas`, `the default`, `minReplicas and maxReplicas of HorizontalPodAutoscaler "web"`.
    pub from: String,
}

/// What a budget comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Evictions {
    /// With so many pods, all of them healthy,
    pub pods: i64,
    /// so many stay,
    pub kept: i64,
    /// and so many may be evicted at once.
    pub allowed: i64,
}

/// What an autoscaler scales by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Metric {
    /// The resource, or the type of metric.
    pub name: String,
    /// The one container that it is about.
    pub container: Option<String>,
    /// The percentage of the requests that it aims at; `None` for metrics that are none.
    pub target_percent: Option<i64>,
    /// What the pod, or the container, requests of the resource; `None` when a container requests none.
    pub requests: Option<String>,
    /// The use at which pods are added.
    pub scales_at: Option<String>,
    /// What the pod, or the container, may use at most; `None` when nothing limits it.
    pub limits: Option<String>,
    /// The same in percent of what is requested, the next one below.
    pub limit_percent: Option<i64>,
    /// The containers that request nothing, which keeps the metric from being computed.
    pub without_request: Vec<String>,
}

/// One object targets another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Edge {
    /// The one that targets, in [`Graph::nodes`].
    pub from: usize,
    /// The one that is targeted.
    pub to: usize,
    /// What for.
    pub relation: Relation,
}

/// What one object does to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub enum Relation {
    /// Sets its number of pods.
    Scales,
    /// Limits the evictions of its pods.
    Budgets,
    /// Sends requests to it.
    Routes,
    /// Limits what its pods send and receive.
    Isolates,
}

impl Graph {
    /// The graph of these objects. Kinds that neither make pods nor target what does are left out, and so is what a
    /// controller keeps, since its owner is there for it.
    pub fn of(objects: &[Arc<Value>]) -> Graph {
        let inventory = Objects::new(objects.to_vec(), true);
        let mut graph = Graph::default();
        let mut known: Vec<&'static Kind> = Vec::new();
        let mut positions = BTreeMap::new();
        for (position, object) in objects.iter().enumerate() {
            let Some((kind, facts)) = Kind::of(object).and_then(|kind| Some((kind, part_of(object, kind)?))) else {
                continue;
            };
            let (namespace, name) = (object::namespace(object), object::name(object).unwrap_or_default());
            positions.entry((kind.group, kind.plural, namespace, name)).or_insert(graph.nodes.len());
            known.push(kind);
            graph.nodes.push(Vertex {
                object: position,
                kind: kind.name,
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                facts,
                missing: Vec::new(),
                unreadable: None,
            });
        }
        let mut edges = Vec::new();
        for (from, (vertex, kind)) in graph.nodes.iter_mut().zip(known).enumerate() {
            let Some(object) = objects.get(vertex.object) else { continue };
            let arena = PathArena::new();
            let namespace = Some(object::namespace(object));
            let target = Target::new(object, kind, namespace, Operation::Create, &inventory, &arena);
            let cx = Context { target: &target, kubernetes: KubernetesVersion::NEWEST };
            match Seen::by(&cx, &vertex.facts) {
                Ok(seen) => {
                    for (relation, target) in seen.targets {
                        let kind = target.kind;
                        let key = (kind.group, kind.plural, object::namespace(&target.object), target.name());
                        if let Some(&to) = positions.get(&key) {
                            edges.push(Edge { from, to, relation });
                        }
                    }
                    vertex.facts = seen.facts;
                    vertex.missing = seen.missing;
                }
                Err(error) => vertex.unreadable = Some(error.to_string()),
            }
        }
        graph.edges = edges;
        graph
    }
}

/// The part that an object plays, of which nothing is known yet; `None` when it plays none.
fn part_of(object: &Value, kind: &'static Kind) -> Option<Facts> {
    let arena = PathArena::new();
    let node = Node::root(object, &arena);
    if POD_KINDS.contains(&kind) && *kind != kinds::POD_TEMPLATE {
        return (!is_controlled(node)).then_some(Facts::Workload { pods: None });
    }
    if Autoscaler::of(node, kind).is_some() {
        return Some(Facts::Autoscaler { least: 1, most: None, scales_to_zero: false, metrics: Vec::new() });
    }
    if *kind == kinds::POD_DISRUPTION_BUDGET {
        return Some(Facts::Budget { demand: String::new(), at_least: None, at_most: None });
    }
    if *kind == kinds::NETWORK_POLICY {
        return Some(Facts::Isolation { ingress: true, egress: false });
    }
    [&kinds::SERVICE, &kinds::INGRESS].contains(&kind).then_some(Facts::Route)
}

/// What one object shows.
struct Seen {
    facts: Facts,
    targets: Vec<(Relation, Found)>,
    missing: Vec<String>,
}

impl Seen {
    fn by(cx: &Context<'_>, part: &Facts) -> Result<Seen, CheckError> {
        match part {
            Facts::Workload { .. } => Ok(Seen { facts: workload(cx)?, targets: Vec::new(), missing: Vec::new() }),
            Facts::Autoscaler { .. } => autoscaler(cx),
            Facts::Budget { .. } => budget(cx),
            Facts::Isolation { .. } => isolation(cx),
            Facts::Route if *cx.kind() == kinds::SERVICE => {
                let selector = Selector::read_plain(cx.spec().get("selector"))?;
                selecting(cx, selector.as_ref(), Relation::Routes, Facts::Route)
            }
            Facts::Route => ingress(cx),
        }
    }
}

fn workload(cx: &Context<'_>) -> Result<Facts, CheckError> {
    let Some(workload) = Workload::of(cx.object(), cx.kind()) else {
        let one = Pods { least: 1, most: 1, written: None, from: "a single Pod".to_owned() };
        return Ok(Facts::Workload { pods: (*cx.kind() == kinds::POD).then_some(one) });
    };
    let expected = expected_pods(cx, &workload)?;
    let autoscaler = expected.autoscaler.as_ref().and_then(|found| Autoscaler::of(found.root(cx.arena()), found.kind));
    let from = match autoscaler {
        Some(autoscaler) => {
            let (least, most) = fields(&autoscaler);
            let least = if autoscaler.min_node().exists() { least } else { "the default minimum" };
            [least, " and ", most, " of ", &autoscaler.title()].concat()
        }
        None if workload.replicas_node().exists() => "replicas".to_owned(),
        None => "the default".to_owned(),
    };
    let written = workload.replicas()?;
    Ok(Facts::Workload { pods: Some(Pods { least: expected.pods, most: expected.most, written, from }) })
}

/// The names of the fields with the least and the greatest number of pods.
fn fields(autoscaler: &Autoscaler<'_>) -> (&'static str, &'static str) {
    if autoscaler.is_scaled_object() { ("minReplicaCount", "maxReplicaCount") } else { ("minReplicas", "maxReplicas") }
}

fn autoscaler(cx: &Context<'_>) -> Result<Seen, CheckError> {
    let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return nothing(Facts::Route) };
    let mut targets = Vec::new();
    let mut missing = Vec::new();
    let reference = cx.spec().get("scaleTargetRef");
    match autoscaler.target()? {
        Some((kind, name)) => {
            let found = cx.list(kind, Filter::Named(name))?.into_iter().find(|found| found.name() == name);
            match found {
                Some(found) => targets.push((Relation::Scales, found)),
                None => missing.push(titled(kind.name, name)),
            }
        }
        None => {
            let kind = reference.get("kind").str()?.unwrap_or("object");
            missing.push(titled(kind, reference.get("name").str()?.unwrap_or_default()));
        }
    }
    let metrics = metrics(cx, &autoscaler, targets.first().map(|(_, found)| found))?;
    let facts = Facts::Autoscaler {
        least: autoscaler.min_pods()?,
        most: autoscaler.max_pods()?,
        scales_to_zero: autoscaler.scales_to_zero()?,
        metrics,
    };
    Ok(Seen { facts, targets, missing })
}

fn metrics(cx: &Context<'_>, autoscaler: &Autoscaler<'_>, target: Option<&Found>) -> Result<Vec<Metric>, CheckError> {
    let mut pod = None;
    if let Some(found) = target {
        let read = Pod::of(found.root(cx.arena()), found.kind);
        pod = read.map_err(|malformed| found.unreadable(&malformed))?;
    }
    let mut metrics = Vec::new();
    let mut relative = Vec::new();
    for metric in utilizations(autoscaler)? {
        relative.push(metric.node.path());
        let mut shown = Metric {
            name: metric.resource.to_owned(),
            container: metric.container.map(str::to_owned),
            target_percent: percentage(metric.node)?.map(|(percent, _)| percent),
            ..Metric::default()
        };
        if let (Some(pod), Some(found)) = (&pod, target) {
            measure(pod, metric.resource, &mut shown).map_err(|malformed| found.unreadable(&malformed))?;
        }
        metrics.push(shown);
    }
    // What isn't a percentage of requests is named, no more.
    let list = if autoscaler.is_scaled_object() { "triggers" } else { "metrics" };
    for entry in cx.spec().get(list).items()? {
        let kind = entry.get("type").str()?.unwrap_or_default();
        let known = relative.iter().any(|path| path.starts_with(&entry.path()));
        if !known {
            metrics.push(Metric { name: kind.to_owned(), ..Metric::default() });
        }
    }
    Ok(metrics)
}

/// Holds a metric that is a percentage of requests against what the pod's containers request and may use.
fn measure(pod: &Pod<'_>, resource: &str, metric: &mut Metric) -> Result<(), Malformed> {
    let (mut requests, mut limits) = (Quantity::ZERO, Some(Quantity::ZERO));
    let mut any = false;
    for container in pod.long_running_containers() {
        if metric.container.as_deref().is_some_and(|name| name != container.name()) {
            continue;
        }
        any = true;
        let resources = Resources::of_container(container)?;
        match resources.request(resource)? {
            Some(request) => requests = requests.plus(request),
            None => metric.without_request.push(container.name().to_owned()),
        }
        limits = match (limits, resources.limit(resource)?) {
            (Some(sum), Some(limit)) => Some(sum.plus(limit)),
            _ => None,
        };
    }
    let whole = Resources::of_pod(pod)?;
    if metric.container.is_none() {
        if let Some(request) = whole.request(resource)? {
            requests = request;
            metric.without_request.clear();
        }
        limits = whole.limit(resource)?.or(limits);
    }
    if !any || !metric.without_request.is_empty() {
        return Ok(());
    }
    metric.requests = amount(requests, resource);
    metric.limits = limits.and_then(|limit| amount(limit, resource));
    let parts = limits.and_then(|limit| limit.parts_per_million_of(requests));
    metric.limit_percent = parts.and_then(|parts| i64::try_from(parts / 10_000).ok());
    let millionths = metric.target_percent.and_then(|percent| u32::try_from(percent.checked_mul(10_000)?).ok());
    metric.scales_at = millionths.and_then(|parts| {
        let mut parts = requests.parts(parts, resource, false).into_iter();
        parts.next().map(|(_, text)| text)
    });
    Ok(())
}

/// An amount as people write it: in the coarsest unit in which it is whole.
fn amount(amount: Quantity, resource: &str) -> Option<String> {
    let mut texts = amount.parts(1_000_000, resource, true);
    let whole = texts.iter().position(|(whole, _)| *whole == amount);
    let at = whole.or(texts.len().checked_sub(1))?;
    Some(texts.swap_remove(at).1)
}

fn budget(cx: &Context<'_>) -> Result<Seen, CheckError> {
    let budget = Budget::read(cx.object())?;
    let demand = budget.demand.written();
    let facts = Facts::Budget { demand: demand.clone(), at_least: None, at_most: None };
    let Some(selector) = &budget.selector else { return nothing(facts) };
    let members = members(cx, selector)?;
    let mut seen = selecting(cx, Some(selector), Relation::Budgets, facts)?;
    if !members.is_empty() {
        let evictions = |pods: i64| Evictions {
            pods,
            kept: budget.demand.kept(pods).min(pods),
            allowed: budget.demand.evictions(pods),
        };
        let least = members.iter().map(|member| member.expected.pods).fold(0, i64::saturating_add);
        let most = members.iter().map(|member| member.expected.most).fold(0, i64::saturating_add);
        let (at_least, at_most) = (Some(evictions(least)), Some(evictions(most)));
        seen.facts = Facts::Budget { demand, at_least, at_most };
    }
    Ok(seen)
}

fn isolation(cx: &Context<'_>) -> Result<Seen, CheckError> {
    let types = cx.spec().get("policyTypes");
    let (mut ingress, mut egress) = (!types.exists(), !types.exists() && cx.spec().get("egress").exists());
    for kind in types.items()? {
        match kind.str()? {
            Some("Ingress") => ingress = true,
            Some("Egress") => egress = true,
            _ => {}
        }
    }
    let place = cx.spec().get("podSelector");
    let selector = Selector::read(place)?;
    selecting(cx, selector.as_ref(), Relation::Isolates, Facts::Isolation { ingress, egress })
}

fn ingress(cx: &Context<'_>) -> Result<Seen, CheckError> {
    let mut names: Vec<&str> = Vec::new();
    for backend in backends(cx.object())? {
        if !names.contains(&backend.name) {
            names.push(backend.name);
        }
    }
    let mut targets = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        let services = cx.list(&kinds::SERVICE, Filter::Named(name))?;
        match services.into_iter().find(|found| found.name() == name) {
            Some(found) => targets.push((Relation::Routes, found)),
            None => missing.push(titled(kinds::SERVICE.name, name)),
        }
    }
    Ok(Seen { facts: Facts::Route, targets, missing })
}

/// What a selector selects among all that makes pods.
fn selecting(
    cx: &Context<'_>,
    selector: Option<&Selector<'_>>,
    relation: Relation,
    facts: Facts,
) -> Result<Seen, CheckError> {
    let Some(selector) = selector else { return nothing(facts) };
    let mut targets = Vec::new();
    // What has several templates, or only is one, runs no pods that others select.
    for &kind in POD_KINDS.iter().filter(|kind| kind.template.is_some() && ***kind != kinds::POD_TEMPLATE) {
        for found in cx.list(kind, Filter::SelectedBy(selector))? {
            let object = found.root(cx.arena());
            let labels = Labels::of(object.dig(kind.template.unwrap_or_default()).get("metadata"));
            if !is_controlled(object) && selector.matches(labels) {
                targets.push((relation, found));
            }
        }
    }
    let missing = if targets.is_empty() { vec!["pods with the labels that it selects".to_owned()] } else { Vec::new() };
    Ok(Seen { facts, targets, missing })
}

fn nothing(facts: Facts) -> Result<Seen, CheckError> {
    Ok(Seen { facts, targets: Vec::new(), missing: Vec::new() })
}

fn titled(kind: &str, name: &str) -> String {
    [kind, " \"", name, "\""].concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(name: &str, spec: Value) -> Value {
        let labels = json!({ "app": name });
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                "spec": {"containers": [{"name": "app", "resources":
                    {"requests": {"cpu": "250m"}, "limits": {"cpu": "1", "memory": "512Mi"}}}]}}}});
        for (key, value) in spec.as_object().unwrap() {
            object["spec"][key] = value.clone();
        }
        object
    }

    fn of(api_version: &str, kind: &str, name: &str, spec: Value) -> Value {
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
    }

    fn graph(objects: Vec<Value>) -> Graph {
        Graph::of(&objects.into_iter().map(Arc::new).collect::<Vec<_>>())
    }

    fn edges(graph: &Graph) -> Vec<(String, Relation, String)> {
        let title = |at: usize| [graph.nodes[at].kind, " ", &graph.nodes[at].name].concat();
        graph.edges.iter().map(|edge| (title(edge.from), edge.relation, title(edge.to))).collect()
    }

    #[test]
    fn everything_that_targets_a_workload() {
        let web = json!({"matchLabels": {"app": "web"}});
        let graph = graph(vec![
            deployment("web", json!({})),
            of("v1", "ConfigMap", "web", json!({})),
            of("v1", "Service", "web", json!({"selector": {"app": "web"}})),
            of(
                "networking.k8s.io/v1",
                "Ingress",
                "shop",
                json!({"rules": [{"http": {"paths": [
                {"backend": {"service": {"name": "web"}}}, {"backend": {"service": {"name": "gone"}}}]}}]}),
            ),
            of(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "web",
                json!({"minReplicas": 3, "maxReplicas": 10,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                "metrics": [{"type": "Resource", "resource":
                    {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}},
                    {"type": "Pods", "pods": {"metric": {"name": "queue"}}}]}),
            ),
            of("policy/v1", "PodDisruptionBudget", "web", json!({"minAvailable": "75%", "selector": web})),
            of("networking.k8s.io/v1", "NetworkPolicy", "all", json!({"podSelector": {}, "egress": []})),
        ]);
        let edge = |from: &str, relation, to: &str| (from.to_owned(), relation, to.to_owned());
        assert_eq!(
            edges(&graph),
            [
                edge("Service web", Relation::Routes, "Deployment web"),
                edge("Ingress shop", Relation::Routes, "Service web"),
                edge("HorizontalPodAutoscaler web", Relation::Scales, "Deployment web"),
                edge("PodDisruptionBudget web", Relation::Budgets, "Deployment web"),
                edge("NetworkPolicy all", Relation::Isolates, "Deployment web"),
            ]
        );
        let node = |kind: &str| graph.nodes.iter().find(|node| node.kind == kind).unwrap();
        let Facts::Workload { pods: Some(pods) } = &node("Deployment").facts else { panic!() };
        assert_eq!((pods.least, pods.most, pods.written), (3, 10, None));
        assert_eq!(pods.from, "minReplicas and maxReplicas of HorizontalPodAutoscaler \"web\"");
        let Facts::Budget { at_least: Some(few), at_most: Some(many), .. } = &node("PodDisruptionBudget").facts else {
            panic!()
        };
        assert_eq!(*few, Evictions { pods: 3, kept: 3, allowed: 0 });
        assert_eq!(*many, Evictions { pods: 10, kept: 8, allowed: 2 });
        let Facts::Autoscaler { metrics, .. } = &node("HorizontalPodAutoscaler").facts else { panic!() };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            metrics[0],
            Metric {
                name: "cpu".to_owned(),
                target_percent: Some(60),
                requests: text("250m"),
                scales_at: text("150m"),
                limits: text("1"),
                limit_percent: Some(400),
                ..Metric::default()
            }
        );
        assert_eq!(metrics[1].name, "Pods");
        assert!(matches!(node("NetworkPolicy").facts, Facts::Isolation { ingress: true, egress: true }));
        assert_eq!(node("Ingress").missing, ["Service \"gone\""]);
    }

    #[test]
    fn what_is_not_there_and_what_cannot_be_read() {
        let graph = graph(vec![
            deployment("web", json!({"replicas": "two"})),
            of("policy/v1", "PodDisruptionBudget", "api", json!({"selector": {"matchLabels": {"app": "api"}}})),
            of(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "api",
                json!({"maxReplicas": 3,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}}),
            ),
        ]);
        assert_eq!(edges(&graph), []);
        assert_eq!(graph.nodes[0].unreadable.as_deref(), Some("/spec/replicas should be a whole number"));
        assert_eq!(graph.nodes[1].missing, ["pods with the labels that it selects"]);
        assert_eq!(graph.nodes[2].missing, ["Deployment \"api\""]);
    }

    #[test]
    fn what_a_controller_keeps_is_its_owners() {
        let mut revision = deployment("web", json!({"replicas": 2}));
        revision["kind"] = json!("ReplicaSet");
        revision["metadata"]["ownerReferences"] = json!([{"kind": "Deployment", "name": "web", "controller": true}]);
        let graph = graph(vec![
            deployment("web", json!({"replicas": 2})),
            revision,
            of("v1", "Service", "web", json!({"selector": {"app": "web"}})),
        ]);
        assert_eq!(graph.nodes.len(), 2);
        assert_eq!(edges(&graph), [("Service web".to_owned(), Relation::Routes, "Deployment web".to_owned())]);
    }

    #[test]
    fn a_container_that_requests_nothing_is_named() {
        let mut web = deployment("web", json!({}));
        let app = web["spec"]["template"]["spec"]["containers"][0].clone();
        web["spec"]["template"]["spec"]["containers"] = json!([app, {"name": "proxy"}]);
        let graph = graph(vec![
            web,
            of(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "web",
                json!({"maxReplicas": 3,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}),
            ),
        ]);
        let Facts::Autoscaler { metrics, least: 1, most: Some(3), .. } = &graph.nodes[1].facts else { panic!() };
        assert_eq!((metrics[0].target_percent, &metrics[0].scales_at), (Some(80), &None));
        assert_eq!(metrics[0].without_request, ["proxy"]);
    }
}
