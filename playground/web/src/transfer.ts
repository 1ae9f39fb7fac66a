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
 * What is wrong and excused.
 */
suppressed: Array<Suppressed>, 
/**
 * Exemptions that excuse nothing.
 */
unusedExemptions: Array<UnusedExemption>, 
/**
 * What could not be judged for want of other objects.
 */
notCheckable: Array<NotCheckable>, 
/**
 * What Kubernetes' own definitions say of the objects, once they were learnt.
 */
notes: Array<SchemaNote>, 
/**
 * What could not be read.
 */
errors: Array<ReadingError>, 
/**
 * Settings that cannot be used; the policies judge without them.
 */
wrongSettings: Array<WrongSetting>, 
/**
 * The policies that judged.
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
judged: boolean, };

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
 * What would mend it.
 */
fix: Fix | null, 
/**
 * An object that would mend it, as YAML.
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
 * What excuses it.
 */
by: ExcusedBy, 
/**
 * Why.
 */
reason: string, };

export type ExcusedBy = "annotation" | "exemption";

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

export type NotCheckable = { 
/**
 * The kind.
 */
needs: string, 
/**
 * The policies that need it.
 */
policies: Array<string>, 
/**
 * How many objects they could not judge.
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

export type ReviewOrder = { 
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
 * Why the offence hurts.
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
 * How bad the offence is.
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
 * The kinds that it judges.
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
