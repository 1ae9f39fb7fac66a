//! The data that the page and the policies exchange.

pub mod pictures;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A range of the text, in UTF-16 units from its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TextRange {
    /// Its first unit.
    pub from: usize,
    /// The first unit after it.
    pub to: usize,
}

/// The enabled policies, and how to read the text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Config {
    /// The profile; defaults to `production`.
    pub profile: Option<String>,
    /// The differences from the profile and from default settings, by policy.
    pub policies: BTreeMap<String, Choice>,
    /// The version of Kubernetes, as `"1.NN"`, for policies whose settings set none.
    pub kubernetes_version: Option<String>,
    /// Whether no other objects exist. Otherwise kinds without an object in the text are unknown.
    pub complete: bool,
    /// The date, as `YYYY-MM-DD`, for exemptions that expire.
    pub today: String,
}

/// The differences for one policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Choice {
    /// On or off, regardless of the profile.
    pub enabled: Option<bool>,
    /// Its settings: a mapping, or null.
    #[cfg_attr(test, ts(type = "Record<string, unknown> | null", optional))]
    pub settings: Value,
}

/// The result of checking a text.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Checked {
    /// The objects, in the order of the text.
    pub objects: Vec<Object>,
    /// The findings, in the order of the text.
    pub findings: Vec<Finding>,
    /// The findings that are exempt.
    pub suppressed: Vec<Suppressed>,
    /// Exemptions that exempt nothing.
    pub unused_exemptions: Vec<UnusedExemption>,
    /// The checks that were skipped because other objects are missing.
    pub skipped: Vec<Skipped>,
    /// The objects that are in the text more than once.
    pub repeated: Vec<Repeated>,
    /// The number of documents that are patches for other objects.
    pub patches: usize,
    /// The notes of Kubernetes' own definitions about the objects, once they are loaded.
    pub notes: Vec<SchemaNote>,
    /// The parts that could not be read.
    pub errors: Vec<ReadingError>,
    /// Invalid settings; the policies check without them.
    pub wrong_settings: Vec<WrongSetting>,
    /// The policies that ran.
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
    /// Its name, or the prefix that the API server completes.
    pub name: String,
    /// The range to highlight for the object as a whole.
    pub range: TextRange,
    /// Whether any policy checks its kind.
    pub checked: bool,
}

/// A violation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Finding {
    /// The policy.
    pub policy: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Why it hurts.
    pub why: &'static str,
    /// What to do.
    pub help: String,
    /// The object, in [`Checked::objects`].
    pub object: usize,
    /// The range to highlight.
    pub range: TextRange,
    /// The field, as a JSON pointer in the object.
    pub path: String,
    /// The container with the violation.
    pub container: Option<String>,
    /// Other objects that are involved.
    pub related: Vec<Related>,
    /// A fix.
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
    /// The range to highlight.
    pub range: TextRange,
    /// The text to write instead.
    pub fix: Option<Replacement>,
}

/// A replacement of the text in a range.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Replacement {
    /// Its effect.
    pub title: String,
    /// The text.
    pub insert: String,
}

/// The severity of a finding, in rising order.
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

/// Another object that is involved in a finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Related {
    /// Kind, namespace and name.
    pub title: String,
    /// Its relation to the finding.
    pub message: String,
    /// The range, if the object is in the text.
    pub range: Option<TextRange>,
}

/// A fix of a finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fix {
    /// An imperative: "set replicas to 2".
    pub title: String,
    /// How safe it is.
    pub applicability: Applicability,
}

/// How safe a fix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Applicability {
    /// It is only shown.
    Display,
    /// It may change how the workload behaves.
    Unsafe,
    /// A healthy workload behaves as before.
    Safe,
}

/// An exempt finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// What exempts it.
    pub by: SuppressedBy,
    /// The reason.
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
    /// Which one, and the problem.
    pub message: String,
    /// Its range, if it is in the text.
    pub range: Option<TextRange>,
}

/// An object that is in the text more than once.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Repeated {
    /// Kind, namespace and name.
    pub title: String,
    /// The ranges to highlight, in the order of the text; at least two.
    pub ranges: Vec<TextRange>,
}

/// A kind that policies need and the text doesn't have.
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

/// Text that could not be read.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadingError {
    /// What is wrong.
    pub message: String,
    /// The range: to the end of the line.
    pub range: Option<TextRange>,
}

/// An invalid setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WrongSetting {
    /// The policy.
    pub policy: String,
    /// The setting, with dots between levels; empty for the policy as a whole.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Text edits, or why they are impossible.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TextChange {
    /// The edits, in the order of the text, without overlaps.
    pub edits: Vec<TextEdit>,
    /// Why the text can't be edited.
    pub refused: Option<String>,
}

/// A range of the text and its replacement.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TextEdit {
    /// Its first unit.
    pub from: usize,
    /// The first unit after it.
    pub to: usize,
    /// The replacement.
    pub insert: String,
}

/// A text after fixes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// The number of applied fixes.
    pub made: usize,
    /// The fixes that could not be applied to the text, and why.
    pub refused: Vec<String>,
}

/// A review to run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReviewRequest {
    /// The object, in [`Checked::objects`].
    pub object: usize,
    /// The operation.
    pub operation: Operation,
    /// The old object as YAML; for UPDATE only.
    #[serde(default)]
    pub old: Option<String>,
}

/// The operation on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(missing_docs, reason = "the words are Kubernetes' own")]
pub enum Operation {
    Create,
    Update,
}

/// The policies' answers in a cluster.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reviewed {
    /// The AdmissionReview that the API server sends.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub review: Value,
    /// The answers of the policies.
    pub answers: Vec<Answer>,
    /// Why no policy checks the object, or what is wrong with the old one.
    pub problem: Option<String>,
}

/// The answer of one policy.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Answer {
    /// The policy.
    pub policy: &'static str,
    /// Its settings.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub settings: Value,
    /// Whether the object is admitted.
    pub allowed: bool,
    /// Why not.
    pub message: Option<String>,
    /// The warnings to the user.
    pub warnings: Vec<String>,
    /// The mutation as a JSON Patch; null without one.
    #[cfg_attr(test, ts(type = "PatchOperation[] | null"))]
    pub patch: Value,
    /// The response that policy-server sends to the API server.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub response: Value,
}

/// The catalogue of policies.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Catalogue {
    /// The version of Plimsoll.
    pub version: &'static str,
    /// The profiles; each contains those before it.
    pub profiles: Vec<&'static str>,
    /// The default profile.
    pub default_profile: &'static str,
    /// The severities, rising.
    pub severities: Vec<&'static str>,
    /// The newest known version of Kubernetes.
    pub kubernetes_version: String,
    /// The policies, by id.
    pub policies: Vec<Policy>,
    /// The ids that policies had, with those that they have.
    pub renamed: BTreeMap<&'static str, &'static str>,
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
    /// Its group in lists.
    pub category: &'static str,
    /// The severity of the violation.
    pub severity: &'static str,
    /// The smallest profile that contains it.
    pub profile: &'static str,
    /// The fixes of its findings: `none`, `safe`, `unsafe`, `safe or unsafe` or `new object`.
    pub fix: &'static str,
}

/// The file `policies.json`: what is known of the policies beside their checks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(test, derive(Serialize, ts_rs::TS))]
pub struct Descriptions {
    /// The settings that every policy has, except those that hold for all policies at once.
    pub common_settings: Vec<Setting>,
    /// The policies, by id.
    pub policies: BTreeMap<String, Description>,
}

/// Everything about a policy.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(Serialize, ts_rs::TS))]
pub struct Description {
    /// Its documentation, as Markdown.
    pub documentation: String,
    /// The kinds that it checks.
    pub targets: Vec<String>,
    /// The kinds that it looks up.
    pub needs: Vec<String>,
    /// The sources for the practice.
    pub sources: Vec<Source>,
    /// Its own settings.
    pub settings: Vec<Setting>,
}

/// A source for a practice.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(Serialize, ts_rs::TS))]
pub struct Source {
    /// Its title.
    pub title: String,
    /// Its URL.
    pub url: String,
}

/// One setting.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(Serialize, ts_rs::TS))]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its documentation.
    pub documentation: String,
    /// The JSON Schema of its value, without references.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub schema: Value,
    /// The default; null when that depends.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub default: Value,
}

/// The enabled policies in the forms of a cluster, a policy server and the command line, without default settings.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Configuration {
    /// A `ClusterAdmissionPolicy` for each policy.
    pub policies: String,
    /// A `ClusterAdmissionPolicyGroup` of all; empty if none is enabled.
    pub group: String,
    /// A `ClusterAdmissionPolicy` of the suite.
    pub suite: String,
    /// The permissions that PolicyServer needs for these three; empty if no enabled policy has look-ups.
    pub rbac: String,
    /// `policies.yml` of a policy server; empty if none is enabled.
    pub policy_server: String,
    /// A command for each policy that runs it on `review.json`.
    pub kwctl: Vec<String>,
    /// The configuration file of the command line; empty if nothing differs from its defaults.
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

    /// What the file has is what is read of it.
    #[test]
    fn descriptions_are_read_as_they_are_written() {
        let written = serde_json::to_value(plimsoll::engine::catalogue::descriptions()).unwrap();
        let read: Descriptions = serde_json::from_value(written.clone()).unwrap();
        assert!(read.policies.len() > 100);
        assert_eq!(serde_json::to_value(read).unwrap(), written);
    }

    /// The page's types equal these. `BLESS=1` writes them.
    #[test]
    fn page_has_the_same_types() {
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
            Repeated,
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
            Descriptions,
            Description,
            Source,
            Setting,
            Configuration,
            Graph,
            GraphNode,
            GraphFacts,
            GrantedRights,
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
