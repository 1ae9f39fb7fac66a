use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::HostError;

/// The members of an admission request that a Kubewarden host passes on; absent members stay absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the members are those of Kubernetes' AdmissionRequest")]
pub struct AdmissionRequest {
    pub uid: String,
    pub kind: GroupVersionKind,
    pub resource: GroupVersionResource,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_kind: Option<GroupVersionKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_resource: Option<GroupVersionResource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_sub_resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub operation: String,
    pub user_info: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_object: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Value>,
}

/// A kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of Kubernetes' type")]
pub struct GroupVersionKind {
    pub group: String,
    pub version: String,
    pub kind: String,
}

/// A resource, by its plural name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of Kubernetes' type")]
pub struct GroupVersionResource {
    pub group: String,
    pub version: String,
    pub resource: String,
}

/// The operation on the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "Kubernetes' own words")]
pub enum Operation {
    Create,
    Update,
    Delete,
    Connect,
}

impl Operation {
    /// Its name in admission requests, such as `CREATE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
            Operation::Connect => "CONNECT",
        }
    }

    fn options(self) -> Value {
        let kind = match self {
            Operation::Create => "CreateOptions",
            Operation::Update => "UpdateOptions",
            Operation::Delete => "DeleteOptions",
            Operation::Connect => return Value::Null,
        };
        json!({ "apiVersion": "meta.k8s.io/v1", "kind": kind })
    }
}

/// The request that an API server sends for an object. On DELETE `object` is the deleted object: it becomes
/// `oldObject`, unless that is given, and the request's `object` is null.
///
/// The uid is always the same, which keeps answers comparable. `plural` returns the resource's name for an `apiVersion`
/// and a kind, such as `deployments`.
///
/// # Errors
/// [`HostError::Request`] when the object has no `apiVersion` or `kind`, or `plural` doesn't know them.
pub fn request(
    object: &Value,
    operation: Operation,
    old_object: Option<&Value>,
    plural: impl Fn(&str, &str) -> Option<String>,
) -> Result<Value, HostError> {
    let (api_version, kind) = types(object)?;
    let (group, version) = group_version(api_version);
    let plural = plural(api_version, kind)
        .ok_or_else(|| HostError::Request(format!("unknown plural of {api_version} {kind}")))?;
    let metadata = |name: &str| object.pointer("/metadata")?.get(name).filter(|value| value.is_string());
    let group_kind = json!({ "group": group, "version": version, "kind": kind });
    let resource = json!({ "group": group, "version": version, "resource": plural });
    // The namespace of a Namespace is its own name, as in the API server.
    let namespace = if (api_version, kind) == ("v1", "Namespace") { metadata("name") } else { metadata("namespace") };
    let (object, old_object) = match operation {
        Operation::Delete => (None, old_object.or(Some(object))),
        Operation::Create | Operation::Update | Operation::Connect => (Some(object), old_object),
    };
    let mut request = json!({
        "uid": "0b4e7c1a-6d1c-4c52-9c0e-1f6a5d3c7e21",
        "kind": group_kind,
        "resource": resource,
        "requestKind": group_kind,
        "requestResource": resource,
        "operation": operation.as_str(),
        "userInfo": { "username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"] },
        "object": object,
        "oldObject": old_object,
        "dryRun": false,
        "options": operation.options(),
    });
    add(&mut request, "name", metadata("name"));
    add(&mut request, "namespace", namespace);
    Ok(request)
}

/// The request that the audit scanner makes up for an existing object: a CREATE without a user, whose resource is the
/// **kind**, and nothing that a scanner can't know.
///
/// # Errors
/// [`HostError::Request`] when the object has no `apiVersion` or `kind`.
pub fn audit_request(object: &Value) -> Result<Value, HostError> {
    let (api_version, kind) = types(object)?;
    let (group, version) = group_version(api_version);
    let metadata = |name: &str| {
        object.pointer("/metadata")?.get(name).filter(|value| value.as_str().is_some_and(|text| !text.is_empty()))
    };
    let group_kind = json!({ "group": group, "version": version, "kind": kind });
    let mut request = json!({
        "uid": metadata("uid").and_then(Value::as_str).unwrap_or_default(),
        "kind": group_kind,
        "resource": { "group": group, "version": version, "resource": kind },
        "requestKind": group_kind,
        "operation": "CREATE",
        "userInfo": {},
        "object": object,
        "oldObject": null,
        "options": null,
    });
    add(&mut request, "name", metadata("name"));
    add(&mut request, "namespace", metadata("namespace"));
    Ok(request)
}

fn add(request: &mut Value, name: &str, value: Option<&Value>) {
    if let (Value::Object(members), Some(value)) = (request, value) {
        members.insert(name.to_owned(), value.clone());
    }
}

fn types(object: &Value) -> Result<(&str, &str), HostError> {
    let text = |name: &str| {
        object
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| HostError::Request(format!("the object has no {name}")))
    };
    Ok((text("apiVersion")?, text("kind")?))
}

fn group_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}
