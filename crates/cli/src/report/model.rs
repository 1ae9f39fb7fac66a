//! The report for programs: what `--format json` writes. These types are its documentation: the schema is made of them.

use std::collections::BTreeMap;

use plimsoll::policy::metadata::Severity;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The version of this format; it rises when a reader of the older one would be wrong.
pub(crate) const VERSION: u32 = 1;

/// What `plimsoll check --format json` writes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckOutput<'r> {
    /// The version of this format, 1. It rises when a field changes its meaning or goes; new fields may come without.
    pub(crate) version: u32,
    /// The version of Plimsoll that wrote this.
    pub(crate) plimsoll: &'r str,
    /// The profile that the policies were taken from: starter, production or strict.
    pub(crate) profile: &'r str,
    /// What is wrong, by file, in the order of the text.
    pub(crate) findings: Vec<Finding<'r>>,
    /// What is wrong and exempt, in the same order.
    pub(crate) suppressed: Vec<Suppressed<'r>>,
    /// Exemptions that exempt nothing.
    pub(crate) unused_exemptions: Vec<UnusedExemption<'r>>,
    /// What could not be checked, because no object of a kind was given, or a cluster would not show any.
    pub(crate) skipped: Vec<Skipped<'r>>,
    /// Objects that were given more than once.
    pub(crate) repeated: Vec<Repeated<'r>>,
    /// Objects of kinds that no policy checks: how many there are of each.
    pub(crate) unchecked: &'r BTreeMap<String, usize>,
    /// What could not be read or understood. When there is any, the exit status is 2.
    pub(crate) errors: Vec<Error<'r>>,
    /// The numbers.
    pub(crate) summary: Summary,
}

/// One violation at one place.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding<'r> {
    /// The policy that found it.
    pub(crate) policy: &'r str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The policy's category.
    pub(crate) category: &'r str,
    /// Where the policy is documented.
    pub(crate) documentation: String,
    /// What the finding is recognised by in another run: it survives moved lines and reordered lists.
    pub(crate) fingerprint: &'r str,
    /// What is wrong.
    pub(crate) message: &'r str,
    /// Why that hurts.
    pub(crate) why: &'r str,
    /// What to do about it.
    pub(crate) help: &'r str,
    /// The file, as it was given; `<stdin>` for standard input.
    pub(crate) file: &'r str,
    /// Which of the file's documents it is in, from 0; those that hold nothing don't count.
    pub(crate) document: usize,
    /// The object.
    pub(crate) object: Object<'r>,
    /// Where in the object, as an RFC 6901 JSON pointer. May name a field that is missing.
    pub(crate) path: &'r str,
    /// The container with the violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) container: Option<&'r str>,
    /// What to point at in the file: the field, or what is nearest to it.
    pub(crate) span: Span,
    /// Other objects that take part in it.
    pub(crate) related: Vec<Related<'r>>,
    /// What would fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<Fix<'r>>,
    /// An object that, added to the others, would fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new_object: Option<&'r Value>,
}

/// What an object is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object<'r> {
    /// Its API version.
    pub(crate) api_version: &'r str,
    /// Its kind.
    pub(crate) kind: &'r str,
    /// Its namespace, when it names one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) namespace: &'r str,
    /// Its name, or its `generateName`; empty when it has neither.
    pub(crate) name: &'r str,
}

/// A stretch of a file.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Span {
    /// Its first character.
    pub(crate) start: Position,
    /// What follows its last character.
    pub(crate) end: Position,
}

/// A place in a file.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Position {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column, from 1, in characters.
    pub(crate) column: usize,
    /// The bytes of the file before it.
    pub(crate) offset: usize,
}

/// Another object that takes part in a finding.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Related<'r> {
    /// Its kind.
    pub(crate) kind: &'r str,
    /// Its namespace, when it names one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) namespace: &'r str,
    /// Its name.
    pub(crate) name: &'r str,
    /// What it has to do with the finding.
    pub(crate) message: &'r str,
    /// The place in it that matters, as a JSON pointer.
    pub(crate) path: &'r str,
    /// The file that it is in, when it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<&'r str>,
    /// Where in that file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) span: Option<Span>,
}

/// What would fix a finding.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Fix<'r> {
    /// What it does, as an order.
    pub(crate) title: &'r str,
    /// How far it can be trusted.
    pub(crate) applicability: Applicability,
    /// The changes to the object, in the order in which they are made.
    pub(crate) edits: Vec<Edit<'r>>,
}

/// How far a fix can be trusted.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Applicability {
    /// A healthy workload behaves as before: `plimsoll fix` applies it.
    Safe,
    /// May change how the workload behaves: `plimsoll fix --unsafe` applies it.
    Unsafe,
    /// Only shown.
    Display,
}

/// One change to an object.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(crate) enum Edit<'r> {
    /// Gives the field a value; missing mappings on the way are made.
    Set {
        /// The field or element, as a JSON pointer into the object.
        path: &'r str,
        /// Its new value.
        value: &'r Value,
    },
    /// Takes the field away.
    Remove {
        /// The field or element, as a JSON pointer into the object.
        path: &'r str,
    },
    /// Adds an element to the end of a sequence, which is made if it is missing.
    Append {
        /// The sequence, as a JSON pointer into the object.
        path: &'r str,
        /// The new element.
        value: &'r Value,
    },
}

/// A finding that is exempt.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Suppressed<'r> {
    /// The finding.
    pub(crate) finding: Finding<'r>,
    /// What exempts it: an `annotation` of the object, or an `exemption` in the settings.
    pub(crate) by: SuppressedBy,
    /// The reason that was given.
    pub(crate) reason: &'r str,
}

/// What exempts a finding.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum SuppressedBy {
    /// An annotation of the object or its pod template.
    Annotation,
    /// An entry of the policy's `exempt` setting.
    Exemption,
}

/// An exemption that exempt nothing.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnusedExemption<'r> {
    /// The policy that it names.
    pub(crate) policy: &'r str,
    /// Which exemption, and why it exempt nothing.
    pub(crate) message: &'r str,
    /// The file, when it is an annotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<&'r str>,
    /// Where in that file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) span: Option<Span>,
}

/// A kind of which no object was given, so that policies could not check.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Skipped<'r> {
    /// The kind.
    pub(crate) needs: &'r str,
    /// The policies that need it.
    pub(crate) policies: Vec<&'r str>,
    /// How many objects they could not check.
    pub(crate) objects: usize,
    /// Why a cluster that was asked for the kind did not give it, such as `forbidden: …`. Absent when nothing of it was
    /// given and no cluster was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'r str>,
}

/// An object that was given more than once.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Repeated<'r> {
    /// Kind, namespace and name, as in `Deployment shop/web`.
    pub(crate) object: &'r str,
    /// Where it is, at least twice.
    pub(crate) places: Vec<InFile<'r>>,
    /// Whether each is in a directory of its own, which is checked on its own.
    pub(crate) apart: bool,
}

/// A stretch of one of the files.
#[derive(Serialize, JsonSchema)]
pub(crate) struct InFile<'r> {
    /// The file.
    pub(crate) file: &'r str,
    /// Where in it.
    pub(crate) span: Span,
}

/// Something that could not be read or understood.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Error<'r> {
    /// The file, when one caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<&'r str>,
    /// Where in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) position: Option<Position>,
    /// What is wrong.
    pub(crate) message: &'r str,
}

/// The numbers.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// Files read.
    pub(crate) files: usize,
    /// Objects given, those of unchecked kinds among them.
    pub(crate) objects: usize,
    /// Documents of directories that are no Kubernetes objects.
    pub(crate) passed_over: usize,
    /// Documents that are patches for other objects, and not checked.
    pub(crate) patches: usize,
    /// Findings by their severity.
    pub(crate) findings: Counts,
    /// Exempt findings.
    pub(crate) suppressed: usize,
    /// How many of all these are only counted, because there are too many: none of them is worse than those in `findings`.
    pub(crate) unreported: usize,
    /// Findings that `plimsoll fix` fixes, and those that it fixes with `--unsafe` only.
    pub(crate) fixable: Fixable,
    /// How well the objects do; `null` when none was checked.
    pub(crate) score: Option<Score>,
}

/// How well objects do, in points of a hundred: each loses 40 for a critical finding, 15 for a high, 5 for a medium and 2 for a
/// low one.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Score {
    /// The mean of all objects.
    pub(crate) all: u32,
    /// The same for each category, counting its findings alone.
    pub(crate) categories: BTreeMap<&'static str, u32>,
}

/// Findings by their severity.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Counts {
    pub(crate) info: usize,
    pub(crate) low: usize,
    pub(crate) medium: usize,
    pub(crate) high: usize,
    pub(crate) critical: usize,
}

/// Findings that have a fix.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Fixable {
    pub(crate) safe: usize,
    #[serde(rename = "unsafe")]
    pub(crate) risky: usize,
}
