//! The other objects that a policy may look up.

mod objects;

use std::sync::Arc;

use serde_json::Value;

pub use objects::{Alone, Asked, Objects, Origin, SeenFrom, Version};

use crate::json::node::{Malformed, Node, PathArena};
use crate::kube::kinds::Kind;
use crate::kube::object;
use crate::kube::selector::{Labels, Selector};

/// A query to an inventory. The result may contain more objects than match, which keeps inventories simple: callers
/// still match selectors and names.
pub struct Query<'q> {
    /// The kind of object.
    pub kind: &'static Kind,
    /// The namespace, `default` spelt out; `None` for objects of all namespaces, or for cluster-scoped objects. A
    /// cluster only lists one namespace, and gets cluster-scoped objects by name.
    pub namespace: Option<&'q str>,
    /// Which of these objects are needed.
    pub filter: Filter<'q>,
}

/// The objects of a kind and namespace that are needed: what an index can look up.
pub enum Filter<'q> {
    /// All.
    All,
    /// The one with this name.
    Named(&'q str),
    /// Those whose `spec.selector` or `spec.podSelector` may select an object with these labels.
    Selecting(Labels<'q>),
    /// Those whose pod template this selector may select; Pods, Services and ClusterRoles by their own labels.
    SelectedBy(&'q Selector<'q>),
    /// Those whose `spec.scaleTargetRef`, a VerticalPodAutoscaler's `targetRef` or a Rollout's `workloadRef`, refers to an
    /// object of this kind and name.
    Scaling(&'static Kind, &'q str),
    /// Those that create a Secret of this name.
    Making(&'q str),
    /// Those that grant rights to a ServiceAccount of this name, or to this group of all ServiceAccounts.
    Granting(&'q str),
    /// Those that grant the role of this name.
    Binding(&'q str),
    /// Those whose pods run as the ServiceAccount of this name.
    RunningAs(&'q str),
    /// Those that route to the Service of this name: an Ingress's backends, a DestinationRule's host, an EndpointSlice's label.
    RoutingTo(&'q str),
    /// Those that route requests for this host: an Ingress's rules, an HTTPRoute's `hostnames`. Empty for those without one.
    Serving(&'q str),
}

/// The objects around the checked one: of a cluster, or of the given files.
pub trait Inventory {
    /// The requested objects, always in the same order.
    ///
    /// # Errors
    /// When they can't be read; see [`InventoryError`].
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError>;

    /// True when these objects are checked in the same run as the checked one, as files are: then a violation between
    /// two objects is reported once, on the object to change. At admission only one object is checked, and whichever
    /// arrives last has to be reported.
    fn is_batch(&self) -> bool {
        false
    }

    /// True when the objects are the files of a directory, all of which could be read: a kind without any object there may
    /// not exist at all.
    fn is_directory(&self) -> bool {
        false
    }

    /// How certain it is that an object of `kind` that isn't listed in `namespace` doesn't exist.
    fn absence(&self, _kind: &'static Kind, _namespace: &str) -> Absence {
        Absence::Certain
    }

    /// True when a given generator, such as a kustomization's, creates the object.
    fn generates(&self, _kind: &Kind, _namespace: &str, _name: &str) -> bool {
        false
    }

    /// True when the inventory also knows kinds that are not among a policy's `needs`, such as custom resources: see
    /// [`Context::list_optional`](crate::policy::context::Context::list_optional).
    fn knows_optional(&self) -> bool {
        self.is_batch()
    }
}

/// How certain it is that an object that isn't listed doesn't exist, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// It may exist: objects of its kind come from elsewhere, or another object creates them.
    Unknown,
    /// It is not among the given objects, but others of its kind are.
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
    /// The root of the object.
    pub fn root<'f>(&'f self, arena: &'f PathArena) -> Node<'f> {
        Node::root(&self.object, arena)
    }

    /// Its name; empty without one.
    pub fn name(&self) -> &str {
        object::name(&self.object).unwrap_or_default()
    }

    /// The error for an object with fields of wrong types: checks that depend on it fail, but the checked object is not
    /// the cause.
    pub fn unreadable(&self, malformed: &Malformed) -> InventoryError {
        let reason = [self.name(), ": ", malformed.path.as_str(), " should be ", malformed.expected].concat();
        InventoryError::Refused { kind: self.kind.name, reason }
    }
}

/// Why other objects could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// No object of the kind was given, and the input is not declared complete.
    #[error("skipped: needs {kind}")]
    NotGiven {
        /// The missing kind.
        kind: &'static str,
    },
    /// The cluster denied or failed the look-up.
    #[error("cannot read {kind}: {reason}")]
    Refused {
        /// The requested kind.
        kind: &'static str,
        /// The cluster's message.
        reason: String,
    },
}

/// An inventory that knows nothing: for policies without look-ups.
pub struct Unknown;

impl Inventory for Unknown {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        Err(InventoryError::NotGiven { kind: query.kind.name })
    }

    fn absence(&self, _kind: &'static Kind, _namespace: &str) -> Absence {
        Absence::Unknown
    }
}
