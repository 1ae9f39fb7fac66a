//! Which objects target which, among objects given together, and the numbers that result: how many pods a workload has and
//! which field sets that, how many of them may be evicted, at what usage an autoscaler adds more.
//!
//! Objects that aren't given don't exist.

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
use crate::kube::owner::is_made_by_workload;
use crate::kube::pod::Pod;
use crate::kube::quantity::Quantity;
use crate::kube::rbac::RoleRef;
use crate::kube::resources::Resources;
use crate::kube::selector::{Labels, Selector};
use crate::kube::service_account::AccountName;
use crate::kube::version::KubernetesVersion;
use crate::kube::workload::Workload;
use crate::lookup::access::bindings_of_account;
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::budget::members;
use crate::policies::access::power_rules::granted;
use crate::policies::disruption::budget_rules::percentage;
use crate::policy::context::{Context, Operation, Target};
use crate::policy::error::CheckError;

/// Objects and their relations.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Graph {
    /// The objects that target others or are targeted, in the order given.
    pub nodes: Vec<Vertex>,
    /// Which targets which, in the order of the source objects.
    pub edges: Vec<Edge>,
}

/// One object.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Vertex {
    /// Its index among the given objects.
    pub object: usize,
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace, `default` if it has none.
    pub namespace: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// Its role, and the numbers that belong to it.
    pub facts: Facts,
    /// Its targets that don't exist, as messages name them.
    pub missing: Vec<String>,
    /// The reason, if it can't be read.
    pub unreadable: Option<String>,
}

/// An object's role, and the numbers that belong to it.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "catalogue",
    derive(serde::Serialize),
    serde(tag = "role", rename_all = "camelCase", rename_all_fields = "camelCase")
)]
pub enum Facts {
    /// It creates pods.
    Workload {
        /// How many; `None` when that depends on the cluster or on the work.
        pods: Option<Pods>,
    },
    /// It sets a replica count.
    Autoscaler {
        /// The minimum number of pods, while there is work.
        least: i64,
        /// The maximum; `None` when it sets none.
        most: Option<i64>,
        /// Whether it scales to zero while idle.
        scales_to_zero: bool,
        /// Its metrics.
        metrics: Vec<Metric>,
    },
    /// It limits evictions.
    Budget {
        /// Its demand, as in the manifest.
        demand: String,
        /// The evictions allowed at the minimum number of pods; `None` when it selects no workload.
        at_least: Option<Evictions>,
        /// The evictions allowed at the maximum number of pods.
        at_most: Option<Evictions>,
    },
    /// It routes traffic to pods, or to Services.
    Route,
    /// It isolates pods.
    Isolation {
        /// Whether it limits ingress.
        ingress: bool,
        /// Whether it limits egress.
        egress: bool,
    },
    /// It is who pods are to the API server.
    Account {
        /// What it may do there, by binding.
        rights: Vec<Rights>,
    },
}

/// What one binding grants an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Rights {
    /// The role: `ClusterRole "edit"`.
    pub role: String,
    /// The binding: `RoleBinding "web"`.
    pub binding: String,
    /// The namespace in which it holds; `None` for all of them.
    pub namespace: Option<String>,
    /// What in it is worth knowing, after "may"; `None` when the role isn't here.
    pub may: Option<Vec<&'static str>>,
}

/// How many pods a workload has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Pods {
    /// The minimum.
    pub least: i64,
    /// The maximum.
    pub most: i64,
    /// The workload's own `replicas`; `None` when it isn't set.
    pub written: Option<i64>,
    /// Where the numbers come from: `replicas`, `the default`, `minReplicas and maxReplicas of HorizontalPodAutoscaler
    /// "web"`.
    pub from: String,
}

/// The evictions a budget allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Evictions {
    /// The number of pods, all of them healthy.
    pub pods: i64,
    /// How many of them are kept.
    pub kept: i64,
    /// How many may be evicted at once.
    pub allowed: i64,
}

/// A metric of an autoscaler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Metric {
    /// The resource, or the type of metric.
    pub name: String,
    /// The single container that it measures.
    pub container: Option<String>,
    /// The target in percent of the requests; `None` for metrics that aren't percentages.
    pub target_percent: Option<i64>,
    /// The request of the pod, or of the container; `None` when a container has none.
    pub requests: Option<String>,
    /// The usage at which pods are added.
    pub scales_at: Option<String>,
    /// The limit of the pod, or of the container; `None` when there is none.
    pub limits: Option<String>,
    /// The limit in percent of the request, rounded down.
    pub limit_percent: Option<i64>,
    /// The containers without a request, because of which the metric can't be computed.
    pub without_request: Vec<String>,
}

/// One object targets another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Edge {
    /// The source's index in [`Graph::nodes`].
    pub from: usize,
    /// The target's index in [`Graph::nodes`].
    pub to: usize,
    /// What the source does to the target.
    pub relation: Relation,
}

/// What one object does to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub enum Relation {
    /// Sets its replica count.
    Scales,
    /// Limits evictions of its pods.
    Budgets,
    /// Routes traffic to it.
    Routes,
    /// Limits the traffic of its pods.
    Isolates,
    /// Gives its pods rights in the API.
    Authorizes,
}

impl Graph {
    /// The graph of these objects. Kinds that neither create pods nor target objects that do are left out, and so are
    /// workloads that another one owns: their owner is in the graph.
    pub fn of(objects: &[Arc<Value>]) -> Graph {
        let inventory = Objects::new(objects.to_vec(), true);
        let mut graph = Graph::default();
        let mut known: Vec<&'static Kind> = Vec::new();
        let mut positions = BTreeMap::new();
        for (position, object) in objects.iter().enumerate() {
            let Some((kind, facts)) = Kind::of(object).and_then(|kind| Some((kind, role_of(object, kind)?))) else {
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
            let cx = Context {
                target: &target,
                kubernetes: KubernetesVersion::NEWEST,
                honors_annotations: false,
                spares_containers: false,
            };
            match Outline::of(&cx, &vertex.facts) {
                Ok(outline) => {
                    for (relation, target) in outline.targets {
                        let kind = target.kind;
                        let key = (kind.group, kind.plural, object::namespace(&target.object), target.name());
                        if let Some(&to) = positions.get(&key) {
                            edges.push(Edge { from, to, relation });
                        }
                    }
                    vertex.facts = outline.facts;
                    vertex.missing = outline.missing;
                }
                Err(error) => vertex.unreadable = Some(error.to_string()),
            }
        }
        graph.edges = edges;
        graph
    }
}

/// An object's role, without its numbers; `None` when it has none.
fn role_of(object: &Value, kind: &'static Kind) -> Option<Facts> {
    let arena = PathArena::new();
    let node = Node::root(object, &arena);
    if POD_KINDS.contains(&kind) && *kind != kinds::POD_TEMPLATE {
        return (!is_made_by_workload(node)).then_some(Facts::Workload { pods: None });
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
    if *kind == kinds::SERVICE_ACCOUNT {
        return Some(Facts::Account { rights: Vec::new() });
    }
    [&kinds::SERVICE, &kinds::INGRESS].contains(&kind).then_some(Facts::Route)
}

/// One object's facts and targets.
struct Outline {
    facts: Facts,
    targets: Vec<(Relation, Found)>,
    missing: Vec<String>,
}

impl Outline {
    fn of(cx: &Context<'_>, role: &Facts) -> Result<Outline, CheckError> {
        match role {
            Facts::Workload { .. } => without_targets(workload(cx)?),
            Facts::Autoscaler { .. } => autoscaler(cx),
            Facts::Budget { .. } => budget(cx),
            Facts::Isolation { .. } => isolation(cx),
            Facts::Account { .. } => account(cx),
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
            let least = if autoscaler.min_node().exists() { autoscaler.min_field() } else { "the default minimum" };
            [least, " and ", autoscaler.max_field(), " of ", &autoscaler.title()].concat()
        }
        None if workload.replicas_node().exists() => "replicas".to_owned(),
        None => "the default".to_owned(),
    };
    let written = workload.replicas()?;
    Ok(Facts::Workload { pods: Some(Pods { least: expected.pods, most: expected.most, written, from }) })
}

fn autoscaler(cx: &Context<'_>) -> Result<Outline, CheckError> {
    let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return without_targets(Facts::Route) };
    let mut targets = Vec::new();
    let mut missing = Vec::new();
    let reference = cx.spec().get("scaleTargetRef");
    match autoscaler.target()? {
        Some((kind, name)) => {
            let found = cx.list(kind, Filter::Named(name))?.into_iter().find(|found| found.name() == name);
            match found {
                Some(found) => targets.push((Relation::Scales, found)),
                None => missing.push(title(kind.name, name)),
            }
        }
        None => {
            let kind = reference.get("kind").str()?.unwrap_or("object");
            missing.push(title(kind, reference.get("name").str()?.unwrap_or_default()));
        }
    }
    let metrics = metrics(cx, &autoscaler, targets.first().map(|(_, found)| found))?;
    let facts = Facts::Autoscaler {
        least: autoscaler.min_pods()?,
        most: autoscaler.max_pods()?,
        scales_to_zero: autoscaler.scales_to_zero()?,
        metrics,
    };
    Ok(Outline { facts, targets, missing })
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
    // Metrics that aren't percentages of requests only have a name.
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

/// Compares a metric that is a percentage of requests with the pod's requests and limits.
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

/// An amount as people write it: in the largest unit in which it is a whole number.
fn amount(amount: Quantity, resource: &str) -> Option<String> {
    let mut texts = amount.parts(1_000_000, resource, true);
    let whole = texts.iter().position(|(whole, _)| *whole == amount);
    let at = whole.or(texts.len().checked_sub(1))?;
    Some(texts.swap_remove(at).1)
}

fn budget(cx: &Context<'_>) -> Result<Outline, CheckError> {
    let budget = Budget::read(cx.object())?;
    let demand = budget.demand.written();
    let facts = Facts::Budget { demand: demand.clone(), at_least: None, at_most: None };
    let Some(selector) = &budget.selector else { return without_targets(facts) };
    let members = members(cx, selector)?;
    let mut outline = selecting(cx, Some(selector), Relation::Budgets, facts)?;
    if !members.is_empty() {
        let evictions = |pods: i64| Evictions {
            pods,
            kept: budget.demand.kept(pods).min(pods),
            allowed: budget.demand.evictions(pods),
        };
        let least = members.iter().map(|member| member.expected.pods).fold(0, i64::saturating_add);
        let most = members.iter().map(|member| member.expected.most).fold(0, i64::saturating_add);
        let (at_least, at_most) = (Some(evictions(least)), Some(evictions(most)));
        outline.facts = Facts::Budget { demand, at_least, at_most };
    }
    Ok(outline)
}

fn isolation(cx: &Context<'_>) -> Result<Outline, CheckError> {
    let types = cx.spec().get("policyTypes");
    let (mut ingress, mut egress) = (!types.exists(), !types.exists() && cx.spec().get("egress").exists());
    for kind in types.items()? {
        match kind.str()? {
            Some("Ingress") => ingress = true,
            Some("Egress") => egress = true,
            _ => {}
        }
    }
    let selector = Selector::read(cx.spec().get("podSelector"))?;
    selecting(cx, selector.as_ref(), Relation::Isolates, Facts::Isolation { ingress, egress })
}

fn ingress(cx: &Context<'_>) -> Result<Outline, CheckError> {
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
            None => missing.push(title(kinds::SERVICE.name, name)),
        }
    }
    Ok(Outline { facts: Facts::Route, targets, missing })
}

fn account(cx: &Context<'_>) -> Result<Outline, CheckError> {
    let name = cx.name()?;
    let mut rights = Vec::new();
    for binding in bindings_of_account(cx, name)? {
        let Some(role) = RoleRef::of(cx.node(&binding)).map_err(|malformed| binding.unreadable(&malformed))? else {
            continue;
        };
        let within = *binding.kind == kinds::ROLE_BINDING;
        let granted = granted(cx, &binding)?;
        rights.push(Rights {
            role: role.title(),
            binding: title(binding.kind.name, binding.name()),
            namespace: within.then(|| object::namespace(&binding.object).to_owned()),
            may: granted.map(|granted| granted.iter().map(|right| right.does).collect()),
        });
    }
    let mut targets = Vec::new();
    for &kind in POD_KINDS.iter().filter(|kind| kind.template.is_some() && ***kind != kinds::POD_TEMPLATE) {
        for found in cx.list(kind, Filter::RunningAs(name))? {
            let object = found.root(cx.arena());
            let pod = Pod::of(object, kind).map_err(|malformed| found.unreadable(&malformed))?;
            let runs = pod.map_or(Ok(false), |pod| AccountName::of(&pod).map(|account| account.name == name));
            if !is_made_by_workload(object) && runs.map_err(|malformed| found.unreadable(&malformed))? {
                targets.push((Relation::Authorizes, found));
            }
        }
    }
    Ok(Outline { facts: Facts::Account { rights }, targets, missing: Vec::new() })
}

/// The objects that create pods which a selector selects.
fn selecting(
    cx: &Context<'_>,
    selector: Option<&Selector<'_>>,
    relation: Relation,
    facts: Facts,
) -> Result<Outline, CheckError> {
    let Some(selector) = selector else { return without_targets(facts) };
    let mut targets = Vec::new();
    // Kinds with several templates, and PodTemplates, run no pods that other objects select.
    for &kind in POD_KINDS.iter().filter(|kind| kind.template.is_some() && ***kind != kinds::POD_TEMPLATE) {
        for found in cx.list(kind, Filter::SelectedBy(selector))? {
            let object = found.root(cx.arena());
            let labels = Labels::of(object.dig(kind.template.unwrap_or_default()).get("metadata"));
            if !is_made_by_workload(object) && selector.matches(labels) {
                targets.push((relation, found));
            }
        }
    }
    let missing = if targets.is_empty() { vec!["pods that match its selector".to_owned()] } else { Vec::new() };
    Ok(Outline { facts, targets, missing })
}

fn without_targets(facts: Facts) -> Result<Outline, CheckError> {
    Ok(Outline { facts, targets: Vec::new(), missing: Vec::new() })
}

fn title(kind: &str, name: &str) -> String {
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
    fn relations_lead_to_the_workload() {
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
    fn accounts_show_what_their_pods_may_do() {
        let rbac = |kind: &str, name: &str, fields: Value| {
            let mut object = of("rbac.authorization.k8s.io/v1", kind, name, Value::Null);
            for (key, value) in fields.as_object().unwrap() {
                object[key] = value.clone();
            }
            object
        };
        let subjects = json!([{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]);
        let mut web = deployment("web", json!({}));
        web["spec"]["template"]["spec"]["serviceAccountName"] = json!("web");
        let secrets = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]);
        let graph = graph(vec![
            web,
            deployment("api", json!({})),
            of("v1", "ServiceAccount", "web", Value::Null),
            rbac("Role", "web", json!({ "rules": secrets })),
            rbac("RoleBinding", "web", json!({"roleRef": {"kind": "Role", "name": "web"}, "subjects": subjects})),
            rbac(
                "ClusterRoleBinding",
                "all",
                json!({"roleRef": {"kind": "ClusterRole", "name": "gone"}, "subjects": subjects}),
            ),
        ]);
        assert_eq!(
            edges(&graph),
            [("ServiceAccount web".to_owned(), Relation::Authorizes, "Deployment web".to_owned())]
        );
        let Facts::Account { rights } = &graph.nodes[2].facts else { panic!() };
        let right = |role: &str, binding: &str, namespace: Option<&str>, may| Rights {
            role: role.to_owned(),
            binding: binding.to_owned(),
            namespace: namespace.map(str::to_owned),
            may,
        };
        assert_eq!(
            rights.as_slice(),
            [
                right("Role \"web\"", "RoleBinding \"web\"", Some("shop"), Some(vec!["read every Secret"])),
                right("ClusterRole \"gone\"", "ClusterRoleBinding \"all\"", None, None),
            ]
        );
    }

    #[test]
    fn missing_targets_and_unreadable_objects_are_named() {
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
        assert_eq!(graph.nodes[1].missing, ["pods that match its selector"]);
        assert_eq!(graph.nodes[2].missing, ["Deployment \"api\""]);
    }

    #[test]
    fn owned_replica_sets_are_left_out() {
        let mut revision = deployment("web", json!({"replicas": 2}));
        revision["kind"] = json!("ReplicaSet");
        revision["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "controller": true}]);
        let graph = graph(vec![
            deployment("web", json!({"replicas": 2})),
            revision,
            of("v1", "Service", "web", json!({"selector": {"app": "web"}})),
        ]);
        assert_eq!(graph.nodes.len(), 2);
        assert_eq!(edges(&graph), [("Service web".to_owned(), Relation::Routes, "Deployment web".to_owned())]);
    }

    #[test]
    fn containers_without_requests_are_named() {
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
