//! Retry conditions in settings.

use serde::Deserialize;
use serde::de::Error;

/// One of the conditions of a `retryOn` list, such as `gateway-error`, or an HTTP status such as `503`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct RetryCondition(String);

impl RetryCondition {
    /// Parses one condition; `None` when it is empty, or a list.
    pub fn parse(text: &str) -> Option<RetryCondition> {
        let word = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (word && !text.is_empty()).then(|| RetryCondition(text.to_owned()))
    }

    /// The conditions that starting and stopping pods cause: no response, no connection, and requests that the pod refused
    /// unread.
    pub fn defaults() -> Vec<RetryCondition> {
        ["gateway-error", "connect-failure", "refused-stream"].map(|text| RetryCondition(text.to_owned())).into()
    }

    /// The condition as the proxy spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for RetryCondition {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<RetryCondition, D::Error> {
        RetryCondition::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be one condition such as gateway-error"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for RetryCondition {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RetryCondition".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[a-z0-9-]+$"})
    }
}

#[cfg(test)]
mod tests {
    use super::RetryCondition;

    #[test]
    fn is_a_single_condition() {
        for text in ["gateway-error", "5xx", "503"] {
            assert_eq!(RetryCondition::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "gateway-error,reset", "Gateway-Error", " 5xx"] {
            assert_eq!(RetryCondition::parse(text), None, "{text}");
        }
    }
}
