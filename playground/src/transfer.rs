//! What goes between the page and the policies.

pub mod pictures;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A stretch of the text, in UTF-16 units from its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TextRange {
    /// Its first unit.
    pub from: usize,
    /// What follows its last unit.
    pub to: usize,
}

/// What is switched on, and how the text is to be understood.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Config {
    /// The profile; `production` when it isn't given.
    pub profile: Option<String>,
    /// What differs from the profile and from default settings, by policy.
    pub policies: BTreeMap<String, Choice>,
    /// The version of Kubernetes, as `"1.NN"`, for policies whose settings don't say.
    pub kubernetes_version: Option<String>,
    /// Whether the text is all there is. Otherwise kinds of which it has nothing are unknown.
    pub complete: bool,
    /// Today, as `YYYY-MM-DD`: exemptions expire.
    pub today: String,
}

/// What differs for one policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Choice {
    /// On or off, whatever the profile says.
    pub enabled: Option<bool>,
    /// Its settings: a mapping, or null.
    #[cfg_attr(test, ts(type = "Record<string, unknown> | null", optional))]
    pub settings: Value,
}

/// What came of checking a text.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Checked {
    /// The objects, in the order of the text.
    pub objects: Vec<Object>,
    /// What is wrong, in the order of the text.
    pub findings: Vec<Finding>,
    /// What is wrong and exempt.
    pub suppressed: Vec<Suppressed>,
    /// Exemptions that exempt nothing.
    pub unused_exemptions: Vec<UnusedExemption>,
    /// What could not be checked for want of other objects.
    pub skipped: Vec<Skipped>,
    /// What Kubernetes' own definitions say of the objects, once they were learnt.
    pub notes: Vec<SchemaNote>,
    /// What could not be read.
    pub errors: Vec<ReadingError>,
    /// Settings that cannot be used; the policies check without them.
    pub wrong_settings: Vec<WrongSetting>,
    /// The policies that checked.
    pub policies: Vec<&'static str>,
}

/// An object of the text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Object {
    /// Its API version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty when it names none.
    pub namespace: String,
    /// Its name, or the beginning of one that the API server completes.
    pub name: String,
    /// What to point at when the object as a whole is meant.
    pub range: TextRange,
    /// Whether any policy is about its kind.
    pub checked: bool,
}

/// Something that is wrong.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Finding {
    /// The policy.
    pub policy: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Why it hurts.
    pub why: &'static str,
    /// What to do.
    pub help: String,
    /// The object, in [`Checked::objects`].
    pub object: usize,
    /// What to point at.
    pub range: TextRange,
    /// The field, as a JSON pointer in the object.
    pub path: String,
    /// The container at fault.
    pub container: Option<String>,
    /// What else takes part.
    pub related: Vec<Related>,
    /// What would fix it.
    pub fix: Option<Fix>,
    /// An object that would fix it, as YAML.
    pub new_object: Option<String>,
}

/// A field that a kind doesn't have, or a value of another type than the field's.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SchemaNote {
    /// What is wrong.
    pub message: String,
    /// The object, in [`Checked::objects`].
    pub object: usize,
    /// What to point at.
    pub range: TextRange,
    /// What to write there instead.
    pub fix: Option<Replacement>,
}

/// What to write instead of what stands there.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Replacement {
    /// What that does.
    pub title: String,
    /// The text.
    pub insert: String,
}

/// How bad a finding is, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(missing_docs, reason = "the words are those of the core")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// Another object that takes part in a finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Related {
    /// Kind, namespace and name.
    pub title: String,
    /// What it has to do with the finding.
    pub message: String,
    /// Where, when the object is in the text.
    pub range: Option<TextRange>,
}

/// What would fix a finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fix {
    /// An order: "set replicas to 2".
    pub title: String,
    /// How far it can be trusted.
    pub applicability: Applicability,
}

/// How far a fix can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Applicability {
    /// It is shown and never made.
    Display,
    /// It may change how the workload behaves.
    Unsafe,
    /// A healthy workload behaves as before.
    Safe,
}

/// A finding that doesn't count.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// What exempts it.
    pub by: SuppressedBy,
    /// Why.
    pub reason: String,
}

/// What exempts a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum SuppressedBy {
    /// An annotation of the object.
    Annotation,
    /// An entry of the policy's setting `exempt`.
    Exemption,
}

/// An exemption that exempts nothing.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UnusedExemption {
    /// The policy that it was meant for, as written.
    pub policy: String,
    /// Which one, and what is the matter with it.
    pub message: String,
    /// Where it stands, when that is in the text.
    pub range: Option<TextRange>,
}

/// A kind of which the text has nothing, so that policies could not check.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Skipped {
    /// The kind.
    pub needs: &'static str,
    /// The policies that need it.
    pub policies: Vec<&'static str>,
    /// How many objects they could not check.
    pub objects: usize,
}

/// Something that could not be read.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadingError {
    /// What is wrong.
    pub message: String,
    /// Where: from there to the end of the line.
    pub range: Option<TextRange>,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WrongSetting {
    /// The policy.
    pub policy: String,
    /// The setting, with dots for what lies below it; empty for the policy as a whole.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Changes of the text, or why there are none.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TextChange {
    /// The changes, in the order of the text, none of which overlap.
    pub edits: Vec<TextEdit>,
    /// Why the text cannot be changed so.
    pub refused: Option<String>,
}

/// A stretch of the text and what is to stand there.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TextEdit {
    /// Its first unit.
    pub from: usize,
    /// What follows its last unit.
    pub to: usize,
    /// What replaces it.
    pub insert: String,
}

/// A text after its fixes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// How many fixes were made.
    pub made: usize,
    /// Fixes that could not be made in the text, and why.
    pub refused: Vec<String>,
}

/// What is to be reviewed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReviewRequest {
    /// The object, in [`Checked::objects`].
    pub object: usize,
    /// What is being done to it.
    pub operation: Operation,
    /// What it replaces, as YAML; on an UPDATE only.
    #[serde(default)]
    pub old: Option<String>,
}

/// What is being done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(missing_docs, reason = "the words are Kubernetes' own")]
pub enum Operation {
    Create,
    Update,
}

/// What the policies would answer in a cluster.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reviewed {
    /// The AdmissionReview that the API server sends.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub review: Value,
    /// What each policy that is asked answers.
    pub answers: Vec<Answer>,
    /// Why nothing can be asked about the object, or what is wrong with the old one.
    pub problem: Option<String>,
}

/// What one policy answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Answer {
    /// The policy.
    pub policy: &'static str,
    /// The settings that it was given.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub settings: Value,
    /// Whether the object is accepted.
    pub allowed: bool,
    /// Why not.
    pub message: Option<String>,
    /// What the user is warned of.
    pub warnings: Vec<String>,
    /// How the object is changed, as a JSON Patch; null when it isn't.
    #[cfg_attr(test, ts(type = "PatchOperation[] | null"))]
    pub patch: Value,
    /// The response that policy-server sends to the API server.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub response: Value,
}

/// Everything that can be chosen.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Catalogue {
    /// The version of Plimsoll.
    pub version: &'static str,
    /// The profiles, each containing those before it.
    pub profiles: Vec<&'static str>,
    /// The profile without a choice.
    pub default_profile: &'static str,
    /// The severities, rising.
    pub severities: Vec<&'static str>,
    /// The newest version of Kubernetes that is known.
    pub kubernetes_version: String,
    /// The policies, by id.
    pub policies: Vec<Policy>,
}

/// A policy in a few words.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Policy {
    /// Its name.
    pub id: &'static str,
    /// The practice.
    pub title: &'static str,
    /// Why the violation hurts.
    pub why: &'static str,
    /// What to do about it.
    pub help: &'static str,
    /// The group that it is listed under.
    pub category: &'static str,
    /// How bad the violation is.
    pub severity: &'static str,
    /// Which profiles have it on.
    pub profile: &'static str,
    /// What its findings bring: `none`, `safe`, `unsafe`, `safe or unsafe` or `new object`.
    pub fix: &'static str,
}

/// All that is known of a policy.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Description {
    /// Its name.
    pub id: &'static str,
    /// Its documentation, as Markdown.
    pub documentation: String,
    /// The kinds that it checks.
    pub targets: Vec<&'static str>,
    /// The kinds that it looks up.
    pub needs: Vec<&'static str>,
    /// Where the practice is argued.
    pub sources: Vec<Source>,
    /// Its own settings.
    pub settings: Vec<Setting>,
    /// The settings that every policy has.
    pub common_settings: Vec<Setting>,
}

/// Where a practice is argued.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Source {
    /// What it is called.
    pub title: &'static str,
    /// Where to read it.
    pub url: &'static str,
}

/// One setting.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What it means.
    pub documentation: String,
    /// The JSON Schema of its value, without references.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub schema: Value,
    /// What it is when it isn't written; null when that depends.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub default: Value,
}

/// What is switched on, in the forms in which it is taken. Settings that are the defaults are left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Configuration {
    /// A `ClusterAdmissionPolicy` for each policy.
    pub policies: String,
    /// A `ClusterAdmissionPolicyGroup` of all; empty when nothing is on.
    pub group: String,
    /// A `ClusterAdmissionPolicy` of the module that holds all policies.
    pub suite: String,
    /// What PolicyServer has to be allowed for these three; empty when no policy that is on looks anything up.
    pub rbac: String,
    /// `policies.yml` of a policy server; empty when nothing is on.
    pub policy_server: String,
    /// A command for each policy that asks it about `review.json`.
    pub kwctl: Vec<String>,
    /// The settings file of the command line; empty when nothing differs from its defaults.
    pub command_line: String,
}

impl Severity {
    pub(crate) fn of(severity: plimsoll::policy::metadata::Severity) -> Severity {
        use plimsoll::policy::metadata::Severity as Core;
        match severity {
            Core::Info => Severity::Info,
            Core::Low => Severity::Low,
            Core::Medium => Severity::Medium,
            Core::High => Severity::High,
            Core::Critical => Severity::Critical,
        }
    }
}

impl Applicability {
    pub(crate) fn of(applicability: plimsoll::policy::fix::Applicability) -> Applicability {
        use plimsoll::policy::fix::Applicability as Core;
        match applicability {
            Core::DisplayOnly => Applicability::Display,
            Core::Unsafe => Applicability::Unsafe,
            Core::Safe => Applicability::Safe,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use ts_rs::TS;

    use super::pictures::*;
    use super::*;

    /// The page's types are these. `BLESS=1` rewrites them.
    #[test]
    fn the_page_has_the_same_types() {
        let mut text = "// Made of playground/src/transfer.rs: BLESS=1 cargo nextest run -p plimsoll-playground\n\n\
            export interface PatchOperation {\n  op: string;\n  path: string;\n  value?: unknown;\n  from?: string;\n}\n"
            .to_owned();
        let config = ts_rs::Config::default().with_large_int("number");
        macro_rules! types {
            ($($type:ty),* $(,)?) => {
                $(write!(text, "\nexport {}\n", <$type>::decl(&config)).unwrap();)*
            };
        }
        types!(
            TextRange,
            Config,
            Choice,
            Checked,
            Object,
            Finding,
            SchemaNote,
            Replacement,
            Severity,
            Related,
            Fix,
            Applicability,
            Suppressed,
            SuppressedBy,
            UnusedExemption,
            Skipped,
            ReadingError,
            WrongSetting,
            TextChange,
            TextEdit,
            Fixed,
            ReviewRequest,
            Operation,
            Reviewed,
            Answer,
            Catalogue,
            Policy,
            Description,
            Source,
            Setting,
            Configuration,
            Graph,
            GraphNode,
            GraphFacts,
            PodRange,
            Evictions,
            ScalingMetric,
            GraphEdge,
            Relation,
            Termination,
            Timeline,
            ContainerEnd,
            ContainerPart,
            StopHook,
            HookHandler,
            HookEnd,
            Moment,
            Known,
            StopProblem,
            StopProblemKind,
        );
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/web/src/transfer.ts");
        if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
            std::fs::write(file, &text).unwrap();
        }
        let committed = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(committed, text, "rewrite {file} with BLESS=1 cargo nextest run -p plimsoll-playground");
    }
}
