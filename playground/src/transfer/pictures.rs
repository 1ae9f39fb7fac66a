//! The data of the pictures.

use serde::Serialize;

/// Which objects of the text target which, and the resulting numbers.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Graph {
    /// The objects that target others or are targeted, in the order of the text.
    pub nodes: Vec<GraphNode>,
    /// Which targets which.
    pub edges: Vec<GraphEdge>,
}

/// One object of the graph.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GraphNode {
    /// The object, in `Checked.objects`.
    pub object: usize,
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace, `default` spelt out.
    pub namespace: String,
    /// Its name; empty without one.
    pub name: String,
    /// Its facts.
    pub facts: GraphFacts,
    /// Its missing targets, as messages name them.
    pub missing: Vec<String>,
    /// The error, if it can't be read.
    pub unreadable: Option<String>,
}

/// The facts of an object, by its role.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "role", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum GraphFacts {
    /// It creates pods.
    Workload {
        /// How many; null when that depends on the cluster or on the work.
        pods: Option<PodRange>,
    },
    /// It sets a number of pods.
    Autoscaler {
        /// The minimum number of pods, while there is work.
        least: i64,
        /// The maximum; null if it sets none.
        most: Option<i64>,
        /// Whether it scales to zero.
        scales_to_zero: bool,
        /// Its metrics.
        metrics: Vec<ScalingMetric>,
    },
    /// It limits evictions.
    Budget {
        /// Its demand, as in the manifest.
        demand: String,
        /// The evictions with the minimum number of pods; null if it selects no workload.
        at_least: Option<Evictions>,
        /// The same with the maximum number.
        at_most: Option<Evictions>,
    },
    /// It routes requests to pods, directly or through another route.
    Route,
    /// It isolates pods.
    Isolation {
        /// Whether ingress is limited.
        ingress: bool,
        /// Whether egress is limited.
        egress: bool,
    },
    /// It is who pods are to the API server.
    Account {
        /// What it may do there, by binding.
        rights: Vec<GrantedRights>,
    },
}

/// What one binding grants an account.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GrantedRights {
    /// The role, as messages name it.
    pub role: String,
    /// The binding, as messages name it.
    pub binding: String,
    /// The namespace in which it holds; null for all of them.
    pub namespace: Option<String>,
    /// What in it is worth knowing, after "may"; null if the role wasn't given.
    pub may: Option<Vec<&'static str>>,
}

/// How many pods a workload has.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PodRange {
    /// The minimum.
    pub least: i64,
    /// The maximum.
    pub most: i64,
    /// The number in the manifest itself.
    pub written: Option<i64>,
    /// The source of the number: `replicas`, `the default`.
    pub from: String,
}

/// The evictions that a budget allows.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Evictions {
    /// The number of pods, all healthy.
    pub pods: i64,
    /// How many stay.
    pub kept: i64,
    /// How many may be evicted at once.
    pub allowed: i64,
}

/// A metric that an autoscaler scales by.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ScalingMetric {
    /// The resource, or the type of metric.
    pub name: String,
    /// The single container that it measures.
    pub container: Option<String>,
    /// The target in percent of the requests; null for other metrics.
    pub target_percent: Option<i64>,
    /// The request; null if a container has none.
    pub requests: Option<String>,
    /// The usage at which pods are added.
    pub scales_at: Option<String>,
    /// The limit; null without one.
    pub limits: Option<String>,
    /// The limit in percent of the request.
    pub limit_percent: Option<i64>,
    /// The containers without a request, which the metric can't be computed for.
    pub without_request: Vec<String>,
}

/// One object targets another.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GraphEdge {
    /// The source, in `Graph.nodes`.
    pub from: usize,
    /// The target.
    pub to: usize,
    /// The relation.
    pub relation: Relation,
}

/// What one object does to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Relation {
    /// Sets its number of pods.
    Scales,
    /// Limits the evictions of its pods.
    Budgets,
    /// Routes requests to it.
    Routes,
    /// Limits its pods' traffic.
    Isolates,
    /// Gives its pods rights in the API.
    Authorizes,
}

/// How a pod terminates, or why that is unknown.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Termination {
    /// Null for an object without pods, or one that can't be read.
    pub timeline: Option<Timeline>,
    /// The error.
    pub unreadable: Option<String>,
}

/// How a pod terminates. Times are in milliseconds from its deletion.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Timeline {
    /// The grace period.
    pub grace: i64,
    /// Whether the grace period is the API's default.
    pub default_grace: bool,
    /// The Services that route requests to the pod; null if none was given, and one is assumed to exist.
    pub routes: Option<Vec<String>>,
    /// When the last route to it has been removed: an assumption.
    pub out_of_rotation: i64,
    /// The time that a process has to finish its work after the signal: an assumption.
    pub drain: i64,
    /// Whether it runs on Windows, where a system event replaces the signal.
    pub windows: bool,
    /// Its containers, in the order of the manifest.
    pub containers: Vec<ContainerEnd>,
}

/// How one container terminates.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ContainerEnd {
    /// Its name.
    pub name: String,
    /// Its role.
    pub part: ContainerPart,
    /// Whether it gets requests.
    pub serving: bool,
    /// Its preStop hook.
    pub hook: Option<StopHook>,
    /// The stop signal.
    pub signal: String,
    /// When the signal is sent; null if the container is killed without one.
    pub signalled: Option<Moment>,
    /// When it has exited, if it takes no longer than assumed; null if that is unknown.
    pub ended: Option<i64>,
    /// When it is killed, if it still runs.
    pub killed: i64,
    /// What goes wrong.
    pub problems: Vec<StopProblem>,
}

/// The role of a container when its pod terminates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ContainerPart {
    /// It gets the signal at once.
    Container,
    /// A native sidecar: gets the signal after the containers have exited, in reverse order.
    Sidecar,
    /// A mesh's proxy beside the containers: gets the signal at the same time.
    Proxy,
    /// An injected proxy of a mesh: gets the signal at the same time as the containers.
    InjectedProxy,
    /// A mesh's proxy, injected as a native sidecar.
    InjectedSidecar,
}

/// A preStop hook.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StopHook {
    /// What it does.
    pub handler: HookHandler,
    /// When it ends.
    pub until: Moment,
    /// How it ends.
    pub end: HookEnd,
}

/// What a hook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(missing_docs, reason = "the words are Kubernetes' own")]
pub enum HookHandler {
    Exec,
    HttpGet,
    Sleep,
    TcpSocket,
}

/// How a hook ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum HookEnd {
    /// It finishes.
    Done,
    /// The grace period ends first.
    CutOff,
    /// It isn't run at all.
    NeverRuns,
}

/// A moment, and its certainty.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Moment {
    /// When, in milliseconds.
    pub at: i64,
    /// Its certainty.
    pub known: Known,
}

/// The certainty of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Known {
    /// Then.
    Exactly,
    /// Then or later.
    AtLeast,
    /// Then, if the others take as long as assumed.
    Assumed,
}

/// A problem while a container terminates.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StopProblem {
    /// Its consequence.
    pub kind: StopProblemKind,
    /// From when.
    pub from: i64,
    /// Until when.
    pub to: i64,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The policies that report it.
    pub policies: Vec<&'static str>,
}

/// The consequence of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum StopProblemKind {
    /// Requests are cut off or refused: 502.
    Cut,
    /// Requests are still routed to the stopped container and get no answer: 504.
    Late,
    /// Work is lost, but no known request.
    Lost,
}
