//! Linux capabilities.

use serde::Deserialize;
use serde::de::Error;

use crate::kube::security::{bare_capability, same_capability};

/// The name of a Linux capability, or `ALL`, normalised to upper case without `CAP_`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct Capability(String);

impl Capability {
    /// Parses a name; `None` when it isn't valid.
    pub fn parse(name: &str) -> Option<Capability> {
        let bare = bare_capability(name);
        let fits = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        fits.then(|| Capability(bare.to_ascii_uppercase()))
    }

    /// Every capability.
    pub fn all() -> Capability {
        Capability("ALL".to_owned())
    }

    /// The one for ports below 1024.
    pub fn net_bind_service() -> Capability {
        Capability("NET_BIND_SERVICE".to_owned())
    }

    /// True for `ALL`.
    pub fn is_all(&self) -> bool {
        self.0 == "ALL"
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when `name`, however it is spelled, means this capability.
    pub fn is_named(&self, name: &str) -> bool {
        same_capability(&self.0, name)
    }
}

impl<'de> Deserialize<'de> for Capability {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Capability, D::Error> {
        Capability::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be the name of a capability, such as NET_RAW, or ALL"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Capability {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Capability".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_]+$"})
    }
}

#[cfg(test)]
mod tests {
    use super::Capability;

    #[test]
    fn parsing_normalises_spelling() {
        for name in ["net_raw", "CAP_NET_RAW", "NET_RAW"] {
            assert_eq!(Capability::parse(name).unwrap().as_str(), "NET_RAW");
        }
        for name in ["", "CAP_", "NET RAW", "*"] {
            assert_eq!(Capability::parse(name), None, "{name}");
        }
        assert!(Capability::all().is_named("all"));
    }
}
