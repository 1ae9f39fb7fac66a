//! The policy `unknown-field`: what an API server would refuse or drop. Its table is too large for a module, and an API server
//! checks the same itself, so that it is for files only.

use std::borrow::Cow;

use plimsoll::engine::evaluate::{Report, Review, evaluate_outside};
use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll::policies::{POLICIES, PolicyEntry};
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Context;
use plimsoll::policy::error::CheckError;
use plimsoll::policy::finding::{Finding, Findings};
use plimsoll::policy::fix::{Applicability, Fix};
use plimsoll::policy::metadata::{Category, FixAvailability, Metadata, Profile, Severity, Source};
use plimsoll::policy::rule::Policy;
use plimsoll_fields::{Fault, Note, NoteFix, Table, check};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::manifests::{Manifests, Object};

/// ## What it does
///
/// Reports what isn't in the API: misspelt fields (`replica:`, `conatiners:`) with the one that was meant, fields at the wrong
/// level (`runAsNonRoot` beside `securityContext`) with the place that they belong to, values of a wrong type
/// (`replicas: "2"`), values that a field doesn't take (`type: nodeport`) with the one that was meant, fields that have to be
/// there and aren't (`pathType`), and API versions and kinds that Kubernetes' own groups don't have.
///
/// The fields are those of Kubernetes 1.36. With an older `kubernetesVersion`, fields and kinds that came later are reported,
/// and those that were there until then are not; with a newer one, only what looks like a slip.
///
/// Custom resources are checked by the schemas of their CustomResourceDefinitions: those among the files, and those that
/// `--schema` or `schemas` in the configuration name.
///
/// ## Why
///
/// `kubectl apply` refuses such an object, after the merge and in the middle of a deployment. Without strict validation, as
/// many tools apply, the API server drops the field in silence: the probe, the limit or the security context that everybody
/// sees in the file isn't there.
///
/// ## What to write
///
/// What the API has:
///
/// ```yaml
/// spec:
///   replicas: 2        # not replica, and not "2"
///   template:
///     spec:
///       securityContext:
///         runAsNonRoot: true
/// ```
///
/// `plimsoll fix` gives a field another name if only one is similar, isn't there yet and takes the value, and a value the case
/// that it has in the API.
///
/// ## Limits
///
/// A missing field is reported where the rest of the object is there, and not in what may be a patch: in workloads with a
/// selector and images, for example. What another policy reports of the same field isn't reported again. A webhook that fills
/// in what is missing in a custom resource isn't known. Values are checked where the API has a list of all; whether another
/// value makes sense is not checked.
///
/// Left alone are statuses, values below `x-kubernetes-preserve-unknown-fields`, patches, placeholders of other tools (`{{`,
/// `${`, `<name>`), what SOPS adds, kinds of alpha and beta versions, kinds of plain `v1` that resemble none of Kubernetes',
/// and custom resources whose definitions are not given or contradict each other.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UnknownField {}

impl Policy for UnknownField {
    const METADATA: Metadata = Metadata {
        id: "unknown-field",
        title: "Fields and values are those of the API",
        why: "the API server refuses the object, or drops the field and what it was meant to do",
        help: "write the field as the API has it",
        category: Category::Workload,
        severity: Severity::High,
        profile: Profile::Starter,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[Source::new(
            "Kubernetes: Server-side field validation",
            "https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level",
        )],
        ..Metadata::DEFAULT
    };

    /// It has no kinds of its own: `Fields::report` checks objects of any.
    fn check(&self, _: &Context<'_>, _: &mut Findings) -> Result<(), CheckError> {
        Ok(())
    }
}

/// Its entry in lists of policies.
pub static ENTRY: PolicyEntry = PolicyEntry::of::<UnknownField>();

/// The policies that only files are checked by.
pub static ONLY_FILES: [&PolicyEntry; 1] = [&ENTRY];

/// The policy that has this id, or had it: one of the list, or one that only files are checked by.
pub fn named(id: &str) -> Option<&'static PolicyEntry> {
    all().find(|entry| entry.metadata.goes_by(id))
}

/// The policies of the list, and those that only files are checked by.
pub fn all() -> impl Iterator<Item = &'static PolicyEntry> + Clone {
    POLICIES.iter().chain(ONLY_FILES)
}

/// Their metadata.
pub fn metadata() -> impl Iterator<Item = &'static Metadata> + Clone {
    all().map(|entry| entry.metadata)
}

/// Why a value that the API doesn't take hurts, and a field that isn't there.
const REFUSED: &str = "the API server refuses the object";

/// The most notes on one object: more help nobody.
const MOST: usize = 100;

/// What the fields of objects are checked by.
pub struct Fields<'t> {
    table: Cow<'t, Table>,
}

impl<'t> Fields<'t> {
    /// The table, with the custom resources that are defined among the manifests.
    pub fn new(table: &'t Table, manifests: &Manifests) -> Fields<'t> {
        let is_definition = |object: &&Object| object.text("/kind") == "CustomResourceDefinition";
        let definitions: Vec<&Value> =
            manifests.objects.iter().filter(is_definition).map(|object| object.value.as_ref()).collect();
        let mut table = Cow::Borrowed(table);
        if !definitions.is_empty() {
            table.to_mut().add_definitions(&definitions);
        }
        Fields { table }
    }

    /// Whether the policy can say something of the object, if it is among the policies.
    pub(crate) fn checks(&self, policies: &[Configured], object: &Value) -> bool {
        let policy = policies.iter().find(|policy| policy.metadata.id == UnknownField::METADATA.id);
        policy.is_some_and(|policy| {
            let minor = policy.common.kubernetes_version.minor();
            self.table.has_kind(object) || !check(&self.table, object, minor, 1).is_empty()
        })
    }

    /// Adds to the report on an object what the policy reports, if it is among the policies.
    pub(crate) fn add(&self, policies: &[Configured], review: &Review<'_>, report: &mut Report) {
        let Some(fields) = self.report(policies, review) else { return };
        // The policies trip over the same value.
        let suppressed = fields.suppressed.iter().map(|suppressed| &suppressed.finding);
        let reported: Vec<&Path> = fields.findings.iter().chain(suppressed).map(|finding| &finding.path).collect();
        report.errors.retain(|unchecked| match &unchecked.error {
            CheckError::Malformed(malformed) => !reported.contains(&&malformed.path),
            CheckError::Inventory(_) => true,
        });
        // What a policy says of a value that the API doesn't take, or of a field that isn't there, is more exact.
        let suppressed = report.suppressed.iter().map(|suppressed| &suppressed.finding);
        let said: Vec<Path> = report.findings.iter().chain(suppressed).map(|finding| finding.path.clone()).collect();
        let is_new = |finding: &Finding| finding.why != Some(REFUSED) || !said.contains(&finding.path);
        report.findings.extend(fields.findings.into_iter().filter(is_new));
        report.suppressed.extend(fields.suppressed.into_iter().filter(|suppressed| is_new(&suppressed.finding)));
    }

    /// The same as notes, at most so many. `said` are the places that other policies report.
    pub fn notes(&self, policy: &Configured, review: &Review<'_>, said: &[&Path], most: usize) -> Vec<Note> {
        let mut notes = check(&self.table, review.object, policy.common.kubernetes_version.minor(), most);
        notes.retain(|note| {
            let finding = of_note(review.object, note.clone());
            if finding.why == Some(REFUSED) && said.contains(&&note.path) {
                return false;
            }
            !evaluate_outside(policy, review, vec![finding]).findings.is_empty()
        });
        notes
    }

    /// What the policy reports on the object, if it is among the policies.
    pub(crate) fn report(&self, policies: &[Configured], review: &Review<'_>) -> Option<Report> {
        let policy = policies.iter().find(|policy| policy.metadata.id == UnknownField::METADATA.id)?;
        let version = policy.common.kubernetes_version;
        let notes = check(&self.table, review.object, version.minor(), MOST);
        let findings = notes.into_iter().map(|note| of_note(review.object, note)).collect();
        Some(evaluate_outside(policy, review, findings))
    }
}

/// Whether a finding is about a field itself, and not about its value: for those alone the policy's own reason is right.
pub(crate) fn is_about_field(finding: &Finding) -> bool {
    finding.metadata.id == UnknownField::METADATA.id && finding.why.is_none()
}

fn of_note(object: &Value, note: Note) -> Finding {
    let (why, help) = match note.fault {
        Fault::Field => (None, None),
        Fault::Missing => (Some(REFUSED), Some("add the field")),
        Fault::Type => (Some(REFUSED), Some("give it a value of that type")),
        // What is meant is the help, if anything is.
        Fault::Value if note.fix.is_some() => (Some(REFUSED), None),
        Fault::Value => (Some(REFUSED), Some("write a value that the API has")),
        Fault::Kind => (
            Some("the API server doesn't know it and refuses the object"),
            Some("write the API version and kind that the object is of"),
        ),
    };
    Finding {
        metadata: const { &UnknownField::METADATA },
        severity: UnknownField::METADATA.severity,
        message: note.message,
        why,
        help: help.map(str::to_owned),
        container: container(object, &note.path),
        fix: note.fix.and_then(|fix| of_note_fix(object, &note.path, fix)),
        path: note.path,
        image: None,
        related: Vec::new(),
        new_object: None,
        confidential: None,
        warn_on_create: false,
        recognised_by: None,
    }
}

fn of_note_fix(object: &Value, at: &Path, fix: NoteFix) -> Option<Fix> {
    let trust = |sure| if sure { Applicability::Safe } else { Applicability::Unsafe };
    let set = |value: Value| vec![Edit::Set { at: at.clone(), value }];
    let value = at.find(object)?;
    Some(match fix {
        NoteFix::Rename { name, sure } => Fix {
            title: format!("rename it to {name}"),
            applicability: trust(sure),
            // The text edit of the two keeps the place and all comments.
            edits: vec![
                Edit::Remove { at: at.clone() },
                Edit::Set { at: at.parent()?.key(&name), value: value.clone() },
            ],
        },
        NoteFix::Replace { with, sure } => {
            Fix { title: format!("write {with}"), applicability: trust(sure), edits: set(Value::String(with)) }
        }
        // `010`, `1e3` and `yes` would not stay what they are.
        NoteFix::Quote => {
            let text = match value {
                Value::Bool(value) => value.to_string(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            let title = "put it in quotes".to_owned();
            Fix { title, applicability: Applicability::Unsafe, edits: set(Value::String(text)) }
        }
        NoteFix::Unquote(text) => {
            let title = "take the quotes away".to_owned();
            Fix { title, applicability: Applicability::Safe, edits: set(serde_json::from_str(&text).ok()?) }
        }
    })
}

/// The container that the path leads into.
fn container(object: &Value, path: &Path) -> Option<String> {
    let mut way = Path::ROOT;
    let mut in_list = false;
    for segment in path.segments() {
        way.push_key(&segment);
        if in_list {
            return way.find(object)?.get("name")?.as_str().map(str::to_owned);
        }
        in_list = ["containers", "initContainers", "ephemeralContainers"].contains(&segment.as_ref());
    }
    None
}
