//! Object names in settings.

use serde::Deserialize;
use serde::de::Error;

/// The name of an object: lower-case letters, digits, dashes and dots.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct ObjectName(String);

impl ObjectName {
    /// Parses a name; `None` when it isn't valid.
    pub fn parse(name: &str) -> Option<ObjectName> {
        let is_label = |label: &str| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            label.bytes().next().is_some_and(fits)
                && label.bytes().last().is_some_and(fits)
                && label.bytes().all(|byte| fits(byte) || byte == b'-')
        };
        (name.len() <= 253 && name.split('.').all(is_label)).then(|| ObjectName(name.to_owned()))
    }

    /// The name as the API spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ObjectName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ObjectName, D::Error> {
        ObjectName::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be the name of an object, such as registry-credentials"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for ObjectName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObjectName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "maxLength": 253,
            "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectName;

    #[test]
    fn accepts_valid_object_names() {
        for name in ["a", "registry-credentials", "a.b-c.d", "0"] {
            assert_eq!(ObjectName::parse(name).map(|name| name.as_str().to_owned()).as_deref(), Some(name));
        }
        for name in ["", "-a", "a-", "a..b", ".a", "A", "a_b", "a/b", &"a".repeat(254)] {
            assert_eq!(ObjectName::parse(name), None, "{name}");
        }
    }
}
