//! Near misses: what would not be found if an object were in a namespace that its companions state, or state not.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll::engine::evaluate::{Report, Review, evaluate};
use plimsoll::kube::kinds::Kind;
use plimsoll::policy::finding::Finding;
use serde_json::Value;

use super::CheckOptions;
use crate::manifests::{Manifests, Object};
use crate::world::{World, directory};

/// How a near miss is said, once in a message.
const MISSING: &str = "what is missing";

/// So many namespaces are tried for an object.
const TRIED: usize = 3;

/// Names near misses in the messages of findings about several objects. The reports are of the objects from `first` on.
pub(super) fn add(
    reports: &mut [Report],
    first: usize,
    places: &Places<'_>,
    manifests: &Manifests,
    world: &World,
    options: &CheckOptions<'_>,
) {
    for ((position, object), report) in manifests.objects.iter().enumerate().skip(first).zip(reports) {
        if !report.findings.iter().any(is_about_absence) {
            continue;
        }
        let stated = object.text("/metadata/namespace");
        for namespace in places.others(manifests, world, position, object).into_iter().take(TRIED) {
            let mut moved = (*object.value).clone();
            let Some(Value::Object(metadata)) = moved.get_mut("metadata") else { continue };
            metadata.remove("namespace");
            let inventory = world.seen_from(position);
            let review = world.review(position, object, &inventory, options.today);
            let there =
                evaluate(options.policies.of_file(object.file), &Review { object: &moved, namespace, ..review });
            for finding in report.findings.iter_mut().filter(|finding| is_about_absence(finding)) {
                let id = finding.metadata.id;
                let is_same = |other: &Finding| other.metadata.id == id && other.path == finding.path;
                let suppressed = there.suppressed.iter().map(|suppressed| &suppressed.finding);
                let is_there = there.findings.iter().chain(suppressed).any(is_same);
                if is_there || there.errors.iter().any(|error| error.metadata.id == id) {
                    continue;
                }
                let near = match namespace {
                    Some(namespace) => {
                        format!("; namespace \"{namespace}\" has {MISSING}, but the object sets no namespace")
                    }
                    None => {
                        format!(
                            "; beside the objects without a namespace is {MISSING}, but the object is in \"{stated}\""
                        )
                    }
                };
                if !finding.message.contains(MISSING) {
                    finding.message.push_str(&near);
                }
            }
        }
    }
}

/// True for a finding about what isn't there. What other objects take part in would only be gone elsewhere.
fn is_about_absence(finding: &Finding) -> bool {
    !finding.metadata.needs.is_empty() && finding.related.is_empty()
}

/// The namespaces in each file and in each directory.
pub(super) struct Places<'m> {
    of_files: BTreeMap<usize, Namespaces<'m>>,
    of_directories: BTreeMap<&'m str, Namespaces<'m>>,
}

/// The namespaces that objects state, and `None` if one states none and nothing says where it goes.
type Namespaces<'m> = BTreeSet<Option<&'m str>>;

impl<'m> Places<'m> {
    pub(super) fn of(manifests: &'m Manifests, world: &World) -> Places<'m> {
        let mut places = Places { of_files: BTreeMap::new(), of_directories: BTreeMap::new() };
        for (position, object) in manifests.objects.iter().enumerate() {
            if let Some(namespace) = namespace(world, position, object) {
                places.of_files.entry(object.file).or_default().insert(namespace);
                places.of_directories.entry(directory(manifests, object)).or_default().insert(namespace);
            }
        }
        places
    }

    /// Where the object may have been meant to be: where its companions are, if either states a namespace and the other
    /// doesn't.
    fn others(&self, manifests: &Manifests, world: &World, position: usize, object: &Object) -> Vec<Option<&'m str>> {
        let Some(own) = namespace(world, position, object) else { return Vec::new() };
        let has_others = |namespaces: &&Namespaces<'_>| namespaces.len() > 1;
        let of_file = self.of_files.get(&object.file).filter(has_others);
        let namespaces = of_file.or_else(|| self.of_directories.get(directory(manifests, object)));
        let others = namespaces.into_iter().flatten().copied();
        others.filter(|other| other.is_some() != own.is_some()).collect()
    }
}

/// The namespace that an object states; `Some(None)` if nothing says where it goes, and `None` if it lives in none or goes
/// where its companions are.
fn namespace<'o>(world: &World, position: usize, object: &'o Object) -> Option<Option<&'o str>> {
    let lives = Kind::of(&object.value).is_some_and(|kind| kind.namespaced);
    if !lives || world.namespace(position).is_some() {
        return None;
    }
    Some(Some(object.text("/metadata/namespace")).filter(|stated| !stated.is_empty()))
}
