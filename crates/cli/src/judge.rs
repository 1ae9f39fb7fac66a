//! Judging all objects by all selected policies.

mod annotations;
mod exemptions;
mod related;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll::context::Operation;
use plimsoll::evaluate::{Excuse, Report, Review, evaluate};
use plimsoll::finding::Finding;
use plimsoll::inventory::{InventoryError, Objects};
use plimsoll::kube::node::Malformed;
use plimsoll::policy::{CheckError, Severity};
use plimsoll::settings::{Configured, Date};
use rayon::prelude::*;

use self::related::ByName;
use crate::manifests::{Manifests, Object};
use crate::places::{Place, Places};
use crate::problem::Problem;

/// What came of judging everything.
#[derive(Default)]
pub(crate) struct Judgement {
    /// What is wrong, by file, in the order of the text.
    pub(crate) findings: Vec<Located>,
    /// What is wrong and excused, in the same order.
    pub(crate) suppressed: Vec<Excused>,
    /// What could not be judged for want of other objects.
    pub(crate) not_checkable: Vec<NotCheckable>,
    /// Exemptions that excused nothing.
    pub(crate) unused: Vec<Unused>,
    /// Values of the wrong type, each once.
    pub(crate) problems: Vec<Problem>,
}

/// A finding and its place.
pub(crate) struct Located {
    /// The finding.
    pub(crate) finding: Finding,
    /// The object, in [`Manifests::objects`].
    pub(crate) object: usize,
    /// What to point at.
    pub(crate) place: Place,
    /// Where the finding's related objects are, in their order; `None` for those that were not given.
    pub(crate) related: Vec<Option<Place>>,
}

/// A finding that doesn't count, and why.
pub(crate) struct Excused {
    /// The finding.
    pub(crate) located: Located,
    /// What excuses it.
    pub(crate) excuse: Excuse,
    /// The reason given.
    pub(crate) reason: String,
}

/// A kind of which nothing was given, so that policies could not judge.
pub(crate) struct NotCheckable {
    /// The kind.
    pub(crate) needs: &'static str,
    /// The policies that need it.
    pub(crate) policies: BTreeSet<&'static str>,
    /// How many objects they could not judge.
    pub(crate) objects: usize,
}

/// An exemption that excused nothing.
pub(crate) struct Unused {
    /// The policy that it was meant for, as written.
    pub(crate) policy: String,
    /// Where it is: an annotation has a place, an entry of the settings has none.
    pub(crate) place: Option<Place>,
    /// Which one, and what is the matter with it.
    pub(crate) message: String,
}

/// What is asked of a judgement.
pub(crate) struct Order<'o> {
    /// The policies.
    pub(crate) policies: &'o [Configured],
    /// Findings below this are dropped.
    pub(crate) min_severity: Severity,
    /// Whether the manifests are all there is.
    pub(crate) complete: bool,
    /// Today.
    pub(crate) today: Date,
}

/// The objects around the judged ones: all that were given.
pub(crate) fn inventory(manifests: &Manifests, complete: bool) -> Objects {
    Objects::new(manifests.objects.iter().map(|object| Arc::clone(&object.value)).collect(), complete)
}

/// How the command line reviews an object: as a new one, whose annotations count.
pub(crate) fn review<'a>(object: &'a Object, inventory: &'a Objects, today: Date) -> Review<'a> {
    Review {
        object: &object.value,
        old_object: None,
        operation: Operation::Create,
        namespace: None,
        sent_as: None,
        inventory,
        today,
        honor_annotations: true,
    }
}

/// Judges every object. Objects are judged in parallel; the result doesn't show it.
pub(crate) fn judge(manifests: &Manifests, places: &Places<'_>, order: &Order<'_>) -> Judgement {
    let inventory = inventory(manifests, order.complete);
    let reports: Vec<Report> = manifests
        .objects
        .par_iter()
        .map(|object| evaluate(order.policies, &review(object, &inventory, order.today)))
        .collect();

    let by_name = ByName::new(manifests);
    let mut gathered = Gathered::default();
    let mut judgement = Judgement::default();
    for (position, (object, report)) in manifests.objects.iter().zip(reports).enumerate() {
        judgement.unused.extend(annotations::unused(object, &report, places, order.policies));
        let locate = |finding: Finding| {
            let place = places.nearest(object, &finding.path)?;
            let related = finding.related.iter().map(|related| by_name.place(related, places)).collect();
            Some(Located { finding, object: position, place, related })
        };
        let enough = |finding: &Finding| finding.severity >= order.min_severity;
        judgement.findings.extend(report.findings.into_iter().filter(enough).filter_map(locate));
        for suppressed in report.suppressed {
            let policy = suppressed.finding.meta.id;
            let reason = match &suppressed.excuse {
                Excuse::Annotation(reason) => reason.clone(),
                Excuse::Exemption(entry) => {
                    gathered.used.insert((policy, *entry));
                    exemptions::reason(order.policies, policy, *entry)
                }
            };
            if enough(&suppressed.finding)
                && let Some(located) = locate(suppressed.finding)
            {
                judgement.suppressed.push(Excused { located, excuse: suppressed.excuse, reason });
            }
        }
        for unjudged in report.errors {
            gathered.error(unjudged.meta.id, position, unjudged.error);
        }
    }
    judgement.findings.sort_by(|one, other| one.order().cmp(&other.order()));
    judgement.suppressed.sort_by(|one, other| one.located.order().cmp(&other.located.order()));
    judgement.unused.extend(exemptions::unused(order, &gathered.used));
    judgement.problems = gathered.problems(manifests, places);
    judgement.not_checkable = gathered.not_checkable();
    judgement
}

impl Located {
    fn order(&self) -> impl Ord + '_ {
        (self.place.file, self.place.range.start, self.object, self.finding.meta.id, self.finding.message.as_str())
    }
}

/// What policies could not judge, before it is told.
#[derive(Default)]
struct Gathered {
    /// Exemptions that excused something.
    used: BTreeSet<(&'static str, usize)>,
    malformed: BTreeSet<(usize, String, &'static str)>,
    refused: BTreeSet<String>,
    not_given: BTreeMap<&'static str, (BTreeSet<&'static str>, BTreeSet<usize>)>,
}

impl Gathered {
    fn error(&mut self, policy: &'static str, object: usize, error: CheckError) {
        match error {
            CheckError::Malformed(Malformed { path, expected }) => {
                // Every policy that reads the place trips over it; it is still one mistake.
                self.malformed.insert((object, path.as_str().to_owned(), expected));
            }
            CheckError::Inventory(InventoryError::NotGiven { kind }) => {
                let (policies, objects) = self.not_given.entry(kind).or_default();
                policies.insert(policy);
                objects.insert(object);
            }
            CheckError::Inventory(error @ InventoryError::Refused { .. }) => {
                self.refused.insert(format!("{policy}: {error}"));
            }
        }
    }

    fn problems(&self, manifests: &Manifests, places: &Places<'_>) -> Vec<Problem> {
        let mut placed = Vec::new();
        for (position, path, expected) in &self.malformed {
            let Some(object) = manifests.objects.get(*position) else { continue };
            let Some(file) = manifests.files.get(object.file) else { continue };
            let title = object.title();
            let Some(path) = plimsoll::path::Path::parse(path) else { continue };
            let name = file.source.name.as_str();
            // What isn't in the judged object is in one that was looked up for it.
            if path.find(&object.value).is_none() {
                let message = format!("{title} cannot be judged: {path} of an object beside it should be {expected}");
                placed.push(((object.file, usize::MAX), Problem::of_file(name, message)));
                continue;
            }
            let Some(place) = places.nearest(object, &path) else { continue };
            let message = format!("{title}: {path} should be {expected}");
            placed.push(((object.file, place.range.start), Problem::at(name, place.span.start, message)));
        }
        placed.sort_by_key(|(order, _)| *order);
        let refused = self.refused.iter().map(Problem::general);
        placed.into_iter().map(|(_, problem)| problem).chain(refused).collect()
    }

    fn not_checkable(self) -> Vec<NotCheckable> {
        let of_kind = self.not_given.into_iter();
        of_kind.map(|(needs, (policies, objects))| NotCheckable { needs, policies, objects: objects.len() }).collect()
    }
}
