//! Node groups in settings.

use serde::Deserialize;
use serde::de::Error;

use crate::settings::{Glob, LabelKey};

/// The nodes with a label whose value matches a pattern, written `label=pattern`: `karpenter.sh/capacity-type=spot`,
/// `eks.amazonaws.com/nodegroup=spot-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeGroup {
    key: LabelKey,
    value: Glob,
}

/// The values that a label or annotation may have, written in the same way.
pub type KeyPattern = NodeGroup;

impl NodeGroup {
    /// Parses `label=pattern`; `None` when it isn't valid.
    pub fn parse(text: &str) -> Option<NodeGroup> {
        let (key, value) = text.split_once('=')?;
        Some(NodeGroup { key: LabelKey::parse(key)?, value: Glob::new(value) })
    }

    /// The valid ones among these groups.
    pub fn all(groups: &[&str]) -> Vec<NodeGroup> {
        groups.iter().filter_map(|group| NodeGroup::parse(group)).collect()
    }

    /// The pattern for the value.
    pub fn pattern(&self) -> &Glob {
        &self.value
    }

    /// True when it selects by this label.
    pub fn matches_key(&self, key: &str) -> bool {
        self.key.as_str() == key
    }

    /// True for nodes whose label `key` has the value `value`.
    pub fn has(&self, key: &str, value: &str) -> bool {
        self.matches_key(key) && self.value.matches(value)
    }
}

impl<'de> Deserialize<'de> for NodeGroup {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<NodeGroup, D::Error> {
        NodeGroup::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be label=pattern, such as example.com/pool=spot-*"))
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for NodeGroup {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&[self.key.as_str(), "=", self.value.as_str()].concat())
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for NodeGroup {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NodeGroup".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?=.*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::NodeGroup;

    #[test]
    fn matches_its_own_label_only() {
        let group = NodeGroup::parse("example.com/pool=spot-*").unwrap();
        assert!(group.has("example.com/pool", "spot-a"));
        assert!(!group.has("example.com/pool", "general"));
        assert!(!group.has("example.com/other", "spot-a"));
        for text in ["", "spot-*", "=spot", "a b=c"] {
            assert_eq!(NodeGroup::parse(text), None, "{text}");
        }
    }
}
