//! Durations in settings.

use serde::Deserialize;
use serde::de::Error;

use crate::text::duration::Duration;

/// A positive duration in Go's notation: `5s`, `1m30s`, `500ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositiveDuration(Duration);

impl PositiveDuration {
    /// A number of whole seconds; 0 doesn't compile.
    pub const fn from_seconds<const SECONDS: u32>() -> PositiveDuration {
        const { assert!(SECONDS > 0, "a positive duration is above 0") };
        PositiveDuration(Duration::from_seconds(SECONDS))
    }

    /// The duration.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl<'de> Deserialize<'de> for PositiveDuration {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<PositiveDuration, D::Error> {
        Duration::parse(<&str>::deserialize(deserializer)?)
            .filter(|duration| *duration > Duration::ZERO)
            .map(PositiveDuration)
            .ok_or_else(|| D::Error::custom("should be a duration such as 5s, 1m30s or 500ms"))
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for PositiveDuration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for PositiveDuration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^\\+?(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn accepts_positive_durations_only() {
        let read = PositiveDuration::deserialize(&json!("1m30s")).unwrap();
        assert_eq!(read.get(), Duration::from_seconds(90));
        for wrong in [json!("0s"), json!("-1s"), json!("5"), json!(5)] {
            assert!(PositiveDuration::deserialize(&wrong).is_err(), "{wrong}");
        }
    }
}
