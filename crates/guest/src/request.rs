//! The part of an admission request that a verdict needs, borrowed from the JSON that the host sent.

use plimsoll::kube::object;
use plimsoll::policy::context::Operation;
use serde_json::Value;

/// An admission request.
pub(crate) struct Request<'a> {
    /// The operation; `None` for those that are never checked, DELETE and CONNECT.
    pub(crate) operation: Option<Operation>,
    /// The object; `None` on DELETE.
    pub(crate) object: Option<&'a Value>,
    /// The object before an UPDATE.
    pub(crate) old_object: Option<&'a Value>,
    /// The API version of the object. Read from `kind`, because the audit scanner puts the kind into `resource`.
    pub(crate) api_version: String,
    pub(crate) kind: &'a str,
    /// The API version in which the object was sent, if the API server converted it to the version of a rule.
    pub(crate) sent_as: Option<String>,
    /// The namespace of the request.
    pub(crate) namespace: Option<&'a str>,
    /// The user; `None` in the made-up request of the background audit.
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
    fn sent_as_is_the_version_before_conversion() {
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
