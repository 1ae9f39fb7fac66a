//! A text, its objects, and the findings of the policies.

use std::ops::Range;

use plimsoll::engine::evaluate::{Review, Suppression, ignore_key};
use plimsoll::inventory::Unknown;
use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::fix;
use plimsoll::policy::metadata::{Metadata, Severity as CoreSeverity};
use plimsoll::settings::Date;
use plimsoll_fields::{Fault, Note, NoteFix, Table};
use plimsoll_lint::check::{self, CheckOptions, LintReport, Located};
use plimsoll_lint::fixing;
use plimsoll_lint::manifests::{self, Manifests, Values};
use plimsoll_lint::masks::Masks;
use plimsoll_lint::places::{Place, Places, join};
use plimsoll_lint::policy_sets::PolicySets;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::report::{self, Reported};
use plimsoll_lint::source::Source;
use plimsoll_lint::unknown_field::Fields;
use serde_json::Value;

use crate::config;
use crate::offsets::Offsets;
use crate::transfer::{
    Applicability, Checked, Config, Finding, Fix, Fixed, Object, ReadingError, Related, Repeated, Replacement,
    SchemaNote, Severity, Skipped, Suppressed, SuppressedBy, TextChange, TextEdit, TextRange, UnusedExemption,
    WrongSetting,
};

/// The most notes about a text: more help nobody.
const MOST_NOTES: usize = 500;

/// Everything known about one text.
pub(crate) struct CheckedText {
    pub(crate) text: String,
    pub(crate) config: Config,
    pub(crate) policies: Vec<Configured>,
    pub(crate) manifests: Manifests,
    offsets: Offsets,
    report: LintReport,
    wrong_settings: Vec<WrongSetting>,
}

impl CheckedText {
    pub(crate) fn new(text: &str, config: &Config) -> CheckedText {
        let (policies, wrong_settings) = config::policies(config);
        let manifests = manifests::read(vec![source(text)], Values::Kept);
        let places = Places::new(&manifests);
        // The page shows what is wrong with fields as notes, once it has loaded the table.
        let report = check::check(&manifests, &places, &options(&policies, config, usize::MAX, None));
        CheckedText {
            text: text.to_owned(),
            config: config.clone(),
            offsets: Offsets::new(text),
            policies,
            manifests,
            report,
            wrong_settings,
        }
    }

    pub(crate) fn today(&self) -> Date {
        config::today(&self.config)
    }

    /// An object as it is in the text.
    pub(crate) fn object(&self, object: usize) -> Option<&Value> {
        self.manifests.objects.get(object).map(|object| object.value.as_ref())
    }

    pub(crate) fn checked(&self) -> Checked {
        let report = &self.report;
        let masks = Masks::new(&self.manifests, &report.confidential);
        let problems = self.manifests.problems.iter().chain(&report.problems);
        Checked {
            objects: self.objects(),
            findings: report.findings.iter().map(|located| self.finding(&masks, located)).collect(),
            suppressed: report
                .suppressed
                .iter()
                .map(|suppressed| Suppressed {
                    finding: self.finding(&masks, &suppressed.located),
                    by: match suppressed.suppression {
                        Suppression::Annotation(_) => SuppressedBy::Annotation,
                        Suppression::Exemption(_) => SuppressedBy::Exemption,
                    },
                    reason: suppressed.reason.clone(),
                })
                .collect(),
            unused_exemptions: report
                .unused
                .iter()
                .map(|unused| UnusedExemption {
                    policy: unused.policy.clone(),
                    message: unused.message.clone(),
                    range: unused.place.as_ref().map(|place| self.range(&place.range)),
                })
                .collect(),
            skipped: report
                .skipped
                .iter()
                .map(|missing| Skipped {
                    needs: missing.needs,
                    policies: missing.policies.iter().copied().collect(),
                    objects: missing.objects,
                })
                .collect(),
            repeated: report
                .repeated
                .iter()
                .map(|repeated| Repeated {
                    title: repeated.title.clone(),
                    ranges: repeated.places.iter().map(|place| self.range(&place.range)).collect(),
                })
                .collect(),
            patches: self.manifests.patches,
            // They need definitions, which the page may not have loaded yet.
            notes: Vec::new(),
            errors: problems.map(|problem| self.error(problem)).collect(),
            wrong_settings: self.wrong_settings.clone(),
            policies: self.policies.iter().map(|policy| policy.metadata.id).collect(),
        }
    }

    fn objects(&self) -> Vec<Object> {
        let places = Places::new(&self.manifests);
        let objects = self.manifests.objects.iter();
        objects
            .map(|object| Object {
                api_version: object.text("/apiVersion").to_owned(),
                kind: object.text("/kind").to_owned(),
                namespace: object.text("/metadata/namespace").to_owned(),
                name: object.name().to_owned(),
                range: places.nearest(object, &Path::ROOT).map(|place| self.range(&place.range)).unwrap_or_default(),
                checked: check::is_target(object),
            })
            .collect()
    }

    fn finding(&self, masks: &Masks<'_>, located: &Located) -> Finding {
        let found = &masks.without_credentials(located);
        Finding {
            policy: found.metadata.id,
            severity: Severity::of(found.severity),
            message: found.message.clone(),
            why: found.why(),
            help: found.help().to_owned(),
            object: located.object,
            range: self.range(&located.place.range),
            path: found.path.as_str().to_owned(),
            container: found.container.clone(),
            related: found
                .related
                .iter()
                .zip(&located.related)
                .map(|(related, place): (_, &Option<Place>)| Related {
                    title: title(&related.kind, &related.namespace, &related.name),
                    message: related.message.clone(),
                    range: place.as_ref().map(|place| self.range(&place.range)),
                })
                .collect(),
            fix: found
                .fix
                .as_ref()
                .map(|fix| Fix { title: fix.title.clone(), applicability: Applicability::of(fix.applicability) }),
            new_object: located.finding.new_object.as_ref().and_then(|object| serde_saphyr::to_string(object).ok()),
        }
    }

    /// The notes of Kubernetes' own definitions about the objects, in the order of the text: what the command reports as
    /// `unknown-field`.
    pub(crate) fn notes(&self, table: &Table) -> Vec<SchemaNote> {
        let mut sorted: Vec<SchemaNote> = Vec::new();
        let Some(policy) = config::of_fields(&self.config) else { return sorted };
        let fields = Fields::new(table, &self.manifests);
        let mut found = 0;
        for (number, object) in self.manifests.objects.iter().enumerate() {
            let create = Review::create(&object.value, &Unknown, self.today());
            let review = Review { honor_annotations: true, ..create };
            let suppressed = self.report.suppressed.iter().map(|suppressed| &suppressed.located);
            let all = self.report.findings.iter().chain(suppressed);
            let said: Vec<&Path> =
                all.filter(|located| located.object == number).map(|located| &located.finding.path).collect();
            let notes = fields.notes(&policy, &review, &said, MOST_NOTES.saturating_sub(found));
            found += notes.len();
            for note in notes.into_iter().filter_map(|note| self.note(number, note)) {
                // Insertion, because there are few and sorting adds code.
                let at = sorted.partition_point(|other| other.range.from <= note.range.from);
                sorted.insert(at, note);
            }
        }
        sorted
    }

    fn note(&self, number: usize, note: Note) -> Option<SchemaNote> {
        let object = self.manifests.objects.get(number)?;
        let document = self.manifests.files.get(object.file)?.documents.get(object.document)?;
        let path = join(&object.prefix, &note.path);
        let key = if note.fault == Fault::Field { document.key_span(&path) } else { None };
        let mut bytes = key.unwrap_or_else(|| document.nearest(&path).1);
        if note.fault == Fault::Missing {
            // What has no such field may go on for pages.
            let written = self.text.get(bytes.clone()).unwrap_or_default();
            bytes.end = bytes.start + written.lines().next().unwrap_or_default().len();
        }
        let written = self.text.get(bytes.clone()).unwrap_or_default();
        let replacement = |title: String, insert: String| Replacement { title, insert };
        let fix = note.fix.filter(|_| !document.is_shared(&path)).and_then(|fix| match fix {
            NoteFix::Rename { name, .. } => Some(replacement(format!("Rename to `{name}`"), name)),
            NoteFix::Replace { with, .. } if written.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
                Some(replacement(format!("Write `{with}`"), with))
            }
            NoteFix::Quote if written.starts_with(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c)) => {
                Some(replacement("Put it in quotes".to_owned(), format!("\"{written}\"")))
            }
            NoteFix::Unquote(value) if written.starts_with(['"', '\'']) => {
                Some(replacement("Take the quotes away".to_owned(), value))
            }
            NoteFix::Replace { .. } | NoteFix::Quote | NoteFix::Unquote(_) => None,
        });
        Some(SchemaNote { message: note.message, object: number, range: self.range(&bytes), fix })
    }

    /// What the command prints about the text with `--format json`. Without the table, nothing is said of fields.
    pub(crate) fn report(&self, table: Option<&Table>) -> Option<String> {
        let policies = config::policies_of_files(&self.config);
        let places = Places::new(&self.manifests);
        let mut report = check::check(&self.manifests, &places, &options(&policies, &self.config, check::MOST, table));
        let confidential = std::mem::take(&mut report.confidential);
        Masks::new(&self.manifests, &confidential).take_out_of(&mut report);
        let problems: Vec<Problem> = self.manifests.problems.iter().chain(&report.problems).cloned().collect();
        let profile = config::profile(&self.config);
        let reported = Reported { manifests: &self.manifests, report: &report, problems: &problems, profile };
        let mut written = Vec::new();
        report::write(reported, &mut written).ok()?;
        String::from_utf8(written).ok()
    }

    fn error(&self, problem: &Problem) -> ReadingError {
        let range = problem.position.map(|position| {
            let rest = self.text.get(position.offset..).unwrap_or_default();
            let line = rest.split(['\n', '\r']).next().unwrap_or_default();
            self.range(&(position.offset..position.offset + line.trim_end().len()))
        });
        ReadingError { message: problem.message.clone(), range }
    }

    fn range(&self, bytes: &Range<usize>) -> TextRange {
        self.offsets.range(&self.text, bytes.clone())
    }

    /// The text edits of a finding's fix.
    pub(crate) fn fix(&self, finding: usize) -> Option<TextChange> {
        let located = self.report.findings.get(finding)?;
        Some(self.edit(located.object, &located.finding.fix.as_ref()?.edits))
    }

    /// The text edits that write the annotation which exempts a finding.
    pub(crate) fn suppress(&self, finding: usize, reason: &str) -> Option<TextChange> {
        let located = self.report.findings.get(finding)?;
        let key = ignore_key(located.finding.metadata.id, located.finding.container.as_deref());
        let at = Path::ROOT.key("metadata").key("annotations").key(&key);
        let value = Value::String(reason.trim().to_owned());
        Some(self.edit(located.object, &[Edit::Set { at, value }]))
    }

    /// The text edits that remove the annotations which exempt a finding.
    pub(crate) fn restore(&self, suppressed: usize) -> Option<TextChange> {
        let suppressed = self.report.suppressed.get(suppressed)?;
        let Suppression::Annotation(_) = suppressed.suppression else { return None };
        let Located { object, finding, .. } = &suppressed.located;
        let keys = exempting(finding.metadata, finding.container.as_deref());
        let mut edits = Vec::new();
        remove_annotations(self.object(*object)?, &keys, &Path::ROOT, &mut edits);
        Some(self.edit(*object, &edits))
    }

    /// The credentials in the text.
    pub(crate) fn credentials(&self) -> Vec<TextRange> {
        let masks = Masks::new(&self.manifests, &self.report.confidential);
        masks.ranges(0).iter().map(|range| self.range(range)).collect()
    }

    fn edit(&self, object: usize, edits: &[Edit]) -> TextChange {
        let refused = |reason: &str| TextChange { edits: Vec::new(), refused: Some(reason.to_owned()) };
        let Some(object) = self.manifests.objects.get(object) else { return refused("unknown object") };
        let document =
            self.manifests.files.get(object.file).and_then(|manifest| manifest.documents.get(object.document));
        let Some(document) = document else { return refused("unknown document") };
        match plimsoll_manifest::edit(&self.text, document, &object.prefix, edits) {
            Err(error) => refused(&error.to_string()),
            Ok(edits) => {
                let mut edits: Vec<TextEdit> = edits
                    .into_iter()
                    .map(|edit| {
                        let TextRange { from, to } = self.range(&edit.range);
                        TextEdit { from, to, insert: edit.replacement }
                    })
                    .collect();
                edits.sort_by_key(|edit| (edit.from, edit.to));
                TextChange { edits, refused: None }
            }
        }
    }

    /// The text after its fixes.
    pub(crate) fn fixed(&self, trust: fix::Applicability) -> Fixed {
        let options = fixing::FixOptions {
            policies: PolicySets::one(&self.policies),
            trust,
            // The page adds a proposed object only on request.
            new_objects: None,
            unread: false,
            exists: &|_| false,
            complete: self.config.complete,
            around: None,
            namespace: None,
            today: self.today(),
            fields: None,
        };
        let fixed = fixing::fix(vec![source(&self.text)], &options);
        let file = fixed.files.into_iter().next();
        let made = file.as_ref().map_or(0, |file| file.fixes);
        let text = file.and_then(|file| String::from_utf8(file.text).ok());
        Fixed {
            text: text.unwrap_or_else(|| self.text.clone()),
            made,
            refused: fixed
                .refused
                .into_iter()
                .map(|refused| match refused.position {
                    Some(position) => format!("line {}: {}", position.line, refused.message),
                    None => refused.message,
                })
                .collect(),
        }
    }
}

/// The annotations that exempt what a policy finds in a container or elsewhere.
fn exempting(policy: &Metadata, container: Option<&str>) -> Vec<String> {
    let of = |id| [container.map(|container| ignore_key(id, Some(container))), Some(ignore_key(id, None))];
    policy.ids().flat_map(of).flatten().collect()
}

fn options<'o>(
    policies: &'o [Configured],
    config: &Config,
    most: usize,
    fields: Option<&'o Table>,
) -> CheckOptions<'o> {
    CheckOptions {
        policies: PolicySets::one(policies),
        min_severity: CoreSeverity::Info,
        complete: config.complete,
        around: None,
        namespace: None,
        today: config::today(config),
        most,
        fields,
    }
}

/// The edits that remove annotations with these keys, wherever an object or its pod template has them.
fn remove_annotations(value: &Value, keys: &[String], at: &Path, edits: &mut Vec<Edit>) {
    let Some(fields) = value.as_object() else { return };
    for (name, value) in fields {
        let at = at.key(name);
        let Some(annotations) = value.as_object().filter(|_| name == "annotations") else {
            remove_annotations(value, keys, &at, edits);
            continue;
        };
        if annotations.keys().all(|key| keys.contains(key)) {
            edits.push(Edit::Remove { at });
        } else {
            let matching = annotations.keys().filter(|key| keys.contains(key));
            edits.extend(matching.map(|key| Edit::Remove { at: at.key(key) }));
        }
    }
}

/// Kind, namespace and name, as in `Deployment shop/web`.
fn title(kind: &str, namespace: &str, name: &str) -> String {
    let slash = if namespace.is_empty() { "" } else { "/" };
    [kind, " ", namespace, slash, name].concat()
}

fn source(text: &str) -> Source {
    Source {
        name: "manifest.yaml".to_owned(),
        path: None,
        text: text.as_bytes().to_vec(),
        named: true,
        pass_over: false,
        cut: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_by_old_ids_are_taken_away_too() {
        let policy = Metadata { id: "new-name", renamed_from: &["old-name"], ..Metadata::DEFAULT };
        let keys = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("plimsoll.dev/ignore.{name}")).collect()
        };
        assert_eq!(exempting(&policy, Some("web")), keys(&["new-name.web", "new-name", "old-name.web", "old-name"]));
        assert_eq!(exempting(&policy, None), keys(&["new-name", "old-name"]));
    }
}
