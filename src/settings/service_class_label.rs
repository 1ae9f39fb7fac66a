//! The label that says a workload's service class.

use serde::Deserialize;
use serde::de::Error;

use crate::context::Context;
use crate::finding::Related;
use crate::kube::node::{Malformed, Node};
use crate::kube::scaling::{Scaler, target_of};
use crate::kube::service_class::{LABEL, ServiceClass};
use crate::kube::workload::Workload;
use crate::policy::CheckError;

/// The key of the label that says which service class a workload is of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct ServiceClassLabel(String);

impl ServiceClassLabel {
    /// Reads a key; `None` when no label can have it.
    pub fn parse(key: &str) -> Option<ServiceClassLabel> {
        let (prefix, name) = key.split_once('/').unwrap_or(("dns", key));
        let ends = |text: &str| {
            let alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            alphanumeric(text.as_bytes().first()) && alphanumeric(text.as_bytes().last())
        };
        let label_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let domain_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        let fits = ends(prefix) && prefix.len() <= 253 && prefix.bytes().all(domain_byte);
        let fits = fits && ends(name) && name.len() <= 63 && name.bytes().all(label_byte);
        fits.then(|| ServiceClassLabel(key.to_owned()))
    }

    /// The class of the workload whose object and pods' metadata these are: see [`ServiceClass::of`].
    ///
    /// # Errors
    /// When the label's value, or an owner, is malformed.
    pub fn class(&self, object: Node<'_>, pod_metadata: Node<'_>) -> Result<Option<ServiceClass>, Malformed> {
        ServiceClass::of(object, pod_metadata, &self.0)
    }

    /// The class of the judged workload: see [`ServiceClass::of`].
    ///
    /// # Errors
    /// When the label's value, or an owner, is malformed, or the pod can't be read.
    pub fn class_of_judged(&self, cx: &Context<'_>) -> Result<Option<ServiceClass>, Malformed> {
        let object = cx.object();
        let pod_metadata = cx.pod()?.map_or(object.get("metadata"), |pod| pod.metadata());
        self.class(object, pod_metadata)
    }

    /// The class of the workload that the autoscaler scales, and the place that says it; `None` when the workload isn't
    /// there or its class can't be known.
    ///
    /// # Errors
    /// When the workload can't be had, or has malformed labels.
    pub fn class_of_target(
        &self,
        cx: &Context<'_>,
        scaler: &Scaler<'_>,
    ) -> Result<Option<(ServiceClass, Related)>, CheckError> {
        let Some(found) = target_of(cx, scaler)? else { return Ok(None) };
        let object = found.root(cx.trails());
        let Some(workload) = Workload::of(object, found.kind) else { return Ok(None) };
        let class = self.class(object, workload.pod_metadata()).map_err(|malformed| found.unreadable(&malformed))?;
        let related = |class: ServiceClass| {
            let labels = [workload.pod_metadata(), object.get("metadata")].map(|metadata| metadata.get("labels"));
            let written = labels.map(|labels| labels.entry(&self.0)).into_iter().find(|label| label.exists());
            let message = match written {
                Some(_) => ["its class is ", class.name()],
                None => ["without a label its class is ", class.name()],
            };
            let [labels, _] = labels;
            Related::to(found.kind, written.unwrap_or(labels), object, message.concat())
        };
        Ok(class.map(|class| (class, related(class))))
    }
}

impl Default for ServiceClassLabel {
    fn default() -> ServiceClassLabel {
        ServiceClassLabel(LABEL.to_owned())
    }
}

impl<'de> Deserialize<'de> for ServiceClassLabel {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ServiceClassLabel, D::Error> {
        ServiceClassLabel::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be the key of a label, such as example.com/service-class"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for ServiceClassLabel {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ServiceClassLabel".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_keys_that_labels_can_have() {
        for key in [LABEL, "tier", "example.com/Tier_1", "a/b"] {
            assert!(ServiceClassLabel::parse(key).is_some(), "{key}");
        }
        for key in ["", "/tier", "example.com/", "a/b/c", "Example.com/tier", "-tier", "tier.", "two words"] {
            assert_eq!(ServiceClassLabel::parse(key), None, "{key}");
        }
    }
}
