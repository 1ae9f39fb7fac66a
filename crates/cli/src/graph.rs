//! `plimsoll graph`.

use std::io::{self, Write};
use std::sync::Arc;

use plimsoll::analysis::graph::{Edge, Evictions, Facts, Graph, Metric, Relation, Rights, Vertex};
use serde::Serialize;

use crate::args::{self, GraphFormat};
use crate::check::{self, Given};
use crate::input::Filter;
use crate::outcome::Outcome;
use crate::output::{self, count};
use crate::project::Project;
use crate::visible;
use plimsoll_lint::manifests::Manifests;
use plimsoll_lint::problem::Problem;

pub(crate) fn run(args: &args::Graph) -> anyhow::Result<Outcome> {
    let filter = Project::open(&args.configuration).and_then(|project| {
        let rendering = project.rendering(&args.render, None);
        Ok(Filter { rendering, ..project.filter(&args.files)? })
    });
    let filter = match filter {
        Ok(filter) => filter,
        Err(problems) => {
            output::problems(&problems);
            return Ok(Outcome::Failed);
        }
    };
    let Given { mut manifests, .. } = check::read(&args.paths, args.allow_empty || args.files.ignore_unknown, filter);
    let objects: Vec<_> = manifests.objects.iter().map(|object| Arc::clone(&object.value)).collect();
    let graph = Graph::of(&objects);
    let unreadable: Vec<Problem> = graph.nodes.iter().filter_map(|node| unreadable(&manifests, node)).collect();
    manifests.problems.extend(unreadable);
    output::problems(&manifests.problems);
    output::unless_closed(write(&graph, &manifests, args.format))?;
    Ok(if manifests.problems.is_empty() { Outcome::Clean } else { Outcome::Failed })
}

fn write(graph: &Graph, manifests: &Manifests, format: GraphFormat) -> io::Result<()> {
    let mut out = output::results();
    match format {
        GraphFormat::Text => {
            for line in lines(graph) {
                // Names are the manifests' authors'; they must not steer the terminal.
                writeln!(out, "{}", visible::visible(&line))?;
            }
        }
        GraphFormat::Json => visible::json(&mut out, &shown(graph, manifests))?,
    }
    out.flush()
}

fn unreadable(manifests: &Manifests, node: &Vertex) -> Option<Problem> {
    let reason = node.unreadable.as_ref()?;
    let object = manifests.objects.get(node.object)?;
    let message = format!("{}: {reason}", object.title());
    Some(Problem::of_file(file(manifests, node), message))
}

fn file<'m>(manifests: &'m Manifests, node: &Vertex) -> &'m str {
    let object = manifests.objects.get(node.object);
    let file = object.and_then(|object| manifests.files.get(object.file));
    file.map(|file| file.source.name.as_str()).unwrap_or_default()
}

/// The graph as programs see it.
#[derive(Serialize)]
struct Shown<'g> {
    /// The version of this format.
    version: u32,
    nodes: Vec<ShownNode<'g>>,
    edges: &'g [Edge],
}

#[derive(Serialize)]
struct ShownNode<'g> {
    #[serde(flatten)]
    node: &'g Vertex,
    file: &'g str,
}

fn shown<'g>(graph: &'g Graph, manifests: &'g Manifests) -> Shown<'g> {
    let nodes = graph.nodes.iter().map(|node| ShownNode { node, file: file(manifests, node) }).collect();
    Shown { version: 1, nodes, edges: &graph.edges }
}

/// The graph as people read it: each workload, and below it what targets it; at the end what targets nothing.
fn lines(graph: &Graph) -> Vec<String> {
    let mut lines = Vec::new();
    let workloads = graph.nodes.iter().enumerate();
    for (at, node) in workloads.filter(|(_, node)| matches!(node.facts, Facts::Workload { .. })) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("{}{}", titled(node), said(node)));
        for relation in RELATIONS {
            for from in sources(graph, at).filter(|(_, edge)| edge.relation == relation).map(|(from, _)| from) {
                lines.push(format!("  {} {}{}", from.kind, from.name, said(from)));
                lines.extend(metrics(from).map(|metric| format!("    {metric}")));
                lines.extend(rights(from).map(|rights| format!("    {rights}")));
                if relation == Relation::Routes {
                    let behind = graph.nodes.iter().position(|node| std::ptr::eq(node, from));
                    let ingresses = behind.into_iter().flat_map(|at| sources(graph, at));
                    lines.extend(ingresses.map(|(from, _)| format!("    {} {}", from.kind, from.name)));
                }
            }
        }
    }
    let accounts = graph
        .nodes
        .iter()
        .enumerate()
        .filter(|(at, node)| rights(node).next().is_some() && graph.edges.iter().all(|edge| edge.from != *at));
    for (_, node) in accounts {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(titled(node));
        lines.extend(rights(node).map(|rights| format!("  {rights}")));
    }
    let missing: Vec<String> = graph.nodes.iter().filter_map(without_target).collect();
    if !missing.is_empty() {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push("Not here:".to_owned());
        lines.extend(missing);
    }
    lines
}

/// The order in which what targets a workload is shown.
const RELATIONS: [Relation; 5] =
    [Relation::Scales, Relation::Budgets, Relation::Routes, Relation::Isolates, Relation::Authorizes];

/// What targets the node at this place.
fn sources(graph: &Graph, at: usize) -> impl Iterator<Item = (&Vertex, &Edge)> {
    graph.edges.iter().filter(move |edge| edge.to == at).filter_map(|edge| Some((graph.nodes.get(edge.from)?, edge)))
}

fn titled(node: &Vertex) -> String {
    format!("{} {}/{}", node.kind, node.namespace, node.name)
}

/// What there is to say of a node, behind its name.
fn said(node: &Vertex) -> String {
    if node.unreadable.is_some() {
        return ": cannot be read".to_owned();
    }
    match &node.facts {
        Facts::Workload { pods: None } | Facts::Route | Facts::Account { .. } => String::new(),
        Facts::Workload { pods: Some(pods) } if pods.least == pods.most => {
            format!(": {} ({})", pods_of(pods.least), pods.from)
        }
        Facts::Workload { pods: Some(pods) } => format!(": {} to {} ({})", pods.least, pods_of(pods.most), pods.from),
        Facts::Autoscaler { least, most, scales_to_zero, .. } => {
            let from = if *scales_to_zero { "0, at work ".to_owned() } else { String::new() };
            let to = most.map(|most| format!(" to {most}")).unwrap_or_default();
            format!(": {from}{least}{to}")
        }
        Facts::Budget { demand, at_least, at_most } => match (at_least, at_most) {
            (Some(few), Some(many)) if few.pods != many.pods => {
                format!(", {demand}: {}, {} of {}", evictions(few), allowed(many), many.pods)
            }
            (Some(few), _) => format!(", {demand}: {}", evictions(few)),
            (None, _) => format!(", {demand}"),
        },
        Facts::Isolation { ingress, egress } => match (ingress, egress) {
            (true, true) => ": what comes in and what goes out".to_owned(),
            (true, false) => ": what comes in".to_owned(),
            (false, true) => ": what goes out".to_owned(),
            (false, false) => ": nothing".to_owned(),
        },
    }
}

fn pods_of(number: i64) -> String {
    count(usize::try_from(number).unwrap_or_default(), "pod", "pods")
}

fn evictions(evictions: &Evictions) -> String {
    format!("{} of {} may be evicted", allowed(evictions), pods_of(evictions.pods))
}

fn allowed(evictions: &Evictions) -> String {
    if evictions.allowed == 0 { "none".to_owned() } else { evictions.allowed.to_string() }
}

fn metrics(node: &Vertex) -> impl Iterator<Item = String> {
    let metrics = match &node.facts {
        Facts::Autoscaler { metrics, .. } => metrics.as_slice(),
        _ => &[],
    };
    metrics.iter().map(metric)
}

fn rights(node: &Vertex) -> impl Iterator<Item = String> {
    let rights = match &node.facts {
        Facts::Account { rights } => rights.as_slice(),
        _ => &[],
    };
    rights.iter().map(right)
}

/// `may read every Secret in the cluster (ClusterRole "reader" by ClusterRoleBinding "web")`
fn right(rights: &Rights) -> String {
    let by = format!("{} by {}", rights.role, rights.binding);
    let within = rights.namespace.as_ref().map_or("in the cluster".to_owned(), |name| format!("in {name}"));
    match &rights.may {
        None => format!("has {by}, {within}; the role is not here"),
        Some(may) if may.is_empty() => format!("has {by}, {within}"),
        Some(may) => format!("may {} {within} ({by})", may.join(", ")),
    }
}

/// `cpu at 60% of 250m requested, which is 150m of at most 1`
fn metric(metric: &Metric) -> String {
    let mut text = metric.name.clone();
    if let Some(container) = &metric.container {
        text = format!("{text} of container {container}");
    }
    let Some(percent) = metric.target_percent else { return text };
    text = format!("{text} at {percent}%");
    if !metric.without_request.is_empty() {
        return format!("{text}, but nothing is requested by {}", metric.without_request.join(", "));
    }
    if let (Some(requests), Some(scales_at)) = (&metric.requests, &metric.scales_at) {
        text = format!("{text} of {requests} requested, which is {scales_at}");
        text += &metric.limits.as_ref().map_or(", without a limit".to_owned(), |limits| format!(", limit {limits}"));
    }
    text
}

fn without_target(node: &Vertex) -> Option<String> {
    let what = match &node.facts {
        Facts::Workload { .. } | Facts::Account { .. } => return None,
        Facts::Autoscaler { .. } => "scales",
        Facts::Budget { .. } => "is for",
        Facts::Route => "leads to",
        Facts::Isolation { .. } => "isolates",
    };
    (!node.missing.is_empty()).then(|| format!("  {} {what} {}", titled(node), node.missing.join(", ")))
}
