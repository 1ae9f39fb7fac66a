//! Finding the objects that findings point at.

use std::collections::HashMap;

use plimsoll::kube::kinds::Kind;
use plimsoll::policy::finding::Related;

use crate::manifests::Manifests;
use crate::places::{Place, Places};

/// All objects of known kinds, by kind, namespace and name.
pub(super) struct ByName<'m> {
    manifests: &'m Manifests,
    positions: HashMap<(&'m str, &'m str, &'m str), usize>,
}

impl<'m> ByName<'m> {
    /// `namespace` is where objects go that name none.
    pub(super) fn new(manifests: &'m Manifests, namespace: Option<&'m str>) -> ByName<'m> {
        let mut positions = HashMap::new();
        for (position, object) in manifests.objects.iter().enumerate() {
            if let Some(kind) = Kind::of(&object.value) {
                let namespace = namespace.filter(|_| kind.namespaced).unwrap_or_default();
                let stated = spelt_out(object.text("/metadata/namespace"), spelt_out(namespace, "default"));
                positions.entry((kind.name, stated, object.name())).or_insert(position);
            }
        }
        ByName { manifests, positions }
    }

    /// The related object, in [`Manifests::objects`].
    pub(super) fn position(&self, related: &Related) -> Option<usize> {
        let key = (related.kind.as_str(), spelt_out(&related.namespace, "default"), related.name.as_str());
        self.positions.get(&key).copied()
    }

    /// The place in the related object that matters.
    pub(super) fn place(&self, related: &Related, places: &Places<'_>) -> Option<Place> {
        places.nearest(self.manifests.objects.get(self.position(related)?)?, &related.path)
    }
}

fn spelt_out<'n>(namespace: &'n str, default: &'n str) -> &'n str {
    if namespace.is_empty() { default } else { namespace }
}
