//! Versions of Istio in settings.

use serde::Deserialize;
use serde::de::Error;

/// A minor version of Istio 1, written `"1.NN"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IstioVersion(u16);

impl IstioVersion {
    /// The version that is assumed unless settings name one.
    pub const CURRENT: IstioVersion = IstioVersion(28);

    /// True from `1.minor` on.
    pub fn at_least(self, minor: u16) -> bool {
        self.0 >= minor
    }
}

impl<'de> Deserialize<'de> for IstioVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<IstioVersion, D::Error> {
        let minor = <&str>::deserialize(deserializer)?.strip_prefix("1.").and_then(|minor| minor.parse().ok());
        minor.map(IstioVersion).ok_or_else(|| D::Error::custom("should be a version written \"1.NN\""))
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for IstioVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("1.{}", self.0))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for IstioVersion {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "IstioVersion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^1\\.[0-9]+$"})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn minor_versions_are_read() {
        let version = IstioVersion::deserialize(&json!("1.26")).unwrap();
        assert!(version.at_least(26) && !version.at_least(27));
        for wrong in [json!("1"), json!("2.1"), json!("1.x"), json!(1.26), json!("1.27.0")] {
            assert!(IstioVersion::deserialize(&wrong).is_err(), "{wrong}");
        }
    }
}
