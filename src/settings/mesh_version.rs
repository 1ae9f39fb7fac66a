//! Versions of service meshes in settings.

use serde::Deserialize;
use serde::de::Error;

/// A minor version of a mesh whose major version is `MAJOR`, written `"1.NN"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeshVersion<const MAJOR: u16>(u16);

/// A minor version of Istio 1.
pub type IstioVersion = MeshVersion<1>;

/// A minor version of Linkerd 2.
pub type LinkerdVersion = MeshVersion<2>;

impl IstioVersion {
    /// The version that is assumed unless settings name one.
    pub const CURRENT: IstioVersion = MeshVersion(28);
}

impl LinkerdVersion {
    /// The version that is assumed unless settings name one.
    pub const CURRENT: LinkerdVersion = MeshVersion(20);
}

impl<const MAJOR: u16> MeshVersion<MAJOR> {
    /// True from `MAJOR.minor` on.
    pub fn at_least(self, minor: u16) -> bool {
        self.0 >= minor
    }
}

impl<'de, const MAJOR: u16> Deserialize<'de> for MeshVersion<MAJOR> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<MeshVersion<MAJOR>, D::Error> {
        let major = MAJOR.to_string();
        let minor = <&str>::deserialize(deserializer)?.strip_prefix(major.as_str());
        let minor = minor.and_then(|minor| minor.strip_prefix('.')).and_then(|minor| minor.parse().ok());
        minor
            .map(MeshVersion)
            .ok_or_else(|| D::Error::custom(["should be a version written \"", &major, ".NN\""].concat()))
    }
}

#[cfg(feature = "catalogue")]
impl<const MAJOR: u16> serde::Serialize for MeshVersion<MAJOR> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{MAJOR}.{}", self.0))
    }
}

#[cfg(feature = "catalogue")]
impl<const MAJOR: u16> schemars::JsonSchema for MeshVersion<MAJOR> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MeshVersion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let pattern = ["^", &MAJOR.to_string(), "\\.[0-9]+$"].concat();
        schemars::json_schema!({"type": "string", "pattern": pattern})
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
        for wrong in [json!("1"), json!("2.1"), json!("1.x"), json!(1.26), json!("1.27.0"), json!("1.")] {
            assert!(IstioVersion::deserialize(&wrong).is_err(), "{wrong}");
        }
        assert!(LinkerdVersion::deserialize(&json!("2.19")).is_ok_and(|version| !version.at_least(20)));
        assert!(LinkerdVersion::deserialize(&json!("1.19")).is_err());
    }
}
