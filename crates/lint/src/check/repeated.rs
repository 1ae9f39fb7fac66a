//! Objects that were given more than once.

use std::collections::{BTreeSet, HashMap};

use plimsoll::json::path::Path;

use super::Repeated;
use crate::manifests::Manifests;
use crate::places::Places;
use crate::world::{Identity, World, directory};

/// All of them, in the order of the text.
pub(super) fn of(manifests: &Manifests, places: &Places<'_>, world: &World) -> Vec<Repeated> {
    let mut first: HashMap<Identity<'_>, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (position, object) in manifests.objects.iter().enumerate() {
        let Some(identity) = Identity::of(object, world.namespace(position)) else { continue };
        let group = *first.entry(identity).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(position),
            None => groups.push(vec![position]),
        }
    }
    let repeated = |group: Vec<usize>| {
        let objects = || group.iter().filter_map(|position| manifests.objects.get(*position));
        let directories: BTreeSet<&str> = objects().map(|object| directory(manifests, object)).collect();
        Some(Repeated {
            title: objects().next()?.title(),
            places: objects().filter_map(|object| places.nearest(object, &Path::ROOT)).collect(),
            apart: directories.len() == group.len(),
        })
    };
    groups.into_iter().filter(|group| group.len() > 1).filter_map(repeated).collect()
}
