//! The part of an admission request that a verdict needs, borrowed from the JSON that the host sent.

use plimsoll::context::Operation;
use plimsoll::kube::object;
use serde_json::Value;

/// An admission request.
pub(crate) struct Request<'a> {
    /// What is being done; `None` for what is never judged, DELETE and CONNECT.
    pub(crate) operation: Option<Operation>,
    /// The object; `None` when there is none.
    pub(crate) object: Option<&'a Value>,
    /// What it replaces.
    pub(crate) old_object: Option<&'a Value>,
    /// The kind as the API server names it. The audit scanner puts the kind where the resource belongs: only this tells
    /// what the object is.
    pub(crate) api_version: String,
    pub(crate) kind: &'a str,
    /// The namespace that the request goes to.
    pub(crate) namespace: Option<&'a str>,
    /// True for the made-up request of the background audit: a real one names its user.
    pub(crate) audit: bool,
}

impl<'a> Request<'a> {
    pub(crate) fn read(request: &'a Value) -> Request<'a> {
        let text = |route: &[&str]| object::text(request, route);
        let group = text(&["kind", "group"]).unwrap_or_default();
        let version = text(&["kind", "version"]).unwrap_or_default();
        Request {
            operation: match text(&["operation"]) {
                Some("CREATE") => Some(Operation::Create),
                Some("UPDATE") => Some(Operation::Update),
                _ => None,
            },
            object: request.get("object").filter(|object| !object.is_null()),
            old_object: request.get("oldObject").filter(|object| !object.is_null()),
            api_version: if group.is_empty() { version.to_owned() } else { [group, "/", version].concat() },
            kind: text(&["kind", "kind"]).unwrap_or_default(),
            namespace: text(&["namespace"]),
            audit: text(&["userInfo", "username"]).is_none(),
        }
    }
}
