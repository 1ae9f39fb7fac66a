//! The part of an admission request that a verdict needs, borrowed from the JSON that the host sent.

use plimsoll::kube::object;
use plimsoll::policy::context::Operation;
use serde_json::Value;

/// An admission request.
pub(crate) struct Request<'a> {
    /// What is being done; `None` for what is never checked, DELETE and CONNECT.
    pub(crate) operation: Option<Operation>,
    /// The object; `None` when there is none.
    pub(crate) object: Option<&'a Value>,
    /// What it replaces.
    pub(crate) old_object: Option<&'a Value>,
    /// The kind as the API server names it. The audit scanner puts the kind where the resource belongs: only this tells
    /// what the object is.
    pub(crate) api_version: String,
    pub(crate) kind: &'a str,
    /// The API version in which the object was sent, where the API server has converted it to the one of a rule.
    pub(crate) sent_as: Option<String>,
    /// The namespace that the request goes to.
    pub(crate) namespace: Option<&'a str>,
    /// Who asks; nobody in the made-up request of the background audit.
    pub(crate) user: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub(crate) fn read(request: &'a Value) -> Request<'a> {
        let text = |route: &[&str]| object::text(request, route);
        let api_version = |kind| {
            let version = text(&[kind, "version"]).unwrap_or_default();
            match text(&[kind, "group"]) {
                None => version.to_owned(),
                Some(group) => [group, "/", version].concat(),
            }
        };
        let sent_as = text(&["requestKind", "version"]).map(|_| api_version("requestKind"));
        let api_version = api_version("kind");
        Request {
            operation: match text(&["operation"]) {
                Some("CREATE") => Some(Operation::Create),
                Some("UPDATE") => Some(Operation::Update),
                _ => None,
            },
            object: request.get("object").filter(|object| !object.is_null()),
            old_object: request.get("oldObject").filter(|object| !object.is_null()),
            sent_as: sent_as.filter(|sent_as| *sent_as != api_version),
            api_version,
            kind: text(&["kind", "kind"]).unwrap_or_default(),
            namespace: text(&["namespace"]),
            user: text(&["userInfo", "username"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Request;

    #[test]
    fn knows_what_was_sent_before_it_was_converted() {
        let kind = |group: &str, version: &str| json!({"group": group, "version": version, "kind": "Ingress"});
        for (sent, expected) in [
            (kind("extensions", "v1beta1"), Some("extensions/v1beta1")),
            (kind("networking.k8s.io", "v1"), None),
            (json!(null), None),
        ] {
            let request = json!({"kind": kind("networking.k8s.io", "v1"), "requestKind": sent});
            let read = Request::read(&request);
            assert_eq!((read.api_version.as_str(), read.sent_as.as_deref()), ("networking.k8s.io/v1", expected));
        }
        let core = json!({"kind": {"group": "", "version": "v1", "kind": "Pod"}});
        assert_eq!(Request::read(&core).api_version, "v1");
    }
}
