//! Resource names in settings.

use serde::Deserialize;
use serde::de::Error;

/// The name of a resource that a container can request: `cpu`, `memory`, `ephemeral-storage`, `hugepages-2Mi`, or one with
/// a domain such as `example.com/gpu`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct ResourceName(String);

impl ResourceName {
    /// CPU.
    pub fn cpu() -> ResourceName {
        ResourceName("cpu".to_owned())
    }

    /// Memory.
    pub fn memory() -> ResourceName {
        ResourceName("memory".to_owned())
    }

    /// Parses a name; `None` when no container can request such a resource.
    pub fn parse(name: &str) -> Option<ResourceName> {
        let known = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
        let qualified = name.split_once('/').is_some_and(|(domain, rest)| !domain.is_empty() && !rest.is_empty());
        (known || qualified).then(|| ResourceName(name.to_owned()))
    }

    /// The name as the API spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ResourceName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ResourceName, D::Error> {
        ResourceName::parse(<&str>::deserialize(deserializer)?).ok_or_else(|| {
            D::Error::custom("should be cpu, memory, ephemeral-storage or a name such as example.com/gpu")
        })
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for ResourceName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ResourceName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(cpu|memory|ephemeral-storage|hugepages-.*|[^/]+/.+)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ResourceName;

    #[test]
    fn accepts_resources_of_containers() {
        for name in ["cpu", "memory", "ephemeral-storage", "hugepages-1Gi", "example.com/gpu"] {
            assert_eq!(ResourceName::parse(name).map(|name| name.as_str().to_owned()).as_deref(), Some(name));
        }
        for name in ["", "CPU", "cpus", "mem", "storage", "/gpu", "example.com/"] {
            assert_eq!(ResourceName::parse(name), None, "{name}");
        }
    }
}
