//! Finding the objects that findings point at.

use std::collections::HashMap;

use plimsoll::kube::kinds::Kind;
use plimsoll::policy::finding::Related;

use crate::manifests::Manifests;
use crate::places::{Place, Places};
use crate::world::{World, directory};

/// All objects of known kinds, by kind, namespace and name.
pub(super) struct ByName<'m> {
    manifests: &'m Manifests,
    positions: HashMap<(&'m str, &'m str, &'m str), Vec<usize>>,
}

impl<'m> ByName<'m> {
    pub(super) fn new(manifests: &'m Manifests, world: &'m World) -> ByName<'m> {
        let mut positions: HashMap<_, Vec<usize>> = HashMap::new();
        for (position, object) in manifests.objects.iter().enumerate() {
            if let Some(kind) = Kind::of(&object.value) {
                let namespace = spelt_out(world.namespace(position).unwrap_or_default(), "default");
                let stated = spelt_out(object.text("/metadata/namespace"), namespace);
                let same = positions.entry((kind.name, stated, object.name())).or_default();
                let before = same.last().and_then(|last| manifests.objects.get(*last));
                if before.is_none_or(|before| before.file != object.file) {
                    same.push(position);
                }
            }
        }
        ByName { manifests, positions }
    }

    /// The related object, in [`Manifests::objects`]: of several of that name the nearest to the object at `from`.
    pub(super) fn position(&self, from: usize, related: &Related) -> Option<usize> {
        let key = (related.kind.as_str(), spelt_out(&related.namespace, "default"), related.name.as_str());
        let own = self.manifests.objects.get(from)?;
        let distance = |position: &usize| {
            let other = self.manifests.objects.get(*position)?;
            let is_beside = || directory(self.manifests, other) == directory(self.manifests, own);
            Some(if other.file == own.file { 0 } else { 1 + u8::from(!is_beside()) })
        };
        self.positions.get(&key)?.iter().copied().min_by_key(distance)
    }

    /// The place in the related object that matters.
    pub(super) fn place(&self, from: usize, related: &Related, places: &Places<'_>) -> Option<Place> {
        places.nearest(self.manifests.objects.get(self.position(from, related)?)?, &related.path)
    }
}

fn spelt_out<'n>(namespace: &'n str, default: &'n str) -> &'n str {
    if namespace.is_empty() { default } else { namespace }
}
