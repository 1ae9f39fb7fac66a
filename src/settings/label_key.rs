//! Label keys in settings.

use serde::Deserialize;
use serde::de::Error;

use crate::kube::exclusive::SINGLETON_LABEL;

/// The key of a label, with or without a domain: `app`, `topology.kubernetes.io/zone`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct LabelKey(String);

impl LabelKey {
    /// Parses a key; `None` when it isn't valid.
    pub fn parse(key: &str) -> Option<LabelKey> {
        let (domain, name) = match key.split_once('/') {
            Some((domain, name)) => (Some(domain), name),
            None => (None, key),
        };
        let fits = |part: &str, longest: usize, others: &[u8]| {
            let ends = part.bytes().next().zip(part.bytes().last());
            part.len() <= longest
                && ends.is_some_and(|(first, last)| first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
        };
        let lower = |domain: &str| !domain.bytes().any(|byte| byte.is_ascii_uppercase());
        let fits = domain.is_none_or(|domain| fits(domain, 253, b"-.") && lower(domain)) && fits(name, 63, b"-_.");
        fits.then(|| LabelKey(key.to_owned()))
    }

    /// The default label for workloads that must run as a single instance.
    pub fn singleton() -> LabelKey {
        LabelKey(SINGLETON_LABEL.to_owned())
    }

    /// The key as the API spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A key that is known to be valid, for defaults.
    pub(crate) fn known(key: &'static str) -> LabelKey {
        LabelKey(key.to_owned())
    }

    /// The valid ones among these keys.
    pub fn all(keys: &[&str]) -> Vec<LabelKey> {
        keys.iter().filter_map(|key| LabelKey::parse(key)).collect()
    }
}

impl<'de> Deserialize<'de> for LabelKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<LabelKey, D::Error> {
        LabelKey::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be a label key, such as example.com/pool"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for LabelKey {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LabelKey".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::LabelKey;

    #[test]
    fn accepts_valid_label_keys() {
        for key in ["app", "a", "agentpool", "topology.kubernetes.io/zone", "eks.amazonaws.com/capacityType", "a_b.c"] {
            assert_eq!(LabelKey::parse(key).map(|key| key.as_str().to_owned()).as_deref(), Some(key));
        }
        for key in ["", "/", "/a", "a/", "a b", "a=b", "-a", "a-", "A.io/b", "a/b/c", &"a".repeat(64)] {
            assert_eq!(LabelKey::parse(key), None, "{key}");
        }
    }
}
