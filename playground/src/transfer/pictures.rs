//! What the pictures are drawn from.

use serde::Serialize;

/// What targets what among the objects of the text, and what their numbers come to.
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
    /// Its name; empty when it has none.
    pub name: String,
    /// What there is to say of it.
    pub facts: GraphFacts,
    /// What it targets and isn't there, as messages name it.
    pub missing: Vec<String>,
    /// Why it could not be read, if it could not.
    pub unreadable: Option<String>,
}

/// What there is to say of an object, by the part that it plays.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "role", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum GraphFacts {
    /// It makes pods.
    Workload {
        /// How many; null when that depends on the cluster or on the work.
        pods: Option<PodRange>,
    },
    /// It sets a number of pods.
    Autoscaler {
        /// The least number of pods, while there is work.
        least: i64,
        /// The greatest; null when it sets none.
        most: Option<i64>,
        /// Whether it lets go of the last pod.
        scales_to_zero: bool,
        /// What it scales by.
        metrics: Vec<ScalingMetric>,
    },
    /// It limits evictions.
    Budget {
        /// What it demands, as it is written.
        demand: String,
        /// What that comes to with as few pods as there may be; null when it selects no workload.
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
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PodRange {
    /// At least.
    pub least: i64,
    /// At most.
    pub most: i64,
    /// As many as the manifest itself says.
    pub written: Option<i64>,
    /// What says how many there are: `replicas`, `the default`.
    pub from: String,
}

/// What a budget comes to.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Evictions {
    /// With so many pods, all of them healthy,
    pub pods: i64,
    /// so many stay,
    pub kept: i64,
    /// and so many may be evicted at once.
    pub allowed: i64,
}

/// What an autoscaler scales by.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ScalingMetric {
    /// The resource, or the type of metric.
    pub name: String,
    /// The one container that it is about.
    pub container: Option<String>,
    /// The percentage of the requests that it aims at; null for metrics that are none.
    pub target_percent: Option<i64>,
    /// What is requested; null when a container requests none.
    pub requests: Option<String>,
    /// The use at which pods are added.
    pub scales_at: Option<String>,
    /// What may be used at most; null when nothing limits it.
    pub limits: Option<String>,
    /// The same in percent of what is requested.
    pub limit_percent: Option<i64>,
    /// The containers that request nothing, which keeps the metric from being computed.
    pub without_request: Vec<String>,
}

/// One object targets another.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GraphEdge {
    /// The one that targets, in `Graph.nodes`.
    pub from: usize,
    /// The one that is targeted.
    pub to: usize,
    /// What for.
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
    /// Sends requests to it.
    Routes,
    /// Limits what its pods send and receive.
    Isolates,
}

/// How a pod ends, or why nobody can tell.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Termination {
    /// Null for an object that makes no pods, or can't be read.
    pub timeline: Option<Timeline>,
    /// Why it can't be read.
    pub unreadable: Option<String>,
}

/// How a pod ends. Times are in milliseconds from its deletion.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Timeline {
    /// The grace period.
    pub grace: i64,
    /// Whether the manifest leaves it to the API.
    pub default_grace: bool,
    /// Who leads requests to the pod: Services; null when none was given, and one is assumed to be there.
    pub routes: Option<Vec<String>>,
    /// When the last of those who lead requests to it has learnt that it ends: an assumption.
    pub led_away: i64,
    /// What a process is given to finish its work after the signal: an assumption.
    pub drain: i64,
    /// Whether it runs on Windows, where an event of the system takes the place of the signal.
    pub windows: bool,
    /// Its containers, in the order of the manifest.
    pub containers: Vec<ContainerEnd>,
}

/// How one container ends.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ContainerEnd {
    /// Its name.
    pub name: String,
    /// The part that it plays.
    pub part: ContainerPart,
    /// Whether requests are led to it.
    pub serving: bool,
    /// Its preStop hook.
    pub hook: Option<StopHook>,
    /// The signal that tells it to stop.
    pub signal: String,
    /// When it comes; null when the container is killed without.
    pub told: Option<Moment>,
    /// When it has finished by itself, if it takes no longer than is assumed; null when nothing is known of that.
    pub ended: Option<i64>,
    /// When it is killed, if it is still there.
    pub killed: i64,
    /// What goes wrong.
    pub problems: Vec<StopProblem>,
}

/// The part that a container plays when its pod ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ContainerPart {
    /// It is told to stop at once.
    Container,
    /// A native sidecar: told to stop when the containers have ended, the last of them first.
    Sidecar,
    /// A mesh's proxy beside the containers, told to stop when they are.
    Proxy,
    /// A mesh's proxy that is injected, told to stop when the containers are.
    InjectedProxy,
    /// A mesh's proxy that is injected as a native sidecar.
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
    /// By itself.
    Done,
    /// The grace period is over before.
    CutOff,
    /// It isn't run at all.
    NeverRuns,
}

/// A moment, and how well it is known.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Moment {
    /// When, in milliseconds.
    pub at: i64,
    /// What is known of it.
    pub known: Known,
}

/// How well a moment is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Known {
    /// Then.
    Exactly,
    /// Then or later.
    AtLeast,
    /// Then, if the others take as long as is assumed.
    Assumed,
}

/// Something that goes wrong when a container ends.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StopProblem {
    /// What comes of it.
    pub kind: StopProblemKind,
    /// From when.
    pub from: i64,
    /// Until when.
    pub to: i64,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The policies that say so.
    pub policies: Vec<&'static str>,
}

/// What comes of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum StopProblemKind {
    /// Requests are cut off or refused: 502.
    Cut,
    /// Requests are led to what is gone and get no answer: 504.
    Late,
    /// Work is lost that nobody is known to wait for.
    Lost,
}
