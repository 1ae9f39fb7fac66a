//! The other objects that a policy may look up.

mod objects;

use std::sync::Arc;

use serde_json::Value;

pub use objects::{Alone, Asked, Objects, Origin, SeenFrom};

use crate::json::node::{Malformed, Node, PathArena};
use crate::kube::kinds::Kind;
use crate::kube::object;
use crate::kube::selector::{Labels, Selector};

/// What is asked of an inventory. An answer may hold more than what was asked for, so that a simple inventory can be
/// simple: who asks still matches selectors and names.
pub struct Query<'q> {
    /// The kind of object.
    pub kind: &'static Kind,
    /// The namespace, `default` spelt out; `None` asks for objects of all namespaces, or for cluster-wide ones. A cluster
    /// only answers for one namespace, and for cluster-wide objects by name.
    pub namespace: Option<&'q str>,
    /// What would do.
    pub filter: Filter<'q>,
}

/// Which objects of a kind and namespace are wanted: what an index can look up.
pub enum Filter<'q> {
    /// All.
    All,
    /// The one of that name.
    Named(&'q str),
    /// Those whose `spec.selector` or `spec.podSelector` may select an object with these labels.
    Selecting(Labels<'q>),
    /// Those whose pod template, or for Pods whose own labels, this selector may select.
    SelectedBy(&'q Selector<'q>),
    /// Those whose `spec.scaleTargetRef`, or a Rollout's `workloadRef`, is an object of this kind and name.
    Scaling(&'static Kind, &'q str),
    /// Those that make a Secret of this name.
    Making(&'q str),
    /// Those that grant rights to a ServiceAccount of this name.
    Granting(&'q str),
    /// Those that route to the Service of this name: an Ingress's backends, a DestinationRule's host.
    RoutingTo(&'q str),
}

/// The objects around the checked one: a cluster, or the files given.
pub trait Inventory {
    /// The objects asked for, always in the same order.
    ///
    /// # Errors
    /// When they can't be had; see [`InventoryError`].
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError>;

    /// True when these objects are checked in the same run as the checked one, as files are: a fault between two objects
    /// is then reported once, on the object that a person should change. At admission only one object is checked, and
    /// whichever comes last has to be told.
    fn is_batch(&self) -> bool {
        false
    }

    /// True when the objects are the files of a directory, all of which could be read: a kind of which none was given may
    /// well not exist.
    fn is_directory(&self) -> bool {
        false
    }

    /// How sure it is that an object of `kind` which isn't listed in `namespace` doesn't exist.
    fn absence(&self, _kind: &'static Kind, _namespace: &str) -> Absence {
        Absence::Certain
    }

    /// True when a generator that was given, such as a kustomization's, creates the object.
    fn generates(&self, _kind: &Kind, _namespace: &str, _name: &str) -> bool {
        false
    }

    /// True when kinds are known, too, that are not among a policy's `needs`, such as custom resources: see
    /// [`Context::list_optional`](crate::policy::context::Context::list_optional).
    fn knows_optional(&self) -> bool {
        self.is_batch()
    }
}

/// How sure it is that an object which isn't listed doesn't exist, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// It may well exist: objects of its kind come from somewhere else, or from something that creates them.
    Unknown,
    /// It isn't among the objects given, and others of its kind are.
    NotGiven,
    /// It doesn't exist.
    Certain,
}

/// An object that was looked up.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its kind.
    pub kind: &'static Kind,
    /// The object.
    pub object: Arc<Value>,
}

impl Found {
    /// The top of the object.
    pub fn root<'f>(&'f self, arena: &'f PathArena) -> Node<'f> {
        Node::root(&self.object, arena)
    }

    /// Its name; empty when it has none.
    pub fn name(&self) -> &str {
        object::name(&self.object).unwrap_or_default()
    }

    /// The error for an object whose fields have the wrong types: what depends on it can't be checked, but the checked
    /// object is not to blame.
    pub fn unreadable(&self, malformed: &Malformed) -> InventoryError {
        let reason = [self.name(), ": ", malformed.path.as_str(), " should be ", malformed.expected].concat();
        InventoryError::Refused { kind: self.kind.name, reason }
    }
}

/// Why other objects could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// None of that kind was given, and nobody said that what was given is all there is.
    #[error("skipped: needs {kind}")]
    NotGiven {
        /// The kind that is missing.
        kind: &'static str,
    },
    /// The cluster would not say.
    #[error("cannot read {kind}: {reason}")]
    Refused {
        /// The kind that was asked for.
        kind: &'static str,
        /// The cluster's words.
        reason: String,
    },
}

/// An inventory of which everything is unknown: for policies that look nothing up.
pub struct Unknown;

impl Inventory for Unknown {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        Err(InventoryError::NotGiven { kind: query.kind.name })
    }

    fn absence(&self, _kind: &'static Kind, _namespace: &str) -> Absence {
        Absence::Unknown
    }
}
