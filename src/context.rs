//! What a policy sees: the judged object, read once for all policies, and the objects around it.

use std::sync::Arc;

use serde_json::Value;

use crate::inventory::{Inventory, InventoryError, Narrow, Query};
use crate::kube::kinds::Kind;
use crate::kube::node::{Malformed, Node, Trails};
use crate::kube::pod::Pod;
use crate::settings::KubernetesVersion;

/// What is being done to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is new, or an existing one is being audited.
    Create,
    /// It replaces an older one.
    Update,
}

/// The judged object, taken apart as far as every policy needs it.
pub(crate) struct Subject<'a> {
    pub(crate) object: Node<'a>,
    pub(crate) kind: &'static Kind,
    pub(crate) namespace: &'a str,
    pub(crate) operation: Operation,
    pub(crate) pod: Result<Option<Pod<'a>>, Malformed>,
    pub(crate) inventory: &'a dyn Inventory,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(
        object: &'a Value,
        kind: &'static Kind,
        namespace: &'a str,
        operation: Operation,
        inventory: &'a dyn Inventory,
        trails: &'a Trails,
    ) -> Subject<'a> {
        let object = Node::root(object, trails);
        Subject { object, kind, namespace, operation, pod: Pod::of(object, kind), inventory }
    }
}

/// What one policy sees.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) kubernetes: KubernetesVersion,
}

impl<'a> Context<'a> {
    /// The judged object.
    pub fn object(&self) -> Node<'a> {
        self.subject.object
    }

    /// Its `spec`.
    pub fn spec(&self) -> Node<'a> {
        self.object().get("spec")
    }

    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        self.subject.kind
    }

    /// Its namespace; `default` when it names none.
    pub fn namespace(&self) -> &'a str {
        self.subject.namespace
    }

    /// Its name; empty when it has none yet.
    ///
    /// # Errors
    /// When it is no string.
    pub fn name(&self) -> Result<&'a str, Malformed> {
        Ok(self.object().get("metadata").get("name").str()?.unwrap_or_default())
    }

    /// What is being done to it.
    pub fn operation(&self) -> Operation {
        self.subject.operation
    }

    /// The version of Kubernetes that it is meant for.
    pub fn kubernetes(&self) -> KubernetesVersion {
        self.kubernetes
    }

    /// The pod that it is or makes; `None` when it makes none.
    ///
    /// # Errors
    /// When the pod can't be read.
    pub fn pod(&self) -> Result<Option<&'a Pod<'a>>, Malformed> {
        self.subject.pod.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// The pod, if it is meant to run until it is told to stop: that of a Deployment, not that of a Job.
    ///
    /// # Errors
    /// When the pod can't be read.
    pub fn long_running_pod(&self) -> Result<Option<&'a Pod<'a>>, Malformed> {
        Ok(self.pod()?.filter(|pod| pod.is_long_running()))
    }

    /// The objects of `kind` in the judged object's namespace that `narrow` may mean. There may be others among them.
    ///
    /// # Errors
    /// When they can't be had.
    pub fn list(&self, kind: &'static Kind, narrow: Narrow<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        self.subject.inventory.list(&Query { kind, namespace: Some(self.namespace()), narrow })
    }

    /// The steps of this evaluation, for reading an object that was looked up: `Node::root(&object, cx.trails())`.
    pub fn trails(&self) -> &'a Trails {
        self.subject.object.trails()
    }
}
