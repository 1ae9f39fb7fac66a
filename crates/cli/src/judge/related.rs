//! Finding the objects that findings point at.

use std::collections::HashMap;

use plimsoll::finding::Related;
use plimsoll::kube::kinds::Kind;

use crate::manifests::{Manifests, Object};
use crate::places::{Place, Places};

/// All objects of known kinds, by kind, namespace and name.
pub(super) struct ByName<'m>(HashMap<(&'m str, &'m str, &'m str), &'m Object>);

impl<'m> ByName<'m> {
    pub(super) fn new(manifests: &'m Manifests) -> ByName<'m> {
        let mut by_name = HashMap::new();
        for object in &manifests.objects {
            if let Some(kind) = Kind::of(&object.value) {
                let key = (kind.name, spelt_out(object.text("/metadata/namespace")), object.name());
                by_name.entry(key).or_insert(object);
            }
        }
        ByName(by_name)
    }

    /// The place in the related object that matters.
    pub(super) fn place(&self, related: &Related, places: &Places<'_>) -> Option<Place> {
        let key = (related.kind.as_str(), spelt_out(&related.namespace), related.name.as_str());
        places.nearest(self.0.get(&key)?, &related.path)
    }
}

fn spelt_out(namespace: &str) -> &str {
    if namespace.is_empty() { "default" } else { namespace }
}
