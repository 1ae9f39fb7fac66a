//! The cluster around the checked object, read through host calls.

use std::cell::RefCell;
use std::sync::Arc;

use plimsoll::inventory::{Filter, Inventory, InventoryError, Query};
use plimsoll::json::object;
use plimsoll::kube::kinds::{self, Kind};
#[cfg(feature = "inventory")]
use plimsoll::kube::masks::list_masks_of;
#[cfg(feature = "get-resource")]
use plimsoll::kube::masks::masks_of;
use plimsoll::kube::masks::strip;
use plimsoll::policy::common::LookUps;
use plimsoll::policy::configured::Configured;
#[cfg(feature = "get-resource")]
use plimsoll::text::holds;
use serde_json::Value;

#[cfg(feature = "inventory")]
use crate::listing::items_in;
use crate::payload;
use crate::wapc::ask_kubernetes;

/// The cluster, as far as this module may read it. A repeated query costs no second host call.
pub(crate) struct ClusterInventory<'p> {
    policies: &'p [Configured],
    answers: RefCell<Vec<Answer>>,
}

struct Answer {
    kind: &'static Kind,
    /// The namespace; `None` for cluster-scoped objects.
    namespace: Option<String>,
    /// The name of the requested object; `None` for all objects of the kind.
    name: Option<String>,
    objects: Result<Vec<Arc<Value>>, InventoryError>,
}

impl<'p> ClusterInventory<'p> {
    /// An inventory of the kinds that the policies' metadata names.
    pub(crate) fn new(policies: &'p [Configured]) -> ClusterInventory<'p> {
        ClusterInventory { policies, answers: RefCell::new(Vec::new()) }
    }

    fn any(&self, names: impl Fn(&Configured) -> &'static [&'static Kind], kind: &'static Kind) -> bool {
        self.policies.iter().any(|policy| names(policy).contains(&kind))
    }

    fn lists_cluster(&self) -> bool {
        self.policies.iter().all(|policy| policy.common.lookups == LookUps::Cluster)
    }
}

impl Inventory for ClusterInventory<'_> {
    /// An object with a known name is fetched by it: the API server answers or denies that at once. Otherwise this
    /// lists the whole kind, in the cluster or the namespace: the host keeps one watch per distinct query, so narrower
    /// queries would cost it more, not less.
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        let kind = query.kind;
        if !self.any(|policy| policy.metadata.needs, kind) {
            // Not every cluster has these custom resources, so they are never looked up. Their effect on pods shows in
            // Kubernetes' own objects too: KEDA creates a HorizontalPodAutoscaler for each ScaledObject.
            return Ok(Vec::new());
        }
        let namespace = query.namespace.filter(|_| kind.namespaced);
        let name = match query.filter {
            Filter::Named(name) if kinds::NAMED.contains(&kind) || self.any(|policy| policy.metadata.by_name, kind) => {
                Some(name)
            }
            _ => None,
        };
        let mut answers = self.answers.borrow_mut();
        // A list doesn't answer for one of its objects: it has less of each.
        let known = answers.iter().find(|answer| {
            answer.kind == kind && answer.namespace.as_deref() == namespace && answer.name.as_deref() == name
        });
        if let Some(answer) = known {
            return answer.objects.clone();
        }
        let objects = ask(kind, namespace, name, self.lists_cluster()).map_err(|reason| {
            let kind = kind.name;
            InventoryError::Refused { kind, reason }
        });
        let objects = objects.map(|objects| objects.into_iter().map(|object| Arc::new(read(object, kind))).collect());
        let (namespace, name) = (namespace.map(str::to_owned), name.map(str::to_owned));
        answers.push(Answer { kind, namespace, name, objects: Result::clone(&objects) });
        objects
    }
}

/// Fetches the object of that name, or lists the kind in a namespace.
fn ask(kind: &Kind, namespace: Option<&str>, name: Option<&str>, lists_cluster: bool) -> Result<Vec<Value>, String> {
    #[cfg(feature = "get-resource")]
    if let Some(name) = name {
        return get(kind, namespace, name);
    }
    #[cfg(feature = "inventory")]
    if let (Some(namespace), None) = (namespace, name) {
        return list(kind, namespace, lists_cluster);
    }
    let _ = (namespace, name, lists_cluster);
    Err(["this module can't look up ", kind.name].concat())
}

#[cfg(feature = "inventory")]
fn list(kind: &Kind, namespace: &str, lists_cluster: bool) -> Result<Vec<Value>, String> {
    let mut question = vec![
        ("api_version", kind.api_version().into()),
        ("kind", kind.name.into()),
        ("label_selector", Value::Null),
        ("field_selector", Value::Null),
        ("field_masks", list_masks_of(kind).into()),
    ];
    let operation = if lists_cluster {
        "list_resources_all"
    } else {
        question.push(("namespace", namespace.into()));
        "list_resources_by_namespace"
    };
    items_in(&ask_kubernetes(operation, &payload::write(&object(question)))?, namespace)
}

#[cfg(feature = "get-resource")]
fn get(kind: &Kind, namespace: Option<&str>, name: &str) -> Result<Vec<Value>, String> {
    let question = object(vec![
        ("api_version", kind.api_version().into()),
        ("kind", kind.name.into()),
        ("name", name.into()),
        ("namespace", namespace.into()),
        ("disable_cache", false.into()),
        ("field_masks", masks_of(kind).into()),
    ]);
    match ask_kubernetes("get_resource", &payload::write(&question)) {
        Ok(answer) => Ok(vec![payload::read(&answer)?]),
        // The host has no other way to report a missing object, and puts its own prefix before this text.
        Err(reason) if holds(&reason, &["Cannot find ", &kind.api_version(), "/", kind.name].concat()) => {
            Ok(Vec::new())
        }
        Err(reason) => Err(reason),
    }
}

fn read(mut object: Value, kind: &Kind) -> Value {
    strip(&mut object, kind);
    with_kind(object, kind)
}

/// The items of a Kubernetes list may omit the apiVersion and kind that the list gives.
fn with_kind(mut item: Value, kind: &Kind) -> Value {
    if let Value::Object(fields) = &mut item {
        fields.entry("apiVersion").or_insert_with(|| Value::String(kind.api_version()));
        fields.entry("kind").or_insert_with(|| Value::String(kind.name.to_owned()));
    }
    item
}
