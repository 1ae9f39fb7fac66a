//! The policies' answers in a cluster, identical to those of their modules.

use std::sync::Arc;

use plimsoll::inventory::Objects;
use plimsoll::kube::kinds::Kind;
use plimsoll::policies;
use plimsoll::policies::PolicyEntry;
use plimsoll_guest::validate_in;
use plimsoll_manifest::Limits;
use serde_json::{Map, Value, json};

use crate::checked::CheckedText;
use crate::config;
use crate::transfer::{Answer, Operation, ReviewRequest, Reviewed};

/// The uid of every request: nothing depends on it, and answers stay comparable.
const UID: &str = "0b4e7c1a-6d1c-4c52-9c0e-1f6a5d3c7e21";

/// Runs every enabled policy on an object. The other objects of the text are the cluster.
pub(crate) fn review(checked: &CheckedText, asked: &ReviewRequest) -> Option<Reviewed> {
    let object = checked.object(asked.object)?;
    let (old, problem) = match (asked.operation, &asked.old) {
        (Operation::Create, _) => (None, None),
        (Operation::Update, Some(text)) if !text.trim().is_empty() => match read_old(text) {
            Ok(old) => (Some(old), None),
            Err(problem) => (None, Some(problem)),
        },
        (Operation::Update, _) => (Some(object.clone()), None),
    };
    let Some(kind) = Kind::of(object) else {
        let problem = "no policy checks objects of this kind".to_owned();
        return Some(Reviewed { review: Value::Null, answers: Vec::new(), problem: Some(problem) });
    };
    let request = request(object, kind, asked.operation, old.as_ref());
    let others = checked.manifests.objects.iter().enumerate().filter(|(position, _)| *position != asked.object);
    let mut cluster: Vec<Arc<Value>> = others.map(|(_, object)| Arc::clone(&object.value)).collect();
    cluster.extend(old.map(Arc::new));
    let inventory = Objects::cluster(cluster);
    let policies = checked
        .policies
        .iter()
        .filter_map(|policy| policies::find(policy.metadata.id))
        .filter(|entry| entry.admission_targets.contains(&kind));
    let answers = policies.map(|entry| answer(checked, entry, &request, &inventory)).collect();
    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request});
    Some(Reviewed { review, answers, problem })
}

fn read_old(text: &str) -> Result<Value, String> {
    let mut file = plimsoll_manifest::read(text.as_bytes(), &Limits::default());
    if let Some(error) = file.errors.first() {
        return Err(format!("the old object can't be read: {error}"));
    }
    match (file.documents.pop(), file.documents.is_empty()) {
        (Some(document), true) => Ok(document.value),
        (Some(_), false) => Err("the old object is more than one document".to_owned()),
        (None, _) => Err("the old object is empty".to_owned()),
    }
}

fn answer(checked: &CheckedText, entry: &'static PolicyEntry, request: &Value, inventory: &Objects) -> Answer {
    let settings = Value::Object(config::settings(&checked.config, entry.metadata.id));
    let payload = json!({"request": request, "settings": settings}).to_string();
    let configure = |settings: &Value| (entry.configure)(settings).map(|policy| vec![policy]);
    let said = validate_in(payload.as_bytes(), &configure, inventory, checked.today());
    let mut said: Map<String, Value> = serde_json::from_slice(&said).unwrap_or_default();
    let allowed = said.get("accepted") == Some(&Value::Bool(true));
    let message = said.get("message").and_then(Value::as_str).map(str::to_owned);
    let warnings: Vec<String> = match said.remove("warnings") {
        Some(Value::Array(warnings)) => warnings.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let patch = match (said.get("mutated_object"), request.get("object")) {
        (Some(mutated), Some(object)) => serde_json::to_value(json_patch::diff(object, mutated)).unwrap_or_default(),
        _ => Value::Null,
    };
    let response = response(allowed, message.as_deref(), &warnings, &patch);
    Answer { policy: entry.metadata.id, settings, allowed, message, warnings, patch, response }
}

/// policy-server's response to the API server, except for the patch, which is Base64 of the one shown here.
fn response(allowed: bool, message: Option<&str>, warnings: &[String], patch: &Value) -> Value {
    let mut response = json!({"uid": UID, "allowed": allowed});
    if let Some(fields) = response.as_object_mut() {
        if let Some(message) = message {
            fields.insert("status".to_owned(), json!({"message": message}));
        }
        if !warnings.is_empty() {
            fields.insert("warnings".to_owned(), json!(warnings));
        }
        if !patch.is_null() {
            fields.insert("patchType".to_owned(), json!("JSONPatch"));
            fields.insert("patch".to_owned(), patch.clone());
        }
    }
    response
}

fn request(object: &Value, kind: &Kind, operation: Operation, old: Option<&Value>) -> Value {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let api_version = text("/apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let group_kind = json!({"group": group, "version": version, "kind": kind.name});
    let resource = json!({"group": group, "version": version, "resource": kind.plural});
    let namespace = match text("/metadata/namespace") {
        _ if kind.name == "Namespace" => text("/metadata/name"),
        "" if kind.namespaced => "default",
        namespace => namespace,
    };
    let (word, options) = match operation {
        Operation::Create => ("CREATE", "CreateOptions"),
        Operation::Update => ("UPDATE", "UpdateOptions"),
    };
    let mut request = json!({
        "uid": UID,
        "kind": group_kind,
        "resource": resource,
        "requestKind": group_kind,
        "requestResource": resource,
        "operation": word,
        "userInfo": {"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]},
        "object": object,
        "oldObject": old,
        "dryRun": false,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": options},
    });
    if let Some(fields) = request.as_object_mut() {
        for (key, value) in [("name", text("/metadata/name")), ("namespace", namespace)] {
            if !value.is_empty() {
                fields.insert(key.to_owned(), Value::from(value));
            }
        }
    }
    request
}
