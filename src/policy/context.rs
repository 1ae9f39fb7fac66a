//! A policy's view: the checked object, read once for all policies, and the objects around it.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::Value;

use crate::inventory::{Absence, Filter, Found, Inventory, InventoryError, Query};
use crate::json::node::{Malformed, Node, PathArena};
use crate::kube::kinds::{self, Kind};
use crate::kube::object;
use crate::kube::pod::Pod;
use crate::kube::version::KubernetesVersion;

/// The operation on the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is new, or an existing one is being audited.
    Create,
    /// It replaces an older one.
    Update,
}

/// The checked object, with the parts that many policies read.
pub(crate) struct Target<'a> {
    pub(crate) object: Node<'a>,
    pub(crate) kind: &'static Kind,
    /// `None` when neither the object nor the request names it.
    pub(crate) namespace: Option<&'a str>,
    /// The `apiVersion` before the API server converted the object, if it did.
    pub(crate) sent_as: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) operation: Operation,
    pub(crate) pod: Result<Option<Pod<'a>>, Malformed>,
    pub(crate) inventory: &'a dyn Inventory,
    /// A copy of the object among looked-up ones, shared by all policies and made when first needed.
    checked: OnceCell<Arc<Value>>,
}

impl<'a> Target<'a> {
    pub(crate) fn new(
        object: &'a Value,
        kind: &'static Kind,
        namespace: Option<&'a str>,
        operation: Operation,
        inventory: &'a dyn Inventory,
        arena: &'a PathArena,
    ) -> Target<'a> {
        let name = object::name(object).unwrap_or_default();
        let object = Node::root(object, arena);
        Target {
            object,
            kind,
            namespace,
            sent_as: None,
            name,
            operation,
            pod: Pod::of(object, kind),
            inventory,
            checked: OnceCell::new(),
        }
    }
}

impl Target<'_> {
    /// Checks the pod template at `index`, in a kind that has several; see [`Pod::at`].
    pub(crate) fn take_template(&mut self, index: usize) {
        self.pod = Pod::at(self.object, self.kind, index);
    }
}

/// One policy's view of the object.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub(crate) target: &'a Target<'a>,
    pub(crate) kubernetes: KubernetesVersion,
    pub(crate) honors_annotations: bool,
    pub(crate) spares_containers: bool,
}

impl<'a> Context<'a> {
    /// The checked object.
    pub fn object(&self) -> Node<'a> {
        self.target.object
    }

    /// Its `spec`.
    pub fn spec(&self) -> Node<'a> {
        self.object().get("spec")
    }

    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        self.target.kind
    }

    /// Its namespace; `default` when it names none.
    pub fn namespace(&self) -> &'a str {
        self.stated_namespace().unwrap_or(object::DEFAULT_NAMESPACE)
    }

    /// The namespace that the object or the request names. `None` for an object in a file that names none, which goes
    /// to the namespace that it is applied to.
    pub fn stated_namespace(&self) -> Option<&'a str> {
        self.target.namespace
    }

    /// The `apiVersion` that its author wrote: the object's own, or the one before the API server converted it.
    ///
    /// # Errors
    /// When it is not a string.
    pub fn api_version(&self) -> Result<&'a str, Malformed> {
        match self.target.sent_as {
            Some(sent_as) => Ok(sent_as),
            None => Ok(self.object().get("apiVersion").str()?.unwrap_or_default()),
        }
    }

    /// Its name; empty when it has none yet.
    ///
    /// # Errors
    /// When it is not a string.
    pub fn name(&self) -> Result<&'a str, Malformed> {
        Ok(self.object().get("metadata").get("name").str()?.unwrap_or_default())
    }

    /// The operation on it.
    pub fn operation(&self) -> Operation {
        self.target.operation
    }

    /// True when violations that usually share one finding, because one edit fixes them, must be reported separately: on an
    /// UPDATE, where findings of the old object are recognized by their message and a fix of one of two containers would
    /// look like a new violation, and if some containers are exempt.
    pub fn reports_separately(&self) -> bool {
        self.operation() == Operation::Update || self.spares_containers || kinds::is_workflow(self.kind())
    }

    /// True when some of its containers are exempt from the policy: then violations are reported for each container,
    /// and fixes change the other containers instead of fields that they share with exempt ones.
    pub fn spares_containers(&self) -> bool {
        self.spares_containers
    }

    /// True when annotations of the object may exempt it: see `honorAnnotations`.
    pub fn honors_annotations(&self) -> bool {
        self.honors_annotations
    }

    /// The version of Kubernetes that it runs on.
    pub fn kubernetes(&self) -> KubernetesVersion {
        self.kubernetes
    }

    /// The object's pod or pod template; `None` without one.
    ///
    /// # Errors
    /// When the pod can't be read.
    pub fn pod(&self) -> Result<Option<&'a Pod<'a>>, Malformed> {
        self.target.pod.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// The pod, if it runs until it is stopped: that of a Deployment, not that of a Job.
    ///
    /// # Errors
    /// When the pod can't be read.
    pub fn long_running_pod(&self) -> Result<Option<&'a Pod<'a>>, Malformed> {
        Ok(self.pod()?.filter(|pod| pod.is_long_running()))
    }

    /// The objects of `kind` in the checked object's namespace that match `filter`, including the checked one in its
    /// new state. There may be others that don't match.
    ///
    /// # Errors
    /// When they can't be looked up.
    pub fn list(&self, kind: &'static Kind, filter: Filter<'_>) -> Result<Vec<Found>, InventoryError> {
        let query = Query { kind, namespace: Some(self.namespace()), filter };
        Ok(self.with_target(kind, self.target.inventory.list(&query)?))
    }

    /// The objects of `kind` that match `filter` inside the checked Namespace. There may be others that don't match.
    ///
    /// # Errors
    /// When they can't be looked up.
    pub fn list_inside(&self, kind: &'static Kind, filter: Filter<'_>) -> Result<Vec<Found>, InventoryError> {
        let query = Query { kind, namespace: Some(self.target.name), filter };
        let objects = self.target.inventory.list(&query)?;
        Ok(objects.into_iter().map(|object| Found { kind, object }).collect())
    }

    /// The object of `kind` and name in another namespace, or of a cluster-scoped kind; `None` if it doesn't exist.
    ///
    /// # Errors
    /// When it can't be looked up.
    pub fn named_in(
        &self,
        kind: &'static Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Found>, InventoryError> {
        let query = Query { kind, namespace: namespace.filter(|_| kind.namespaced), filter: Filter::Named(name) };
        let objects = self.target.inventory.list(&query)?;
        let mut found = objects.into_iter().map(|object| Found { kind, object });
        Ok(found.find(|found| found.name() == name))
    }

    /// The Namespace of the checked object; `None` if it doesn't exist, and for cluster-scoped objects.
    ///
    /// # Errors
    /// When it can't be looked up. Files rarely include it, so a Namespace that was not given is unknown, even if
    /// others were given, unless the input is complete. Callers that only need a hint treat
    /// [`InventoryError::NotGiven`] as none.
    pub fn namespace_object(&self) -> Result<Option<Found>, InventoryError> {
        if !self.kind().namespaced {
            return Ok(None);
        }
        self.namespace_named(self.namespace())
    }

    /// The Namespace of that name; `None` if it doesn't exist.
    ///
    /// # Errors
    /// As for [`Context::namespace_object`].
    pub fn namespace_named(&self, name: &str) -> Result<Option<Found>, InventoryError> {
        self.named_in(&kinds::NAMESPACE, None, name)
    }

    /// Like [`Context::list`], for a kind that a cluster may not have, such as a custom resource, and that is therefore
    /// not among the policy's `needs`: it is only known among objects that are checked together, or if a whole cluster
    /// can be read. None given means that none exist.
    ///
    /// # Errors
    /// When they can't be looked up.
    pub fn list_optional(&self, kind: &'static Kind, filter: Filter<'_>) -> Result<Vec<Found>, InventoryError> {
        if !self.knows_optional() {
            return Ok(self.with_target(kind, Vec::new()));
        }
        match self.list(kind, filter) {
            Err(InventoryError::NotGiven { .. }) => Ok(self.with_target(kind, Vec::new())),
            answer => answer,
        }
    }

    /// The same in all namespaces, or for a cluster-scoped kind.
    ///
    /// # Errors
    /// When they can't be looked up.
    pub fn list_optional_everywhere(
        &self,
        kind: &'static Kind,
        filter: Filter<'_>,
    ) -> Result<Vec<Found>, InventoryError> {
        if !self.knows_optional() {
            return Ok(Vec::new());
        }
        match self.target.inventory.list(&Query { kind, namespace: None, filter }) {
            Ok(objects) => Ok(objects.into_iter().map(|object| Found { kind, object }).collect()),
            Err(InventoryError::NotGiven { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Like [`Context::list_optional`], in a namespace that another object names.
    ///
    /// # Errors
    /// When they can't be looked up.
    pub fn list_optional_in(
        &self,
        kind: &'static Kind,
        namespace: &str,
        filter: Filter<'_>,
    ) -> Result<Vec<Found>, InventoryError> {
        if namespace == self.namespace() {
            return self.list_optional(kind, filter);
        }
        if !self.knows_optional() {
            return Ok(Vec::new());
        }
        match self.target.inventory.list(&Query { kind, namespace: Some(namespace), filter }) {
            Ok(objects) => Ok(objects.into_iter().map(|object| Found { kind, object }).collect()),
            Err(InventoryError::NotGiven { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// How certain it is that an object of `kind` that wasn't found in that namespace doesn't exist.
    pub fn absence_in(&self, kind: &'static Kind, namespace: &str) -> Absence {
        self.target.inventory.absence(kind, namespace)
    }

    /// How certain it is that an object of `kind` that wasn't found in the checked object's namespace doesn't exist.
    pub fn absence(&self, kind: &'static Kind) -> Absence {
        self.absence_in(kind, self.namespace())
    }

    /// True when a given generator creates an object of that kind and name in the checked object's namespace.
    pub fn generates(&self, kind: &Kind, name: &str) -> bool {
        cfg!(feature = "files") && self.target.inventory.generates(kind, self.namespace(), name)
    }

    /// The checked object in the form of a looked-up one; `None` without one.
    pub fn checked(&self) -> Option<Found> {
        let object = self.object().value()?;
        let object = Arc::clone(self.target.checked.get_or_init(|| Arc::new(object.clone())));
        Some(Found { kind: self.kind(), object })
    }

    /// True when looked-up objects are checked in the same run: see [`Inventory::is_batch`].
    pub fn is_batch(&self) -> bool {
        cfg!(feature = "files") && self.target.inventory.is_batch()
    }

    /// True when the objects are the files of a directory: see [`Inventory::is_directory`].
    pub fn is_directory(&self) -> bool {
        cfg!(feature = "files") && self.target.inventory.is_directory()
    }

    /// True when kinds that are not among the policy's `needs` can be looked up: see [`Inventory::knows_optional`].
    pub fn knows_optional(&self) -> bool {
        cfg!(feature = "files") && self.target.inventory.knows_optional()
    }

    /// True for the checked object, by its kind and name.
    pub fn is_target(&self, found: &Found) -> bool {
        *found.kind == *self.kind() && found.name() == self.target.name
    }

    fn with_target(&self, kind: &'static Kind, objects: Vec<Arc<Value>>) -> Vec<Found> {
        let mut found: Vec<Found> = objects.into_iter().map(|object| Found { kind, object }).collect();
        if *kind != *self.kind() {
            return found;
        }
        let Some(checked) = self.checked() else { return found };
        // An object that only has a `generateName` is new, unless it is among the given files.
        let is_older = |known: &Found| {
            if checked.name().is_empty() { known.object == checked.object } else { known.name() == checked.name() }
        };
        found.retain(|known| !is_older(known));
        found.push(checked);
        found
    }

    /// The root of a looked-up object.
    pub fn node<'f>(&self, found: &'f Found) -> Node<'f>
    where
        'a: 'f,
    {
        found.root(self.arena())
    }

    /// The arena of this evaluation, for reading a looked-up object: `Node::root(&object, cx.arena())`.
    pub fn arena(&self) -> &'a PathArena {
        self.target.object.arena()
    }
}
