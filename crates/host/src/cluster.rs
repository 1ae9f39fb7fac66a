use std::sync::Arc;

use serde_json::{Value, json};

use crate::SubjectAccessReview;

/// The state of a cluster, as far as a policy may ask for it. Answers whole objects: the host applies field masks.
pub trait Cluster: Send + Sync {
    /// The objects of a kind, `apiVersion` and `kind` included; in all namespaces without `namespace`.
    ///
    /// # Errors
    /// A text that reaches the guest, for instance about a selector that makes no sense.
    fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        label_selector: Option<&str>,
        field_selector: Option<&str>,
    ) -> Result<Vec<Value>, String>;

    /// One object, `None` when there is none. A real host tells the guest of a missing object as an error.
    ///
    /// # Errors
    /// A text that reaches the guest.
    fn get(&self, api_version: &str, kind: &str, name: &str, namespace: Option<&str>) -> Result<Option<Value>, String>;

    /// The status of an access review (`allowed` and so on). By default nobody may do anything.
    ///
    /// # Errors
    /// A text that reaches the guest.
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
