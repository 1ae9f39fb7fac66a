//! Numbers of pods in settings.

use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;

use crate::kube::percent::IntOrPercent;

/// A number of pods such as `3`, or a percentage of them such as `25%`; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodAmount(IntOrPercent);

impl PodAmount {
    /// A percentage of the pods.
    pub const fn percent(percent: u16) -> PodAmount {
        PodAmount(IntOrPercent::Percent(percent as i64))
    }

    /// The amount.
    pub fn get(self) -> IntOrPercent {
        self.0
    }
}

impl<'de> Deserialize<'de> for PodAmount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<PodAmount, D::Error> {
        let read = match Value::deserialize(deserializer)? {
            // Forms send numbers as strings.
            Value::String(text) => IntOrPercent::parse(&text),
            value => value.as_i64().map(IntOrPercent::Int),
        };
        read.filter(|amount| matches!(amount, IntOrPercent::Int(0..) | IntOrPercent::Percent(0..)))
            .map(PodAmount)
            .ok_or_else(|| D::Error::custom("should be a number of pods such as 3, or a percentage such as 25%"))
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for PodAmount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.json().serialize(serializer)
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for PodAmount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PodAmount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": ["string", "integer"], "pattern": "^\\+?[0-9]+%?$", "minimum": 0})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn is_a_number_or_a_percentage() {
        for (value, expected) in [
            (json!(3), IntOrPercent::Int(3)),
            (json!("3"), IntOrPercent::Int(3)),
            (json!(0), IntOrPercent::Int(0)),
            (json!("25%"), IntOrPercent::Percent(25)),
        ] {
            assert_eq!(PodAmount::deserialize(&value).unwrap().get(), expected, "{value}");
        }
        for wrong in [json!(-1), json!("-5%"), json!(1.5), json!("a"), json!(null), json!([])] {
            assert!(PodAmount::deserialize(&wrong).is_err(), "{wrong}");
        }
    }
}
