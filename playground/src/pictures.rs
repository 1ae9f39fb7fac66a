//! The data of the pictures: the core's graph and timelines of the objects in the text.

use std::sync::Arc;

use plimsoll::analysis::graph::{self, Facts};
use plimsoll::analysis::timeline::{self, Part, ProblemKind, Routes};
use plimsoll::inventory::Objects;
use plimsoll::kube::hook::Handler;
use plimsoll::policies::lifecycle::shutdown::ShutdownRules;
use serde_json::Value;

use crate::checked::CheckedText;
use crate::config;
use crate::transfer::pictures::{
    ContainerEnd, ContainerPart, Evictions, GrantedRights, Graph, GraphEdge, GraphFacts, GraphNode, HookEnd,
    HookHandler, Known, Moment, PodRange, Relation, ScalingMetric, StopHook, StopProblem, StopProblemKind, Termination,
    Timeline,
};

/// Which objects target which.
pub(crate) fn graph(checked: &CheckedText) -> Graph {
    let graph = graph::Graph::of(&objects(checked));
    let edges = graph.edges.iter().map(|edge| GraphEdge {
        from: edge.from,
        to: edge.to,
        relation: match edge.relation {
            graph::Relation::Scales => Relation::Scales,
            graph::Relation::Budgets => Relation::Budgets,
            graph::Relation::Routes => Relation::Routes,
            graph::Relation::Isolates => Relation::Isolates,
            graph::Relation::Authorizes => Relation::Authorizes,
        },
    });
    Graph { edges: edges.collect(), nodes: graph.nodes.into_iter().map(node).collect() }
}

/// How the pods of an object terminate, with the chosen settings of the policies.
pub(crate) fn termination(checked: &CheckedText, object: usize) -> Option<Termination> {
    let object = checked.object(object)?;
    let rules = ShutdownRules::with(|id| Value::Object(config::settings(&checked.config, id)));
    let inventory = Objects::new(objects(checked), checked.config.complete);
    Some(match timeline::Timeline::of(object, &inventory, &rules) {
        Ok(timeline) => Termination { timeline: timeline.map(shown), unreadable: None },
        Err(error) => Termination { timeline: None, unreadable: Some(error.to_string()) },
    })
}

fn objects(checked: &CheckedText) -> Vec<Arc<Value>> {
    checked.manifests.objects.iter().map(|object| Arc::clone(&object.value)).collect()
}

fn node(vertex: graph::Vertex) -> GraphNode {
    let evictions = |evictions: graph::Evictions| Evictions {
        pods: evictions.pods,
        kept: evictions.kept,
        allowed: evictions.allowed,
    };
    let facts = match vertex.facts {
        Facts::Workload { pods } => GraphFacts::Workload {
            pods: pods.map(|pods| PodRange {
                least: pods.least,
                most: pods.most,
                written: pods.written,
                from: pods.from,
            }),
        },
        Facts::Autoscaler { least, most, scales_to_zero, metrics } => {
            GraphFacts::Autoscaler { least, most, scales_to_zero, metrics: metrics.into_iter().map(metric).collect() }
        }
        Facts::Budget { demand, at_least, at_most } => {
            GraphFacts::Budget { demand, at_least: at_least.map(evictions), at_most: at_most.map(evictions) }
        }
        Facts::Route => GraphFacts::Route,
        Facts::Isolation { ingress, egress } => GraphFacts::Isolation { ingress, egress },
        Facts::Account { rights } => GraphFacts::Account { rights: rights.into_iter().map(granted).collect() },
    };
    GraphNode {
        object: vertex.object,
        kind: vertex.kind,
        namespace: vertex.namespace,
        name: vertex.name,
        facts,
        missing: vertex.missing,
        unreadable: vertex.unreadable,
    }
}

fn granted(rights: graph::Rights) -> GrantedRights {
    GrantedRights { role: rights.role, binding: rights.binding, namespace: rights.namespace, may: rights.may }
}

fn metric(metric: graph::Metric) -> ScalingMetric {
    ScalingMetric {
        name: metric.name,
        container: metric.container,
        target_percent: metric.target_percent,
        requests: metric.requests,
        scales_at: metric.scales_at,
        limits: metric.limits,
        limit_percent: metric.limit_percent,
        without_request: metric.without_request,
    }
}

fn shown(timeline: timeline::Timeline) -> Timeline {
    Timeline {
        grace: timeline.grace,
        default_grace: timeline.default_grace,
        routes: match timeline.routes {
            Routes::Services(services) => Some(services),
            Routes::Unknown => None,
            Routes::Nothing => Some(Vec::new()),
        },
        out_of_rotation: timeline.out_of_rotation,
        drain: timeline.drain,
        windows: timeline.windows,
        containers: timeline.containers.into_iter().map(container).collect(),
    }
}

fn container(stop: timeline::Stop) -> ContainerEnd {
    ContainerEnd {
        name: stop.name,
        part: match stop.part {
            Part::Container => ContainerPart::Container,
            Part::Sidecar => ContainerPart::Sidecar,
            Part::Proxy => ContainerPart::Proxy,
            Part::InjectedProxy => ContainerPart::InjectedProxy,
            Part::InjectedSidecar => ContainerPart::InjectedSidecar,
        },
        serving: stop.serving,
        hook: stop.hook.map(hook),
        signal: stop.signal,
        signalled: stop.signalled.map(moment),
        ended: stop.ended,
        killed: stop.killed,
        problems: stop.problems.into_iter().map(problem).collect(),
    }
}

fn hook(hook: timeline::Hook) -> StopHook {
    StopHook {
        handler: match hook.handler {
            Handler::Exec => HookHandler::Exec,
            Handler::HttpGet => HookHandler::HttpGet,
            Handler::Sleep => HookHandler::Sleep,
            Handler::TcpSocket => HookHandler::TcpSocket,
        },
        until: moment(hook.until),
        end: match hook.end {
            timeline::HookEnd::Done => HookEnd::Done,
            timeline::HookEnd::CutOff => HookEnd::CutOff,
            timeline::HookEnd::NeverRuns => HookEnd::NeverRuns,
        },
    }
}

fn moment(moment: timeline::Moment) -> Moment {
    let known = match moment.known {
        timeline::Known::Exactly => Known::Exactly,
        timeline::Known::AtLeast => Known::AtLeast,
        timeline::Known::Assumed => Known::Assumed,
    };
    Moment { at: moment.at, known }
}

fn problem(problem: timeline::Problem) -> StopProblem {
    StopProblem {
        kind: match problem.kind {
            ProblemKind::Cut => StopProblemKind::Cut,
            ProblemKind::Late => StopProblemKind::Late,
            ProblemKind::Lost => StopProblemKind::Lost,
        },
        from: problem.from,
        to: problem.to,
        message: problem.message,
        policies: problem.policies,
    }
}
