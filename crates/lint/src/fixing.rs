//! Fixing the texts of files until nothing is left to fix.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::engine::fix::fix as fix_object;
use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll::policy::fix::{Applicability, Fix};
use plimsoll::settings::Date;
use plimsoll_fields::Table;
use plimsoll_manifest::{Document, EditRefused, TextEdit, apply, edit};

use crate::adding::{Additions, Destination, MissingObject};
use crate::check;
use crate::cluster_snapshot::ClusterSnapshot;
use crate::each;
use crate::explained;
use crate::manifests::{self, Manifest, Manifests, Object, Values};
use crate::masks::{Confidential, Masks};
use crate::places::{Places, join};
use crate::policy_sets::PolicySets;
use crate::problem::Problem;
use crate::source::Source;
use crate::unknown_field::Fields;
use crate::world::{Around, World};

/// Fixing one object may give work on another (an autoscaler and its budget); more rounds than this only a
/// contradiction needs.
const ROUNDS: usize = 10;

/// What is to be done.
pub struct FixOptions<'o> {
    /// The policies whose fixes are made.
    pub policies: PolicySets<'o>,
    /// The least trustworthy fix that is made.
    pub trust: Applicability,
    /// Where missing objects are added, if they are.
    pub new_objects: Option<Destination>,
    /// Whether something could not even be opened.
    pub unread: bool,
    /// Whether there is such a file, or anything else of that name.
    pub exists: &'o dyn Fn(&std::path::Path) -> bool,
    /// Whether the files are all there is.
    pub complete: bool,
    /// What a cluster has around the objects.
    pub around: Option<&'o ClusterSnapshot>,
    /// Where objects go that name no namespace; without it, and without a cluster, where their companions are.
    pub namespace: Option<&'o str>,
    /// Today.
    pub today: Date,
    /// The fields of Kubernetes' kinds and of custom resources; without them `unknown-field` fixes nothing.
    pub fields: Option<&'o Table>,
}

/// What was done.
pub struct FixOutcome {
    /// The files, in the order given.
    pub files: Vec<FixedFile>,
    /// What could not be read; such files are left alone.
    pub problems: Vec<Problem>,
    /// Fixes that could not be made in the text, and objects that could not be added.
    pub refused: Vec<Problem>,
    /// How many missing objects nobody asked to add.
    pub missing: usize,
    /// How many objects are missing that may change how a workload behaves, which nobody asked for.
    pub untrusted: usize,
    /// How many objects there are.
    pub objects: usize,
    /// How many documents are of another kind, passed over in directories.
    pub foreign: usize,
    /// How many documents are patches.
    pub patches: usize,
    /// What the policies found that no output may show, by the position of the file.
    pub confidential: Confidential,
}

/// A file and its new text.
pub struct FixedFile {
    /// The file as it was.
    pub source: Source,
    /// Its new text.
    pub text: Vec<u8>,
    /// How many fixes were made.
    pub fixes: usize,
    /// How many objects were added.
    pub added: usize,
    /// True when there is no such file yet.
    pub created: bool,
}

impl FixedFile {
    /// A file that is as it was.
    fn unchanged(source: Source) -> FixedFile {
        FixedFile { text: source.text.clone(), source, fixes: 0, added: 0, created: false }
    }

    /// A file that is not there yet, with one object.
    pub(crate) fn new(path: PathBuf, text: Vec<u8>) -> FixedFile {
        let name = path.display().to_string();
        let source = Source { name, path: Some(path), text: Vec::new(), named: true, pass_over: false, cut: false };
        FixedFile { source, text, fixes: 0, added: 1, created: true }
    }

    /// Whether anything was changed.
    pub fn is_changed(&self) -> bool {
        self.text != self.source.text
    }
}

/// Everything known in one round.
struct Round<'r> {
    manifests: &'r Manifests,
    places: Places<'r>,
    /// By object.
    plans: &'r [Plan],
    trust: Applicability,
    /// Positions of objects by file and document.
    by_document: BTreeMap<(usize, usize), Vec<usize>>,
    /// Files that could not be read as a whole.
    broken: HashSet<&'r str>,
}

/// What is to be done about an object.
struct Plan {
    fixes: Vec<Fix>,
    /// What is missing beside it as it is.
    missing: Vec<MissingObject>,
    /// What in it is secret.
    confidential: Confidential,
}

/// Fixes what can be fixed. Nothing is written.
pub fn fix(sources: Vec<Source>, options: &FixOptions<'_>) -> FixOutcome {
    let mut files: Vec<FixedFile> = sources.into_iter().map(FixedFile::unchanged).collect();
    let mut round = 0;
    let mut confidential = Confidential::default();
    loop {
        round += 1;
        let current = files.iter().map(|file| file.source.with_text(file.text.clone())).collect();
        let manifests = manifests::read(current, Values::Kept);
        let mut plans = plan(&manifests, options);
        plans.iter_mut().for_each(|plan| confidential.append(std::mem::take(&mut plan.confidential)));
        let mut refused = Vec::new();
        let mut changed = false;
        for (fixed, file) in fix_files(&manifests, &plans, options.trust).into_iter().zip(&mut files) {
            refused.extend(fixed.refused);
            if let Some(new) = fixed.text {
                changed = true;
                file.text = new;
                file.fixes += fixed.made;
            }
        }
        let (mut missing, mut untrusted) = (0, 0);
        // Before, a fix may still supply what is missing.
        if !changed {
            let mut additions = Additions::new(&manifests, plans.iter().map(|plan| &plan.missing), options.trust);
            untrusted = additions.untrusted;
            match options.new_objects {
                None => missing = additions.count(),
                // It may be in what could not be read.
                Some(_) if options.unread || manifests.unread => {
                    if additions.count() > 0 {
                        let message = "no object is added, because not everything could be read".to_owned();
                        refused.push(Problem::general(message));
                    }
                }
                Some(destination) => {
                    changed = round < ROUNDS && additions.make(destination, &mut files, options.exists);
                    refused.append(&mut additions.refused);
                }
            }
        }
        if changed && round < ROUNDS {
            continue;
        }
        let masks = Masks::new(&manifests, &confidential);
        for problem in &mut refused {
            let is_its = |file: &Manifest| Some(&file.source.name) == problem.file.as_ref();
            problem.message = masks.words(manifests.files.iter().position(is_its), &problem.message).into_owned();
        }
        return FixOutcome {
            files,
            refused,
            confidential,
            missing,
            untrusted,
            objects: manifests.objects.len(),
            foreign: manifests.foreign,
            patches: manifests.patches,
            problems: manifests.problems,
        };
    }
}

fn fix_files(manifests: &Manifests, plans: &[Plan], trust: Applicability) -> Vec<Fixed> {
    let round = Round {
        manifests,
        places: Places::new(manifests),
        plans,
        trust,
        by_document: by_document(manifests),
        broken: manifests.problems.iter().filter_map(|problem| problem.file.as_deref()).collect(),
    };
    each::map(&manifests.files, |file, manifest| round.fix_file(file, manifest))
}

/// What is to be done about every object, in the order of the objects.
fn plan(manifests: &Manifests, options: &FixOptions<'_>) -> Vec<Plan> {
    let around = Around {
        complete: options.complete,
        cluster: options.around,
        namespace: options.namespace,
        unread: options.unread,
    };
    let world = World::new(manifests, around);
    let fields = options.fields.map(|table| Fields::new(table, manifests));
    let (sets, trust, today) = (options.policies, options.trust, options.today);
    each::map(&manifests.objects, |position, object| {
        let policies = sets.of_file(object.file);
        let inventory = world.seen_from(position);
        let review = world.review(position, object, &inventory, today);
        let mut fixes = Vec::new();
        let mut renamed = Cow::Borrowed(review.object);
        let unknown = fields.as_ref().and_then(|fields| fields.report(policies, &review));
        for fix in unknown.into_iter().flat_map(|report| report.findings).filter_map(|finding| finding.fix) {
            if fix.applicability >= trust && fix.edits.iter().all(|edit| edit.apply(renamed.to_mut()).is_ok()) {
                fixes.push(fix);
            }
        }
        // What the policies say of the object is said of it with these fields.
        let review = Review { object: &renamed, ..review };
        let mut fixed = fix_object(policies, &review, &|_| Some(trust));
        // The text may refuse the fixes.
        let report = if fixed.fixes.is_empty() { fixed.report } else { evaluate(policies, &review) };
        fixes.append(&mut fixed.fixes);
        let mut confidential = Confidential::default();
        check::confide(&mut confidential, object, &report);
        let missing = report.findings.into_iter().filter_map(|finding| {
            let addition = finding.addition()?;
            Some(MissingObject { object: finding.new_object?, addition, path: finding.path })
        });
        Plan { fixes, missing: missing.collect(), confidential }
    })
}

/// The objects that each document holds.
fn by_document(manifests: &Manifests) -> BTreeMap<(usize, usize), Vec<usize>> {
    let mut by_document: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (position, object) in manifests.objects.iter().enumerate() {
        by_document.entry((object.file, object.document)).or_default().push(position);
    }
    by_document
}

#[derive(Default)]
struct Fixed {
    /// The new text, if anything was changed.
    text: Option<Vec<u8>>,
    made: usize,
    refused: Vec<Problem>,
}

/// A fix of an object, as edits of its document.
struct Planned<'p> {
    object: &'p Object,
    fix: &'p Fix,
    edits: Vec<Edit>,
}

impl<'p> Planned<'p> {
    fn new(object: &'p Object, fix: &'p Fix) -> Planned<'p> {
        let at = |at: &Path| join(&object.prefix, at);
        let edits = fix.edits.iter().map(|edit| match edit {
            Edit::Set { at: path, value } => Edit::Set { at: at(path), value: value.clone() },
            Edit::Append { at: path, value } => Edit::Append { at: at(path), value: value.clone() },
            Edit::Remove { at: path } => Edit::Remove { at: at(path) },
        });
        Planned { object, fix, edits: edits.collect() }
    }
}

impl Round<'_> {
    fn fix_file(&self, file: usize, manifest: &Manifest) -> Fixed {
        let mut fixed = Fixed::default();
        let name = manifest.source.name.as_str();
        // Once for the file: looking for what isn't UTF-8 anew for every document would take the square of the time.
        let whole = !manifest.source.cut && !self.broken.contains(name);
        let text = std::str::from_utf8(&manifest.source.text).ok().filter(|_| whole);
        let mut edits: Vec<TextEdit> = Vec::new();
        for (position, document) in manifest.documents.iter().enumerate() {
            let planned = self.planned(file, position);
            if planned.is_empty() {
                continue;
            }
            // A file is fixed as a whole or not at all: what can't be read may hang together with what can.
            let Some(text) = text else {
                let message = "left as it is, because not all of it could be read".to_owned();
                fixed.refused.push(Problem::of_file(name, message));
                return fixed;
            };
            let mut settled = Settled { text, document, accepted: Vec::new(), edits: Vec::new(), made: 0 };
            settled.settle(&planned.iter().collect::<Vec<_>>(), &mut |planned, reason| {
                fixed.refused.push(self.refusal(planned, reason))
            });
            edits.append(&mut settled.edits);
            fixed.made += settled.made;
        }
        if let Some(text) = text.filter(|_| !edits.is_empty()) {
            fixed.text = apply(text, &edits).ok().filter(|new| new != text).map(String::into_bytes);
        }
        fixed
    }

    fn planned(&self, file: usize, document: usize) -> Vec<Planned<'_>> {
        let objects = self.by_document.get(&(file, document)).into_iter().flatten();
        objects
            .filter_map(|position| Some((self.manifests.objects.get(*position)?, self.plans.get(*position)?)))
            .flat_map(|(object, plan)| plan.fixes.iter().map(move |fix| (object, fix)))
            .filter(|(object, fix)| {
                let explained = || explained::line(self.manifests, &self.places, object, fix).is_some();
                self.trust < Applicability::Safe || !explained()
            })
            .map(|(object, fix)| Planned::new(object, fix))
            .collect()
    }

    fn refusal(&self, planned: &Planned<'_>, reason: &EditRefused) -> Problem {
        let at = planned.fix.edits.first().map_or(Path::ROOT, |edit| edit.at().clone());
        refusal(self.manifests, &self.places, planned.object, &at, &planned.fix.title, &reason.to_string())
    }
}

/// Says that something can't be done, and where.
pub(crate) fn refusal(
    manifests: &Manifests,
    places: &Places<'_>,
    object: &Object,
    at: &Path,
    what: &str,
    reason: &str,
) -> Problem {
    Problem {
        file: manifests.files.get(object.file).map(|file| file.source.name.clone()),
        position: places.nearest(object, at).map(|place| place.span.start),
        message: format!("{}: {what}: {reason}", object.title()),
    }
}

/// The fixes of one document that can be made in its text.
struct Settled<'d> {
    text: &'d str,
    document: &'d Document,
    accepted: Vec<Edit>,
    edits: Vec<TextEdit>,
    made: usize,
}

/// So many fixes that can't be made are sorted out one after the other; each costs an attempt.
const SINGLED_OUT: usize = 16;

impl Settled<'_> {
    /// Makes those of the fixes that can be made. All are tried together, without those that are refused, and halved
    /// where that leads to nothing: usually nothing is in the way, and each attempt reads the document again.
    fn settle(&mut self, planned: &[&Planned<'_>], refuse: &mut impl FnMut(&Planned<'_>, &EditRefused)) {
        let mut planned = planned.to_vec();
        for _ in 0..SINGLED_OUT {
            if planned.is_empty() {
                return;
            }
            let mut wanted = self.accepted.clone();
            wanted.extend(planned.iter().flat_map(|planned| planned.edits.iter().cloned()));
            let reason = match edit(self.text, self.document, &Path::ROOT, &wanted) {
                Ok(edits) => {
                    self.accepted = wanted;
                    self.edits = edits;
                    self.made += planned.len();
                    return;
                }
                Err(reason) => reason,
            };
            let Some(position) = the_one_at(&planned, reason.at()) else { break };
            refuse(planned.remove(position), &reason);
        }
        let (first, second) = planned.split_at(planned.len() / 2);
        self.settle(first, refuse);
        self.settle(second, refuse);
    }
}

/// The only one of these fixes that writes there.
fn the_one_at(planned: &[&Planned<'_>], at: Option<&Path>) -> Option<usize> {
    if let [_] = planned {
        return Some(0);
    }
    let at = at?;
    let writes =
        |planned: &Planned<'_>| planned.edits.iter().any(|edit| at.starts_with(edit.at()) || edit.at().starts_with(at));
    let mut there = planned.iter().enumerate().filter(|(_, planned)| writes(planned)).map(|(position, _)| position);
    there.next().filter(|_| there.next().is_none())
}
