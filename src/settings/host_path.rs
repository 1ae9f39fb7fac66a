//! Paths on nodes.

use serde::Deserialize;
use serde::de::Error;

use crate::kube::node_path::NodePath;

/// An absolute path on a node, such as `/var/log`, `C:\logs` or `\\.\pipe\docker_engine`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct HostPath(String);

impl HostPath {
    /// Parses a path; `None` when it isn't absolute.
    pub fn parse(path: &str) -> Option<HostPath> {
        NodePath::parse(path).map(|_| HostPath(path.to_owned()))
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when `path` is this path or below it.
    pub fn contains(&self, path: &NodePath<'_>) -> bool {
        NodePath::parse(&self.0).is_some_and(|own| own.contains(path))
    }

    /// True when this path is `path` or below it.
    pub fn is_in(&self, path: &NodePath<'_>) -> bool {
        NodePath::parse(&self.0).is_some_and(|own| path.contains(&own))
    }
}

impl<'de> Deserialize<'de> for HostPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<HostPath, D::Error> {
        HostPath::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be an absolute path, such as /var/log"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for HostPath {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HostPath".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": r"^(/|[A-Za-z]:[\\/]|\\\\.)"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_paths_parse() {
        for path in ["/", "/var/log", r"C:\logs", r"\\.\pipe\docker_engine"] {
            assert_eq!(HostPath::parse(path).unwrap().as_str(), path);
        }
        for path in ["", "var/log", "*", "./x"] {
            assert_eq!(HostPath::parse(path), None, "{path}");
        }
    }

    #[test]
    fn contains_and_is_in_are_opposites() {
        let socket = HostPath::parse("/run/docker.sock").unwrap();
        assert!(socket.is_in(&NodePath::parse("/var/run").unwrap()));
        assert!(!socket.contains(&NodePath::parse("/var/run").unwrap()));
        assert!(HostPath::parse("/var/log").unwrap().contains(&NodePath::parse("/var/log/pods").unwrap()));
    }
}
