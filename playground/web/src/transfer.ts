// Made of playground/src/transfer.rs: BLESS=1 cargo nextest run -p plimsoll-playground

export interface PatchOperation {
  op: string;
  path: string;
  value?: unknown;
  from?: string;
}

export type TextRange = { 
/**
 * Its first unit.
 */
from: number, 
/**
 * The first unit after it.
 */
to: number, };

export type Config = { 
/**
 * The profile; defaults to `production`.
 */
profile?: string, 
/**
 * The differences from the profile and from default settings, by policy.
 */
policies: { [key in string]: Choice }, 
/**
 * The version of Kubernetes, as `"1.NN"`, for policies whose settings set none.
 */
kubernetesVersion?: string, 
/**
 * Whether no other objects exist. Otherwise kinds without an object in the text are unknown.
 */
complete: boolean, 
/**
 * The date, as `YYYY-MM-DD`, for exemptions that expire.
 */
today: string, };

export type Choice = { 
/**
 * On or off, regardless of the profile.
 */
enabled?: boolean, 
/**
 * Its settings: a mapping, or null.
 */
settings?: Record<string, unknown> | null, };

export type Checked = { 
/**
 * The objects, in the order of the text.
 */
objects: Array<Object>, 
/**
 * The findings, in the order of the text.
 */
findings: Array<Finding>, 
/**
 * The findings that are exempt.
 */
suppressed: Array<Suppressed>, 
/**
 * Exemptions that exempt nothing.
 */
unusedExemptions: Array<UnusedExemption>, 
/**
 * The checks that were skipped because other objects are missing.
 */
skipped: Array<Skipped>, 
/**
 * The objects that are in the text more than once.
 */
repeated: Array<Repeated>, 
/**
 * The number of documents that are patches for other objects.
 */
patches: number, 
/**
 * The notes of Kubernetes' own definitions about the objects, once they are loaded.
 */
notes: Array<SchemaNote>, 
/**
 * The parts that could not be read.
 */
errors: Array<ReadingError>, 
/**
 * Invalid settings; the policies check without them.
 */
wrongSettings: Array<WrongSetting>, 
/**
 * The policies that ran.
 */
policies: Array<string>, };

export type Object = { 
/**
 * Its API version.
 */
apiVersion: string, 
/**
 * Its kind.
 */
kind: string, 
/**
 * Its namespace; empty when it names none.
 */
namespace: string, 
/**
 * Its name, or the prefix that the API server completes.
 */
name: string, 
/**
 * The range to highlight for the object as a whole.
 */
range: TextRange, 
/**
 * Whether any policy checks its kind.
 */
checked: boolean, };

export type Finding = { 
/**
 * The policy.
 */
policy: string, 
/**
 * Its severity.
 */
severity: Severity, 
/**
 * What is wrong.
 */
message: string, 
/**
 * Why it hurts.
 */
why: string, 
/**
 * What to do.
 */
help: string, 
/**
 * The object, in [`Checked::objects`].
 */
object: number, 
/**
 * The range to highlight.
 */
range: TextRange, 
/**
 * The field, as a JSON pointer in the object.
 */
path: string, 
/**
 * The container with the violation.
 */
container: string | null, 
/**
 * Other objects that are involved.
 */
related: Array<Related>, 
/**
 * A fix.
 */
fix: Fix | null, 
/**
 * An object that would fix it, as YAML.
 */
newObject: string | null, };

export type SchemaNote = { 
/**
 * What is wrong.
 */
message: string, 
/**
 * The object, in [`Checked::objects`].
 */
object: number, 
/**
 * The range to highlight.
 */
range: TextRange, 
/**
 * The text to write instead.
 */
fix: Replacement | null, };

export type Replacement = { 
/**
 * Its effect.
 */
title: string, 
/**
 * The text.
 */
insert: string, };

export type Severity = "info" | "low" | "medium" | "high" | "critical";

export type Related = { 
/**
 * Kind, namespace and name.
 */
title: string, 
/**
 * Its relation to the finding.
 */
message: string, 
/**
 * The range, if the object is in the text.
 */
range: TextRange | null, };

export type Fix = { 
/**
 * An imperative: "set replicas to 2".
 */
title: string, 
/**
 * How safe it is.
 */
applicability: Applicability, };

export type Applicability = "display" | "unsafe" | "safe";

export type Suppressed = { 
/**
 * The finding.
 */
finding: Finding, 
/**
 * What exempts it.
 */
by: SuppressedBy, 
/**
 * The reason.
 */
reason: string, };

export type SuppressedBy = "annotation" | "exemption";

export type UnusedExemption = { 
/**
 * The policy that it was meant for, as written.
 */
policy: string, 
/**
 * Which one, and the problem.
 */
message: string, 
/**
 * Its range, if it is in the text.
 */
range: TextRange | null, };

export type Repeated = { 
/**
 * Kind, namespace and name.
 */
title: string, 
/**
 * The ranges to highlight, in the order of the text; at least two.
 */
ranges: Array<TextRange>, };

export type Skipped = { 
/**
 * The kind.
 */
needs: string, 
/**
 * The policies that need it.
 */
policies: Array<string>, 
/**
 * How many objects they could not check.
 */
objects: number, };

export type ReadingError = { 
/**
 * What is wrong.
 */
message: string, 
/**
 * The range: to the end of the line.
 */
range: TextRange | null, };

export type WrongSetting = { 
/**
 * The policy.
 */
policy: string, 
/**
 * The setting, with dots between levels; empty for the policy as a whole.
 */
field: string, 
/**
 * What is wrong with it.
 */
reason: string, };

export type TextChange = { 
/**
 * The edits, in the order of the text, without overlaps.
 */
edits: Array<TextEdit>, 
/**
 * Why the text can't be edited.
 */
refused: string | null, };

export type TextEdit = { 
/**
 * Its first unit.
 */
from: number, 
/**
 * The first unit after it.
 */
to: number, 
/**
 * The replacement.
 */
insert: string, };

export type Fixed = { 
/**
 * The text.
 */
text: string, 
/**
 * The number of applied fixes.
 */
made: number, 
/**
 * The fixes that could not be applied to the text, and why.
 */
refused: Array<string>, };

export type ReviewRequest = { 
/**
 * The object, in [`Checked::objects`].
 */
object: number, 
/**
 * The operation.
 */
operation: Operation, 
/**
 * The old object as YAML; for UPDATE only.
 */
old: string | null, };

export type Operation = "CREATE" | "UPDATE";

export type Reviewed = { 
/**
 * The AdmissionReview that the API server sends.
 */
review: unknown, 
/**
 * The answers of the policies.
 */
answers: Array<Answer>, 
/**
 * Why no policy checks the object, or what is wrong with the old one.
 */
problem: string | null, };

export type Answer = { 
/**
 * The policy.
 */
policy: string, 
/**
 * Its settings.
 */
settings: unknown, 
/**
 * Whether the object is admitted.
 */
allowed: boolean, 
/**
 * Why not.
 */
message: string | null, 
/**
 * The warnings to the user.
 */
warnings: Array<string>, 
/**
 * The mutation as a JSON Patch; null without one.
 */
patch: PatchOperation[] | null, 
/**
 * The response that policy-server sends to the API server.
 */
response: unknown, };

export type Catalogue = { 
/**
 * The version of Plimsoll.
 */
version: string, 
/**
 * The profiles; each contains those before it.
 */
profiles: Array<string>, 
/**
 * The default profile.
 */
defaultProfile: string, 
/**
 * The severities, rising.
 */
severities: Array<string>, 
/**
 * The newest known version of Kubernetes.
 */
kubernetesVersion: string, 
/**
 * The policies, by id.
 */
policies: Array<Policy>, 
/**
 * The ids that policies had, with those that they have.
 */
renamed: { [key in string]: string }, };

export type Policy = { 
/**
 * Its name.
 */
id: string, 
/**
 * The practice.
 */
title: string, 
/**
 * Why the violation hurts.
 */
why: string, 
/**
 * What to do about it.
 */
help: string, 
/**
 * Its group in lists.
 */
category: string, 
/**
 * The severity of the violation.
 */
severity: string, 
/**
 * The smallest profile that contains it.
 */
profile: string, 
/**
 * The fixes of its findings: `none`, `safe`, `unsafe`, `safe or unsafe` or `new object`.
 */
fix: string, };

export type Descriptions = { 
/**
 * The settings that every policy has, except those that hold for all policies at once.
 */
commonSettings: Array<Setting>, 
/**
 * The policies, by id.
 */
policies: { [key in string]: Description }, };

export type Description = { 
/**
 * Its documentation, as Markdown.
 */
documentation: string, 
/**
 * The kinds that it checks.
 */
targets: Array<string>, 
/**
 * The kinds that it looks up.
 */
needs: Array<string>, 
/**
 * The sources for the practice.
 */
sources: Array<Source>, 
/**
 * Its own settings.
 */
settings: Array<Setting>, };

export type Source = { 
/**
 * Its title.
 */
title: string, 
/**
 * Its URL.
 */
url: string, };

export type Setting = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its documentation.
 */
documentation: string, 
/**
 * The JSON Schema of its value, without references.
 */
schema: unknown, 
/**
 * The default; null when that depends.
 */
default: unknown, };

export type Configuration = { 
/**
 * A `ClusterAdmissionPolicy` for each policy.
 */
policies: string, 
/**
 * A `ClusterAdmissionPolicyGroup` of all; empty if none is enabled.
 */
group: string, 
/**
 * A `ClusterAdmissionPolicy` of the suite.
 */
suite: string, 
/**
 * The permissions that PolicyServer needs for these three; empty if no enabled policy has look-ups.
 */
rbac: string, 
/**
 * `policies.yml` of a policy server; empty if none is enabled.
 */
policyServer: string, 
/**
 * A command for each policy that runs it on `review.json`.
 */
kwctl: Array<string>, 
/**
 * The configuration file of the command line; empty if nothing differs from its defaults.
 */
commandLine: string, };

export type Graph = { 
/**
 * The objects that target others or are targeted, in the order of the text.
 */
nodes: Array<GraphNode>, 
/**
 * Which targets which.
 */
edges: Array<GraphEdge>, };

export type GraphNode = { 
/**
 * The object, in `Checked.objects`.
 */
object: number, 
/**
 * Its kind.
 */
kind: string, 
/**
 * Its namespace, `default` spelt out.
 */
namespace: string, 
/**
 * Its name; empty without one.
 */
name: string, 
/**
 * Its facts.
 */
facts: GraphFacts, 
/**
 * Its missing targets, as messages name them.
 */
missing: Array<string>, 
/**
 * The error, if it can't be read.
 */
unreadable: string | null, };

export type GraphFacts = { "role": "workload", 
/**
 * How many; null when that depends on the cluster or on the work.
 */
pods: PodRange | null, } | { "role": "autoscaler", 
/**
 * The minimum number of pods, while there is work.
 */
least: number, 
/**
 * The maximum; null if it sets none.
 */
most: number | null, 
/**
 * Whether it scales to zero.
 */
scalesToZero: boolean, 
/**
 * Its metrics.
 */
metrics: Array<ScalingMetric>, } | { "role": "budget", 
/**
 * Its demand, as in the manifest.
 */
demand: string, 
/**
 * The evictions with the minimum number of pods; null if it selects no workload.
 */
atLeast: Evictions | null, 
/**
 * The same with the maximum number.
 */
atMost: Evictions | null, } | { "role": "route" } | { "role": "isolation", 
/**
 * Whether ingress is limited.
 */
ingress: boolean, 
/**
 * Whether egress is limited.
 */
egress: boolean, } | { "role": "account", 
/**
 * What it may do there, by binding.
 */
rights: Array<GrantedRights>, };

export type GrantedRights = { 
/**
 * The role, as messages name it.
 */
role: string, 
/**
 * The binding, as messages name it.
 */
binding: string, 
/**
 * The namespace in which it holds; null for all of them.
 */
namespace: string | null, 
/**
 * What in it is worth knowing, after "may"; null if the role wasn't given.
 */
may: Array<string> | null, };

export type PodRange = { 
/**
 * The minimum.
 */
least: number, 
/**
 * The maximum.
 */
most: number, 
/**
 * The number in the manifest itself.
 */
written: number | null, 
/**
 * The source of the number: `replicas`, `the default`.
 */
from: string, };

export type Evictions = { 
/**
 * The number of pods, all healthy.
 */
pods: number, 
/**
 * How many stay.
 */
kept: number, 
/**
 * How many may be evicted at once.
 */
allowed: number, };

export type ScalingMetric = { 
/**
 * The resource, or the type of metric.
 */
name: string, 
/**
 * The single container that it measures.
 */
container: string | null, 
/**
 * The target in percent of the requests; null for other metrics.
 */
targetPercent: number | null, 
/**
 * The request; null if a container has none.
 */
requests: string | null, 
/**
 * The usage at which pods are added.
 */
scalesAt: string | null, 
/**
 * The limit; null without one.
 */
limits: string | null, 
/**
 * The limit in percent of the request.
 */
limitPercent: number | null, 
/**
 * The containers without a request, which the metric can't be computed for.
 */
withoutRequest: Array<string>, };

export type GraphEdge = { 
/**
 * The source, in `Graph.nodes`.
 */
from: number, 
/**
 * The target.
 */
to: number, 
/**
 * The relation.
 */
relation: Relation, };

export type Relation = "scales" | "budgets" | "routes" | "isolates" | "authorizes";

export type Termination = { 
/**
 * Null for an object without pods, or one that can't be read.
 */
timeline: Timeline | null, 
/**
 * The error.
 */
unreadable: string | null, };

export type Timeline = { 
/**
 * The grace period.
 */
grace: number, 
/**
 * Whether the grace period is the API's default.
 */
defaultGrace: boolean, 
/**
 * The Services that route requests to the pod; null if none was given, and one is assumed to exist.
 */
routes: Array<string> | null, 
/**
 * When the last route to it has been removed: an assumption.
 */
outOfRotation: number, 
/**
 * The time that a process has to finish its work after the signal: an assumption.
 */
drain: number, 
/**
 * Whether it runs on Windows, where a system event replaces the signal.
 */
windows: boolean, 
/**
 * Its containers, in the order of the manifest.
 */
containers: Array<ContainerEnd>, };

export type ContainerEnd = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its role.
 */
part: ContainerPart, 
/**
 * Whether it gets requests.
 */
serving: boolean, 
/**
 * Its preStop hook.
 */
hook: StopHook | null, 
/**
 * The stop signal.
 */
signal: string, 
/**
 * When the signal is sent; null if the container is killed without one.
 */
signalled: Moment | null, 
/**
 * When it has exited, if it takes no longer than assumed; null if that is unknown.
 */
ended: number | null, 
/**
 * When it is killed, if it still runs.
 */
killed: number, 
/**
 * What goes wrong.
 */
problems: Array<StopProblem>, };

export type ContainerPart = "container" | "sidecar" | "proxy" | "injectedProxy" | "injectedSidecar";

export type StopHook = { 
/**
 * What it does.
 */
handler: HookHandler, 
/**
 * When it ends.
 */
until: Moment, 
/**
 * How it ends.
 */
end: HookEnd, };

export type HookHandler = "exec" | "httpGet" | "sleep" | "tcpSocket";

export type HookEnd = "done" | "cutOff" | "neverRuns";

export type Moment = { 
/**
 * When, in milliseconds.
 */
at: number, 
/**
 * Its certainty.
 */
known: Known, };

export type Known = "exactly" | "atLeast" | "assumed";

export type StopProblem = { 
/**
 * Its consequence.
 */
kind: StopProblemKind, 
/**
 * From when.
 */
from: number, 
/**
 * Until when.
 */
to: number, 
/**
 * What is wrong, without a full stop.
 */
message: string, 
/**
 * The policies that report it.
 */
policies: Array<string>, };

export type StopProblemKind = "cut" | "late" | "lost";
