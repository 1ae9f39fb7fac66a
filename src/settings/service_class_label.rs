//! The label for a workload's service class.

use serde::Deserialize;
use serde::de::Error;

use crate::json::node::{Malformed, Node};
use crate::kube::service_class::{LABEL, ServiceClass};

/// The key of the label that sets a workload's service class.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct ServiceClassLabel(pub(crate) String);

impl ServiceClassLabel {
    /// Parses a key; `None` when it isn't a valid label key.
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

    /// The class of a workload, given its object and its pods' metadata: see [`ServiceClass::of`].
    ///
    /// # Errors
    /// When the label's value, or an owner, is malformed.
    pub fn class(&self, object: Node<'_>, pod_metadata: Node<'_>) -> Result<Option<ServiceClass>, Malformed> {
        ServiceClass::of(object, pod_metadata, &self.0)
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
            .ok_or_else(|| D::Error::custom("should be a label key, such as example.com/service-class"))
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
    fn accepts_valid_label_keys() {
        for key in [LABEL, "tier", "example.com/Tier_1", "a/b"] {
            assert!(ServiceClassLabel::parse(key).is_some(), "{key}");
        }
        for key in ["", "/tier", "example.com/", "a/b/c", "Example.com/tier", "-tier", "tier.", "two words"] {
            assert_eq!(ServiceClassLabel::parse(key), None, "{key}");
        }
    }
}
