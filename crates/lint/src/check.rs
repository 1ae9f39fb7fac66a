//! Checking all objects by all selected policies.

mod alone;
mod annotations;
mod exemptions;
mod near_miss;
mod related;
#[cfg(test)]
mod renamed;
mod repeated;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll::engine::evaluate::{Report, Suppression, evaluate};
use plimsoll::inventory::{Inventory, InventoryError};
use plimsoll::json::node::Malformed;
use plimsoll::kube::kinds::Kind;
use plimsoll::policies::POLICIES;
use plimsoll::policy::error::CheckError;
use plimsoll::policy::finding::Finding;
use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::Severity;
use plimsoll::settings::Date;
use plimsoll_fields::Table;

use self::related::ByName;
use crate::cluster_snapshot::ClusterSnapshot;
use crate::each;
use crate::explained;
use crate::fingerprint;
use crate::manifests::{Manifests, Object};
use crate::masks::Confidential;
use crate::places::{Place, Places};
use crate::policy_sets::PolicySets;
use crate::problem::Problem;
use crate::unknown_field::{self, Fields};
use crate::world::{Around, World};

/// What came of checking everything.
#[derive(Default)]
pub struct LintReport {
    /// What is wrong, by file, in the order of the text.
    pub findings: Vec<Located>,
    /// What is wrong and exempt, in the same options.
    pub suppressed: Vec<SuppressedFinding>,
    /// What could not be checked because other objects are missing.
    pub skipped: Vec<Skipped>,
    /// Exemptions that exempt nothing.
    pub unused: Vec<Unused>,
    /// Exemptions that count by an id that their policy had.
    pub outdated: Vec<Unused>,
    /// Values of the wrong type, each once.
    pub problems: Vec<Problem>,
    /// The kinds of objects that no policy checks, whatever is selected, and how many there are of each.
    pub unchecked: BTreeMap<String, usize>,
    /// Objects that were given more than once.
    pub repeated: Vec<Repeated>,
    /// What the policies found that no output may show.
    pub confidential: Confidential,
    /// Findings that a baseline knows, which don't count.
    pub known: Vec<Located>,
    /// How many findings are on objects that have not changed, and don't count.
    pub unchanged: usize,
    /// What there is beyond [`CheckOptions::most`].
    pub left_out: LeftOut,
}

/// Findings that are counted and not kept: there are too many, and none of them is worse than those that are.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// How many there are of each severity.
    pub severities: BTreeMap<Severity, usize>,
    /// How many of them have a safe fix.
    pub safe: usize,
    /// How many of them have an unsafe fix.
    pub risky: usize,
    /// How many more are exempt.
    pub suppressed: usize,
}

impl LeftOut {
    /// How many count.
    pub fn count(&self) -> usize {
        self.severities.values().sum()
    }

    fn add(&mut self, finding: &Finding) {
        *self.severities.entry(finding.severity).or_default() += 1;
        match finding.fix.as_ref().map(|fix| fix.applicability) {
            Some(Applicability::Safe) => self.safe += 1,
            Some(Applicability::Unsafe) => self.risky += 1,
            Some(Applicability::DisplayOnly) | None => {}
        }
    }
}

impl LintReport {
    /// Keeps no more than `most` findings, the worst.
    fn keep(&mut self, most: usize) {
        if self.findings.len() > most {
            let worst = |located: &Located| Reverse(located.finding.severity);
            self.findings.sort_by(|one, other| (worst(one), one.order()).cmp(&(worst(other), other.order())));
            self.findings.drain(most..).for_each(|located| self.left_out.add(&located.finding));
        }
        if self.suppressed.len() > most {
            self.left_out.suppressed += self.suppressed.drain(most..).count();
        }
    }
}

/// A finding and its place.
pub struct Located {
    /// The finding.
    pub finding: Finding,
    /// The object, in [`Manifests::objects`].
    pub object: usize,
    /// What to point at.
    pub place: Place,
    /// Where the finding's related objects are, in their order; `None` for those that were not given.
    pub related: Vec<Option<Place>>,
    /// What it is recognised by in another run: the same when lines move, items change places or messages are improved.
    pub fingerprint: String,
}

/// A finding that doesn't count, and why.
pub struct SuppressedFinding {
    /// The finding.
    pub located: Located,
    /// What exempts it.
    pub suppression: Suppression,
    /// The reason given.
    pub reason: String,
}

/// A kind of which nothing was given, or could be read, so that policies could not check.
pub struct Skipped {
    /// The kind.
    pub needs: &'static str,
    /// The policies that need it.
    pub policies: BTreeSet<&'static str>,
    /// How many objects they could not check.
    pub objects: usize,
    /// Why a cluster that was asked did not give any.
    pub reason: Option<String>,
}

/// An exemption that should be written in another way, or not at all.
pub struct Unused {
    /// The policy that it was meant for, as written; empty for an entry that is there for several.
    pub policy: String,
    /// Where it is: an annotation has a place, an entry of the settings has none.
    pub place: Option<Place>,
    /// Which one, and what is the matter with it.
    pub message: String,
}

/// An object that was given more than once.
pub struct Repeated {
    /// Kind, namespace and name, as in `Deployment shop/web`.
    pub title: String,
    /// Where, in the order of the text; at least two.
    pub places: Vec<Place>,
    /// True when they are in different directories: each is checked among its own companions. Otherwise the last one to be
    /// applied wins.
    pub apart: bool,
}

/// What is asked of a report.
pub struct CheckOptions<'o> {
    /// The policies.
    pub policies: PolicySets<'o>,
    /// Findings below this are dropped.
    pub min_severity: Severity,
    /// Whether the manifests are all there is.
    pub complete: bool,
    /// What a cluster has around them.
    pub around: Option<&'o ClusterSnapshot>,
    /// Where objects go that name no namespace; without it, and without a cluster, where their companions are.
    pub namespace: Option<&'o str>,
    /// Today.
    pub today: Date,
    /// How many findings are kept; the others are counted.
    pub most: usize,
    /// The fields of Kubernetes' kinds and of custom resources; without them `unknown-field` reports nothing.
    pub fields: Option<&'o Table>,
}

/// How many findings a person or a program is given at most, unless something says otherwise. Each takes about a kilobyte.
pub const MOST: usize = 20_000;

/// How many objects are checked before what isn't kept of their findings is forgotten.
const BATCH: usize = 2048;

/// Checks every object, side by side where there are threads; the result doesn't show it.
pub fn check(manifests: &Manifests, places: &Places<'_>, options: &CheckOptions<'_>) -> LintReport {
    // Who says that nothing else exists knows what is in the charts.
    let unread = manifests.unrendered && !options.complete;
    let around = Around { complete: options.complete, cluster: options.around, namespace: options.namespace, unread };
    let world = World::new(manifests, around);
    let report = |position: usize, object: &Object, inventory: &dyn Inventory| {
        evaluate(options.policies.of_file(object.file), &world.review(position, object, inventory, options.today))
    };
    let by_name = ByName::new(manifests, &world);
    let namespaces = near_miss::Places::of(manifests, &world);
    let fields = options.fields.map(|table| Fields::new(table, manifests));
    let mut gathered = Gathered { unread: options.around.map(|around| &around.unread), ..Gathered::default() };
    let mut lint = LintReport { repeated: repeated::of(manifests, places, &world), ..LintReport::default() };
    // What the cluster has besides is checked by nobody.
    let alone = options.around.is_some_and(|around| !around.whole);
    // Findings take most of the memory: only those of a batch are there besides what is kept. With a cluster around, each object
    // has to know what was reported of the others.
    let batch = if alone { manifests.objects.len().max(1) } else { BATCH };
    for (first, objects) in manifests.objects.chunks(batch).enumerate().map(|(at, objects)| (at * batch, objects)) {
        let mut reports: Vec<Report> = each::map(objects, |at, object| {
            let position = first + at;
            let inventory = world.seen_from(position);
            let mut report = report(position, object, &inventory);
            if let Some(fields) = &fields {
                let review = world.review(position, object, &inventory, options.today);
                fields.add(options.policies.of_file(object.file), &review, &mut report);
            }
            report
        });
        if alone {
            let alone = each::map(objects, |at, object| report(first + at, object, &world.alone()));
            alone::add(&mut reports, alone, &by_name);
        } else if options.around.is_none() && options.namespace.is_none() {
            near_miss::add(&mut reports, first, &namespaces, manifests, &world, options);
        }
        for ((position, object), report) in (first..).zip(objects).zip(reports) {
            let policies = options.policies.of_file(object.file);
            let knows = |fields: &Fields<'_>| fields.checks(policies, &object.value);
            if !is_target(object) && !fields.as_ref().is_some_and(knows) {
                *lint.unchecked.entry(object.text("/kind").to_owned()).or_default() += 1;
            }
            annotations::note(object, &report, places, policies, &mut lint);
            let locate = |mut finding: Finding| {
                if let Some(fix) = &mut finding.fix {
                    explained::weigh(manifests, places, object, fix);
                }
                let place = match unknown_field::is_about_field(&finding) {
                    true => places.key(object, &finding.path),
                    false => places.nearest(object, &finding.path),
                }?;
                let related = finding.related.iter().map(|related| by_name.place(position, related, places)).collect();
                Some(Located { finding, object: position, place, related, fingerprint: String::new() })
            };
            confide(&mut lint.confidential, object, &report);
            let enough = |finding: &Finding| finding.severity >= options.min_severity;
            lint.findings.extend(report.findings.into_iter().filter(enough).filter_map(locate));
            for suppressed in report.suppressed {
                let policy = suppressed.finding.metadata.id;
                let reason = match &suppressed.suppression {
                    Suppression::Annotation(reason) => reason.clone(),
                    Suppression::Exemption(entry) => {
                        gathered.used.insert((options.policies.number(object.file), policy, *entry));
                        exemptions::reason(policies, policy, *entry)
                    }
                };
                if enough(&suppressed.finding)
                    && let Some(located) = locate(suppressed.finding)
                {
                    lint.suppressed.push(SuppressedFinding { located, suppression: suppressed.suppression, reason });
                }
            }
            for unchecked in report.errors {
                gathered.error(unchecked.metadata.id, position, unchecked.error);
            }
        }
        lint.keep(options.most.saturating_mul(2));
    }
    lint.keep(options.most);
    lint.findings.sort_by(|one, other| one.order().cmp(&other.order()));
    lint.suppressed.sort_by(|one, other| one.located.order().cmp(&other.located.order()));
    fingerprint::assign(manifests, &mut lint);
    lint.unused.extend(exemptions::unused(options, &gathered.used));
    lint.problems = gathered.problems(manifests, places);
    lint.skipped = gathered.skipped();
    lint
}

/// Whether any policy is meant for the object.
pub fn is_target(object: &Object) -> bool {
    let kind = Kind::of(&object.value);
    kind.is_some_and(|kind| POLICIES.iter().any(|entry| entry.metadata.targets.contains(&kind)))
}

/// Takes in what the findings on an object say is secret.
pub(crate) fn confide(confidential: &mut Confidential, object: &Object, report: &Report) {
    let suppressed = report.suppressed.iter().map(|suppressed| &suppressed.finding);
    report.findings.iter().chain(suppressed).for_each(|finding| confidential.add(object, finding));
}

impl Located {
    pub(crate) fn order(&self) -> impl Ord + '_ {
        (self.place.file, self.place.range.start, self.object, self.finding.metadata.id, self.finding.message.as_str())
    }
}

/// The policies that could not check because a kind is missing, and the objects.
type Unable = (BTreeSet<&'static str>, BTreeSet<usize>);

/// What policies could not check, before it is reported.
#[derive(Default)]
struct Gathered<'g> {
    /// The kinds that a cluster would not show, and why.
    unread: Option<&'g BTreeSet<(&'static str, String)>>,
    /// Exemptions that exempt something.
    used: BTreeSet<exemptions::Entry>,
    malformed: BTreeSet<(usize, String, &'static str)>,
    refused: BTreeSet<String>,
    /// By kind and reason.
    not_given: BTreeMap<(&'static str, Option<String>), Unable>,
}

impl Gathered<'_> {
    fn error(&mut self, policy: &'static str, object: usize, error: CheckError) {
        match error {
            CheckError::Malformed(Malformed { path, expected }) => {
                // Every policy that reads the place trips over it; it is still one mistake.
                self.malformed.insert((object, path.as_str().to_owned(), expected));
            }
            CheckError::Inventory(InventoryError::NotGiven { kind }) => self.not_given(policy, object, (kind, None)),
            CheckError::Inventory(InventoryError::Refused { kind, reason }) => {
                let unread = (kind, reason);
                if self.unread.is_some_and(|all| all.contains(&unread)) {
                    self.not_given(policy, object, (kind, Some(unread.1)));
                } else {
                    let error = InventoryError::Refused { kind, reason: unread.1 };
                    self.refused.insert(format!("{policy}: {error}"));
                }
            }
        }
    }

    fn not_given(&mut self, policy: &'static str, object: usize, what: (&'static str, Option<String>)) {
        let (policies, objects) = self.not_given.entry(what).or_default();
        policies.insert(policy);
        objects.insert(object);
    }

    fn problems(&self, manifests: &Manifests, places: &Places<'_>) -> Vec<Problem> {
        let mut placed = Vec::new();
        for (position, path, expected) in &self.malformed {
            let Some(object) = manifests.objects.get(*position) else { continue };
            let Some(file) = manifests.files.get(object.file) else { continue };
            let title = object.title();
            let Some(path) = plimsoll::json::path::Path::parse(path) else { continue };
            let name = file.source.name.as_str();
            // What isn't in the checked object is in one that was looked up for it.
            if path.find(&object.value).is_none() {
                let message = format!("{title} cannot be checked: {path} of an object beside it should be {expected}");
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

    fn skipped(self) -> Vec<Skipped> {
        let of_kind = self.not_given.into_iter();
        let told = |((needs, reason), (policies, objects)): (_, Unable)| Skipped {
            needs,
            policies,
            objects: objects.len(),
            reason,
        };
        of_kind.map(told).collect()
    }
}
