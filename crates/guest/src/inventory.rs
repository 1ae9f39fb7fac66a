//! The cluster around the checked object, asked through host calls.

use std::cell::RefCell;
use std::sync::Arc;

use plimsoll::inventory::{Filter, Inventory, InventoryError, Query};
use plimsoll::json::object;
use plimsoll::kube::kinds::Kind;
use plimsoll::kube::masks::masks_of;
#[cfg(feature = "inventory")]
use plimsoll::kube::masks::strip;
#[cfg(feature = "get-resource")]
use plimsoll::text::holds;
use serde_json::Value;

use crate::payload;
use crate::wapc::ask_kubernetes;

/// The cluster, as far as this module may read it. The same question never costs two host calls.
pub(crate) struct ClusterInventory {
    readable: Vec<&'static Kind>,
    answers: RefCell<Vec<Answer>>,
}

struct Answer {
    kind: &'static Kind,
    /// The namespace; of cluster-wide objects the name.
    within: Option<String>,
    objects: Result<Vec<Arc<Value>>, InventoryError>,
}

impl ClusterInventory {
    /// An inventory of the kinds that the module's metadata names.
    pub(crate) fn new(readable: Vec<&'static Kind>) -> ClusterInventory {
        ClusterInventory { readable, answers: RefCell::new(Vec::new()) }
    }
}

impl Inventory for ClusterInventory {
    /// Everything of the kind in the namespace: the host keeps one watch per distinct question, so that narrower
    /// questions would cost it more, not less. What is in no namespace is asked for one by one.
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        if !self.readable.contains(&query.kind) {
            // Custom resources that not every cluster has are never asked for. What they mean for pods shows in
            // Kubernetes' own objects too: KEDA makes a HorizontalPodAutoscaler of each ScaledObject.
            return Ok(Vec::new());
        }
        let within = match query.filter {
            Filter::Named(name) if !query.kind.namespaced => Some(name),
            _ => query.namespace,
        };
        let mut answers = self.answers.borrow_mut();
        let known = answers.iter().find(|answer| answer.kind == query.kind && answer.within.as_deref() == within);
        if let Some(answer) = known {
            return answer.objects.clone();
        }
        let objects = ask(query.kind, within).map_err(|reason| {
            let kind = query.kind.name;
            InventoryError::Refused { kind, reason }
        });
        answers.push(Answer { kind: query.kind, within: within.map(str::to_owned), objects: objects.clone() });
        objects
    }
}

/// Asks for everything of the kind in a namespace, or for the cluster-wide object of a name.
fn ask(kind: &Kind, within: Option<&str>) -> Result<Vec<Arc<Value>>, String> {
    #[cfg(feature = "get-resource")]
    if !kind.namespaced {
        return get(kind, within);
    }
    #[cfg(feature = "inventory")]
    if kind.namespaced {
        return list(kind, within);
    }
    let _ = within;
    Err([kind.name, " is not among what this module may ask for"].concat())
}

#[cfg(feature = "inventory")]
fn list(kind: &Kind, namespace: Option<&str>) -> Result<Vec<Arc<Value>>, String> {
    let question = object(vec![
        ("api_version", kind.api_version().into()),
        ("kind", kind.name.into()),
        ("namespace", namespace.into()),
        ("label_selector", Value::Null),
        ("field_selector", Value::Null),
        ("field_masks", masks_of(kind).into()),
    ]);
    let answer = ask_kubernetes("list_resources_by_namespace", &payload::write(&question))?;
    let mut list: Value = payload::read(&answer)?;
    let items = match list.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => return Err("the answer is no list".to_owned()),
    };
    let read = |mut item: Value| {
        strip(&mut item, kind);
        Arc::new(with_kind(item, kind))
    };
    Ok(items.into_iter().map(read).collect())
}

#[cfg(feature = "get-resource")]
fn get(kind: &Kind, name: Option<&str>) -> Result<Vec<Arc<Value>>, String> {
    let question = object(vec![
        ("api_version", kind.api_version().into()),
        ("kind", kind.name.into()),
        ("name", name.into()),
        ("namespace", Value::Null),
        ("disable_cache", false.into()),
        ("field_masks", masks_of(kind).into()),
    ]);
    match ask_kubernetes("get_resource", &payload::write(&question)) {
        Ok(answer) => {
            let object: Value = payload::read(&answer)?;
            Ok(vec![Arc::new(with_kind(object, kind))])
        }
        // The host has no other way to say that there is no such object. Words of its own stand before these.
        Err(reason) if holds(&reason, &["Cannot find ", &kind.api_version(), "/", kind.name].concat()) => {
            Ok(Vec::new())
        }
        Err(reason) => Err(reason),
    }
}

/// The items of a Kubernetes list may leave out what the list itself says.
fn with_kind(mut item: Value, kind: &Kind) -> Value {
    if let Value::Object(fields) = &mut item {
        fields.entry("apiVersion").or_insert_with(|| Value::String(kind.api_version()));
        fields.entry("kind").or_insert_with(|| Value::String(kind.name.to_owned()));
    }
    item
}
