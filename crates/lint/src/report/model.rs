//! The report for programs: what `--format json` writes. These types are its documentation: the schema is made of them.

use std::collections::BTreeMap;

use plimsoll::policy::metadata::Severity;
#[cfg(feature = "catalogue")]
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The version of this format; it rises when a reader of the older one would be wrong.
pub const VERSION: u32 = 1;

/// What `plimsoll check --format json` writes.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckOutput<'r> {
    /// The version of this format, 1. It rises when a field changes its meaning or goes; new fields may come without.
    pub version: u32,
    /// The version of Plimsoll that wrote this.
    pub plimsoll: &'r str,
    /// The profile that the policies were taken from: starter, production or strict.
    pub profile: &'r str,
    /// What is wrong, by file, in the order of the text.
    pub findings: Vec<Finding<'r>>,
    /// What is wrong and exempt, in the same order.
    pub suppressed: Vec<Suppressed<'r>>,
    /// Exemptions that exempt nothing.
    pub unused_exemptions: Vec<UnusedExemption<'r>>,
    /// What could not be checked, because no object of a kind was given, or a cluster would not show any.
    pub skipped: Vec<Skipped<'r>>,
    /// Objects that were given more than once.
    pub repeated: Vec<Repeated<'r>>,
    /// Objects of kinds that no policy checks: how many there are of each.
    pub unchecked: &'r BTreeMap<String, usize>,
    /// What could not be read or understood. When there is any, the exit status is 2.
    pub errors: Vec<Error<'r>>,
    /// The numbers.
    pub summary: Summary,
}

/// One violation at one place.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Finding<'r> {
    /// The policy that found it.
    pub policy: &'r str,
    /// How bad it is.
    pub severity: Severity,
    /// The policy's category.
    pub category: &'r str,
    /// Where the policy is documented.
    pub documentation: String,
    /// What the finding is recognised by in another run: it survives moved lines and reordered lists.
    pub fingerprint: &'r str,
    /// What is wrong.
    pub message: &'r str,
    /// Why that hurts.
    pub why: &'r str,
    /// What to do about it.
    pub help: &'r str,
    /// The file, as it was given; `<stdin>` for standard input.
    pub file: &'r str,
    /// Which of the file's documents it is in, from 0; those that hold nothing don't count.
    pub document: usize,
    /// The object.
    pub object: Object<'r>,
    /// Where in the object, as an RFC 6901 JSON pointer. May name a field that is missing.
    pub path: &'r str,
    /// The container with the violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<&'r str>,
    /// What to point at in the file: the field, or what is nearest to it.
    pub span: Span,
    /// Other objects that take part in it.
    pub related: Vec<Related<'r>>,
    /// What would fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix<'r>>,
    /// An object that, added to the others, would fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_object: Option<&'r Value>,
}

/// What an object is.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Object<'r> {
    /// Its API version.
    pub api_version: &'r str,
    /// Its kind.
    pub kind: &'r str,
    /// Its namespace, when it names one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub namespace: &'r str,
    /// Its name, or its `generateName`; empty when it has neither.
    pub name: &'r str,
}

/// A stretch of a file.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
pub struct Span {
    /// Its first character.
    pub start: Position,
    /// What follows its last character.
    pub end: Position,
}

/// A place in a file.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The bytes of the file before it.
    pub offset: usize,
}

/// Another object that takes part in a finding.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Related<'r> {
    /// Its kind.
    pub kind: &'r str,
    /// Its namespace, when it names one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub namespace: &'r str,
    /// Its name.
    pub name: &'r str,
    /// What it has to do with the finding.
    pub message: &'r str,
    /// The place in it that matters, as a JSON pointer.
    pub path: &'r str,
    /// The file that it is in, when it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'r str>,
    /// Where in that file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// What would fix a finding.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
pub struct Fix<'r> {
    /// What it does, as an order.
    pub title: &'r str,
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// The changes to the object, in the order in which they are made.
    pub edits: Vec<Edit<'r>>,
}

/// How far a fix can be trusted.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Applicability {
    /// A healthy workload behaves as before: `plimsoll fix` applies it.
    Safe,
    /// May change how the workload behaves: `plimsoll fix --unsafe` applies it.
    Unsafe,
    /// Only shown.
    Display,
}

/// One change to an object.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Edit<'r> {
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
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Suppressed<'r> {
    /// The finding.
    pub finding: Finding<'r>,
    /// What exempts it: an `annotation` of the object, or an `exemption` in the settings.
    pub by: SuppressedBy,
    /// The reason that was given.
    pub reason: &'r str,
}

/// What exempts a finding.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum SuppressedBy {
    /// An annotation of the object or its pod template.
    Annotation,
    /// An entry of the policy's `exempt` setting.
    Exemption,
}

/// An exemption that exempts nothing.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnusedExemption<'r> {
    /// The policy that it names.
    pub policy: &'r str,
    /// Which exemption, and why it exempts nothing.
    pub message: &'r str,
    /// The file, when it is an annotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'r str>,
    /// Where in that file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// A kind of which no object was given, so that policies could not check.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Skipped<'r> {
    /// The kind.
    pub needs: &'r str,
    /// The policies that need it.
    pub policies: Vec<&'r str>,
    /// How many objects they could not check.
    pub objects: usize,
    /// Why a cluster that was asked for the kind did not give it, such as `forbidden: …`. Absent when nothing of it was
    /// given and no cluster was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'r str>,
}

/// An object that was given more than once.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Repeated<'r> {
    /// Kind, namespace and name, as in `Deployment shop/web`.
    pub object: &'r str,
    /// Where it is, at least twice.
    pub places: Vec<InFile<'r>>,
    /// Whether each is in a directory of its own, which is checked on its own.
    pub apart: bool,
}

/// A stretch of one of the files.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
pub struct InFile<'r> {
    /// The file.
    pub file: &'r str,
    /// Where in it.
    pub span: Span,
}

/// Something that could not be read or understood.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
pub struct Error<'r> {
    /// The file, when one caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'r str>,
    /// Where in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What is wrong.
    pub message: &'r str,
}

/// The numbers.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Objects given, those of unchecked kinds among them.
    pub objects: usize,
    /// Documents of directories that are no Kubernetes objects.
    pub passed_over: usize,
    /// Documents that are patches for other objects, and not checked.
    pub patches: usize,
    /// Findings by their severity.
    pub findings: Counts,
    /// Exempt findings.
    pub suppressed: usize,
    /// How many of all these are only counted, because there are too many: none of them is worse than those in `findings`.
    pub unreported: usize,
    /// Findings that `plimsoll fix` fixes, and those that it fixes with `--unsafe` only.
    pub fixable: Fixable,
    /// How well the objects do; `null` when none was checked.
    pub score: Option<Score>,
}

/// How well objects do, in points of a hundred: each loses 40 for a critical finding, 15 for a high, 5 for a medium and 2 for a
/// low one.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub struct Score {
    /// The mean of all objects.
    pub all: u32,
    /// The same for each category, counting its findings alone.
    pub categories: BTreeMap<&'static str, u32>,
}

/// Findings by their severity.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
#[allow(missing_docs, reason = "the words are those of the core")]
pub struct Counts {
    pub info: usize,
    pub low: usize,
    pub medium: usize,
    pub high: usize,
    pub critical: usize,
}

/// Findings that have a fix.
#[derive(Serialize)]
#[cfg_attr(feature = "catalogue", derive(JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
#[allow(missing_docs, reason = "the words are those of the core")]
pub struct Fixable {
    pub safe: usize,
    #[serde(rename = "unsafe")]
    pub risky: usize,
}
