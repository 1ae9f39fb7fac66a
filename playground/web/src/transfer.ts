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
 * What follows its last unit.
 */
to: number, };

export type Config = { 
/**
 * The profile; `production` when it isn't given.
 */
profile?: string, 
/**
 * What differs from the profile and from default settings, by policy.
 */
policies: { [key in string]: Choice }, 
/**
 * The version of Kubernetes, as `"1.NN"`, for policies whose settings don't say.
 */
kubernetesVersion?: string, 
/**
 * Whether the text is all there is. Otherwise kinds of which it has nothing are unknown.
 */
complete: boolean, 
/**
 * Today, as `YYYY-MM-DD`: exemptions expire.
 */
today: string, };

export type Choice = { 
/**
 * On or off, whatever the profile says.
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
 * What is wrong, in the order of the text.
 */
findings: Array<Finding>, 
/**
 * What is wrong and exempt.
 */
suppressed: Array<Suppressed>, 
/**
 * Exemptions that exempt nothing.
 */
unusedExemptions: Array<UnusedExemption>, 
/**
 * What could not be checked for want of other objects.
 */
skipped: Array<Skipped>, 
/**
 * What Kubernetes' own definitions say of the objects, once they were learnt.
 */
notes: Array<SchemaNote>, 
/**
 * What could not be read.
 */
errors: Array<ReadingError>, 
/**
 * Settings that cannot be used; the policies check without them.
 */
wrongSettings: Array<WrongSetting>, 
/**
 * The policies that checked.
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
 * Its name, or the beginning of one that the API server completes.
 */
name: string, 
/**
 * What to point at when the object as a whole is meant.
 */
range: TextRange, 
/**
 * Whether any policy is about its kind.
 */
checked: boolean, };

export type Finding = { 
/**
 * The policy.
 */
policy: string, 
/**
 * How bad it is.
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
 * What to point at.
 */
range: TextRange, 
/**
 * The field, as a JSON pointer in the object.
 */
path: string, 
/**
 * The container at fault.
 */
container: string | null, 
/**
 * What else takes part.
 */
related: Array<Related>, 
/**
 * What would fix it.
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
 * What to point at.
 */
range: TextRange, 
/**
 * What to write there instead.
 */
fix: Replacement | null, };

export type Replacement = { 
/**
 * What that does.
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
 * What it has to do with the finding.
 */
message: string, 
/**
 * Where, when the object is in the text.
 */
range: TextRange | null, };

export type Fix = { 
/**
 * An order: "set replicas to 2".
 */
title: string, 
/**
 * How far it can be trusted.
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
 * Why.
 */
reason: string, };

export type SuppressedBy = "annotation" | "exemption";

export type UnusedExemption = { 
/**
 * The policy that it was meant for, as written.
 */
policy: string, 
/**
 * Which one, and what is the matter with it.
 */
message: string, 
/**
 * Where it stands, when that is in the text.
 */
range: TextRange | null, };

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
 * Where: from there to the end of the line.
 */
range: TextRange | null, };

export type WrongSetting = { 
/**
 * The policy.
 */
policy: string, 
/**
 * The setting, with dots for what lies below it; empty for the policy as a whole.
 */
field: string, 
/**
 * What is wrong with it.
 */
reason: string, };

export type TextChange = { 
/**
 * The changes, in the order of the text, none of which overlap.
 */
edits: Array<TextEdit>, 
/**
 * Why the text cannot be changed so.
 */
refused: string | null, };

export type TextEdit = { 
/**
 * Its first unit.
 */
from: number, 
/**
 * What follows its last unit.
 */
to: number, 
/**
 * What replaces it.
 */
insert: string, };

export type Fixed = { 
/**
 * The text.
 */
text: string, 
/**
 * How many fixes were made.
 */
made: number, 
/**
 * Fixes that could not be made in the text, and why.
 */
refused: Array<string>, };

export type ReviewRequest = { 
/**
 * The object, in [`Checked::objects`].
 */
object: number, 
/**
 * What is being done to it.
 */
operation: Operation, 
/**
 * What it replaces, as YAML; on an UPDATE only.
 */
old: string | null, };

export type Operation = "CREATE" | "UPDATE";

export type Reviewed = { 
/**
 * The AdmissionReview that the API server sends.
 */
review: unknown, 
/**
 * What each policy that is asked answers.
 */
answers: Array<Answer>, 
/**
 * Why nothing can be asked about the object, or what is wrong with the old one.
 */
problem: string | null, };

export type Answer = { 
/**
 * The policy.
 */
policy: string, 
/**
 * The settings that it was given.
 */
settings: unknown, 
/**
 * Whether the object is accepted.
 */
allowed: boolean, 
/**
 * Why not.
 */
message: string | null, 
/**
 * What the user is warned of.
 */
warnings: Array<string>, 
/**
 * How the object is changed, as a JSON Patch; null when it isn't.
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
 * The profiles, each containing those before it.
 */
profiles: Array<string>, 
/**
 * The profile without a choice.
 */
defaultProfile: string, 
/**
 * The severities, rising.
 */
severities: Array<string>, 
/**
 * The newest version of Kubernetes that is known.
 */
kubernetesVersion: string, 
/**
 * The policies, by id.
 */
policies: Array<Policy>, };

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
 * The group that it is listed under.
 */
category: string, 
/**
 * How bad the violation is.
 */
severity: string, 
/**
 * Which profiles have it on.
 */
profile: string, 
/**
 * What its findings bring: `none`, `safe`, `unsafe`, `safe or unsafe` or `new object`.
 */
fix: string, };

export type Description = { 
/**
 * Its name.
 */
id: string, 
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
 * Where the practice is argued.
 */
sources: Array<Source>, 
/**
 * Its own settings.
 */
settings: Array<Setting>, 
/**
 * The settings that every policy has.
 */
commonSettings: Array<Setting>, };

export type Source = { 
/**
 * What it is called.
 */
title: string, 
/**
 * Where to read it.
 */
url: string, };

export type Setting = { 
/**
 * Its name.
 */
name: string, 
/**
 * What it means.
 */
documentation: string, 
/**
 * The JSON Schema of its value, without references.
 */
schema: unknown, 
/**
 * What it is when it isn't written; null when that depends.
 */
default: unknown, };

export type Configuration = { 
/**
 * A `ClusterAdmissionPolicy` for each policy.
 */
policies: string, 
/**
 * A `ClusterAdmissionPolicyGroup` of all; empty when nothing is on.
 */
group: string, 
/**
 * A `ClusterAdmissionPolicy` of the module that holds all policies.
 */
suite: string, 
/**
 * What PolicyServer has to be allowed for these three; empty when no policy that is on looks anything up.
 */
rbac: string, 
/**
 * `policies.yml` of a policy server; empty when nothing is on.
 */
policyServer: string, 
/**
 * A command for each policy that asks it about `review.json`.
 */
kwctl: Array<string>, 
/**
 * The settings file of the command line; empty when nothing differs from its defaults.
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
 * Its name; empty when it has none.
 */
name: string, 
/**
 * What there is to say of it.
 */
facts: GraphFacts, 
/**
 * What it targets and isn't there, as messages name it.
 */
missing: Array<string>, 
/**
 * Why it could not be read, if it could not.
 */
unreadable: string | null, };

export type GraphFacts = { "role": "workload", 
/**
 * How many; null when that depends on the cluster or on the work.
 */
pods: PodRange | null, } | { "role": "autoscaler", 
/**
 * The least number of pods, while there is work.
 */
least: number, 
/**
 * The greatest; null when it sets none.
 */
most: number | null, 
/**
 * Whether it lets go of the last pod.
 */
scalesToZero: boolean, 
/**
 * What it scales by.
 */
metrics: Array<ScalingMetric>, } | { "role": "budget", 
/**
 * What it demands, as it is written.
 */
demand: string, 
/**
 * What that comes to with as few pods as there may be; null when it selects no workload.
 */
atLeast: Evictions | null, 
/**
 * The same with as many as there may be.
 */
atMost: Evictions | null, } | { "role": "route" } | { "role": "isolation", 
/**
 * Whether what comes in is limited.
 */
ingress: boolean, 
/**
 * Whether what goes out is.
 */
egress: boolean, };

export type PodRange = { 
/**
 * At least.
 */
least: number, 
/**
 * At most.
 */
most: number, 
/**
 * As many as the manifest itself says.
 */
written: number | null, 
/**
 * What says how many there are: `replicas`, `the default`.
 */
from: string, };

export type Evictions = { 
/**
 * With so many pods, all of them healthy,
 */
pods: number, 
/**
 * so many stay,
 */
kept: number, 
/**
 * and so many may be evicted at once.
 */
allowed: number, };

export type ScalingMetric = { 
/**
 * The resource, or the type of metric.
 */
name: string, 
/**
 * The one container that it is about.
 */
container: string | null, 
/**
 * The percentage of the requests that it aims at; null for metrics that are none.
 */
targetPercent: number | null, 
/**
 * What is requested; null when a container requests none.
 */
requests: string | null, 
/**
 * The use at which pods are added.
 */
scalesAt: string | null, 
/**
 * What may be used at most; null when nothing limits it.
 */
limits: string | null, 
/**
 * The same in percent of what is requested.
 */
limitPercent: number | null, 
/**
 * The containers that request nothing, which keeps the metric from being computed.
 */
withoutRequest: Array<string>, };

export type GraphEdge = { 
/**
 * The one that targets, in `Graph.nodes`.
 */
from: number, 
/**
 * The one that is targeted.
 */
to: number, 
/**
 * What for.
 */
relation: Relation, };

export type Relation = "scales" | "budgets" | "routes" | "isolates";

export type Termination = { 
/**
 * Null for an object that makes no pods, or can't be read.
 */
timeline: Timeline | null, 
/**
 * Why it can't be read.
 */
unreadable: string | null, };

export type Timeline = { 
/**
 * The grace period.
 */
grace: number, 
/**
 * Whether the manifest leaves it to the API.
 */
defaultGrace: boolean, 
/**
 * Who leads requests to the pod: Services; null when none was given, and one is assumed to be there.
 */
routes: Array<string> | null, 
/**
 * When the last of those who lead requests to it has learnt that it ends: an assumption.
 */
ledAway: number, 
/**
 * What a process is given to finish its work after the signal: an assumption.
 */
drain: number, 
/**
 * Whether it runs on Windows, where an event of the system takes the place of the signal.
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
 * The part that it plays.
 */
part: ContainerPart, 
/**
 * Whether requests are led to it.
 */
serving: boolean, 
/**
 * Its preStop hook.
 */
hook: StopHook | null, 
/**
 * The signal that tells it to stop.
 */
signal: string, 
/**
 * When it comes; null when the container is killed without.
 */
told: Moment | null, 
/**
 * When it has finished by itself, if it takes no longer than is assumed; null when nothing is known of that.
 */
ended: number | null, 
/**
 * When it is killed, if it is still there.
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
 * What is known of it.
 */
known: Known, };

export type Known = "exactly" | "atLeast" | "assumed";

export type StopProblem = { 
/**
 * What comes of it.
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
 * The policies that say so.
 */
policies: Array<string>, };

export type StopProblemKind = "cut" | "late" | "lost";
