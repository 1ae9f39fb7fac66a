use std::sync::Arc;

use serde_json::{Value, json};

use crate::SubjectAccessReview;

/// The state of a cluster that a policy may read. Returns whole objects: the host applies field masks.
pub trait Cluster: Send + Sync {
    /// The objects of a kind, `apiVersion` and `kind` included; `namespace` limits them to one namespace.
    ///
    /// # Errors
    /// A text that the guest gets, for instance about a malformed selector.
    fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        label_selector: Option<&str>,
        field_selector: Option<&str>,
    ) -> Result<Vec<Value>, String>;

    /// One object, `None` if it doesn't exist. A real host reports a missing object to the guest as an error.
    ///
    /// # Errors
    /// A text that the guest gets.
    fn get(&self, api_version: &str, kind: &str, name: &str, namespace: Option<&str>) -> Result<Option<Value>, String>;

    /// The status of an access review (`allowed` and so on). Denies everything by default.
    ///
    /// # Errors
    /// A text that the guest gets.
    fn can_i(&self, _review: &SubjectAccessReview) -> Result<Value, String> {
        Ok(json!({ "allowed": false }))
    }
}

impl<C: Cluster + ?Sized> Cluster for Arc<C> {
    fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        label_selector: Option<&str>,
        field_selector: Option<&str>,
    ) -> Result<Vec<Value>, String> {
        (**self).list(api_version, kind, namespace, label_selector, field_selector)
    }

    fn get(&self, api_version: &str, kind: &str, name: &str, namespace: Option<&str>) -> Result<Option<Value>, String> {
        (**self).get(api_version, kind, name, namespace)
    }

    fn can_i(&self, review: &SubjectAccessReview) -> Result<Value, String> {
        (**self).can_i(review)
    }
}
