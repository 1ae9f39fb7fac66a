//! The cluster around the judged object, asked through host calls.

use std::cell::RefCell;
use std::sync::Arc;

use plimsoll::inventory::{Inventory, InventoryError, Query};
use plimsoll::kube::kinds::Kind;
use plimsoll::kube::masks::masks_of;
use serde_json::{Value, json};

use crate::wapc::ask_kubernetes;

/// The cluster, as far as this module may read it. The same question never costs two host calls.
pub(crate) struct ClusterInventory {
    readable: Vec<&'static Kind>,
    answers: RefCell<Vec<Answer>>,
}

struct Answer {
    kind: &'static Kind,
    namespace: Option<String>,
    objects: Result<Vec<Arc<Value>>, InventoryError>,
}

impl ClusterInventory {
    /// An inventory of the kinds that the module's metadata names.
    pub(crate) fn new(readable: Vec<&'static Kind>) -> ClusterInventory {
        ClusterInventory { readable, answers: RefCell::new(Vec::new()) }
    }
}

impl Inventory for ClusterInventory {
    /// Everything of the kind in the namespace, or in the cluster: the host keeps one watch per distinct question, so that narrower
    /// questions would cost it more, not less.
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        if !self.readable.contains(&query.kind) {
            // Custom resources that not every cluster has are never asked for. What they mean for pods shows in
            // Kubernetes' own objects too: KEDA makes a HorizontalPodAutoscaler of each ScaledObject.
            return Ok(Vec::new());
        }
        let mut answers = self.answers.borrow_mut();
        let known =
            answers.iter().find(|answer| answer.kind == query.kind && answer.namespace.as_deref() == query.namespace);
        if let Some(answer) = known {
            return answer.objects.clone();
        }
        let objects = ask(query);
        answers.push(Answer {
            kind: query.kind,
            namespace: query.namespace.map(str::to_owned),
            objects: objects.clone(),
        });
        objects
    }
}

fn ask(query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
    let refused = |reason: String| InventoryError::Refused { kind: query.kind.name, reason };
    let mut question = json!({
        "api_version": query.kind.api_version(),
        "kind": query.kind.name,
        "label_selector": null,
        "field_selector": null,
        "field_masks": masks_of(query.kind),
    });
    let mut operation = "list_resources_all";
    if let (Some(namespace), Value::Object(fields)) = (query.namespace, &mut question) {
        fields.insert("namespace".to_owned(), Value::from(namespace));
        operation = "list_resources_by_namespace";
    }
    let answer = ask_kubernetes(operation, question.to_string().as_bytes()).map_err(refused)?;
    let mut list: Value = serde_json::from_slice(&answer).map_err(|error| refused(error.to_string()))?;
    let items = match list.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => return Err(refused("the answer is no list".to_owned())),
    };
    Ok(items.into_iter().map(|item| Arc::new(with_kind(item, query.kind))).collect())
}

/// The items of a Kubernetes list may leave out what the list itself says.
fn with_kind(mut item: Value, kind: &Kind) -> Value {
    if let Value::Object(fields) = &mut item {
        fields.entry("apiVersion").or_insert_with(|| Value::String(kind.api_version()));
        fields.entry("kind").or_insert_with(|| Value::String(kind.name.to_owned()));
    }
    item
}
