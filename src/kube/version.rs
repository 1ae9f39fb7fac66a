//! Versions of Kubernetes.

/// A minor version of Kubernetes 1, written `"1.NN"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubernetesVersion {
    /// The number after `1.`.
    pub minor: u16,
}

impl KubernetesVersion {
    /// The newest version that this release knows.
    pub const NEWEST: KubernetesVersion = KubernetesVersion { minor: 36 };

    /// Reads `1.NN`; also `v1.NN` and `1.NN.P`, as tools print it.
    pub fn parse(text: &str) -> Option<KubernetesVersion> {
        let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.")?;
        let minor = rest.split_once('.').map_or(rest, |(minor, _)| minor);
        minor.parse().ok().map(|minor| KubernetesVersion { minor })
    }

    /// What follows `1.`.
    pub fn minor(self) -> u16 {
        self.minor
    }

    /// True from `1.minor` on.
    pub fn at_least(self, minor: u16) -> bool {
        self.minor >= minor
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for KubernetesVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("1.{}", self.minor))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for KubernetesVersion {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KubernetesVersion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^v?1\\.[0-9]+(\\..*)?$"})
    }
}

#[cfg(test)]
mod tests {
    use super::KubernetesVersion;

    #[test]
    fn parses_versions_as_tools_print_them() {
        for text in ["1.30", "v1.30", "1.30.4", "v1.30.4-eks.1"] {
            assert_eq!(KubernetesVersion::parse(text).unwrap().minor, 30, "{text}");
        }
        assert_eq!(KubernetesVersion::parse("2.0"), None);
        assert_eq!(KubernetesVersion::parse("1"), None);
    }
}
