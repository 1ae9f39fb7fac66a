//! Amounts of resources in settings.

use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;

use crate::kube::quantity::Quantity;

/// An amount as the API writes it: `100m`, `2`, `512Mi`; never negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    text: String,
    quantity: Quantity,
}

impl Amount {
    /// Parses an amount; `None` when it isn't valid.
    pub fn parse(text: &str) -> Option<Amount> {
        let quantity = Quantity::parse(text).filter(|quantity| *quantity >= Quantity::ZERO)?;
        Some(Amount { text: text.to_owned(), quantity })
    }

    /// The amount as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How much it is.
    pub fn get(&self) -> Quantity {
        self.quantity
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            value => value.to_string(),
        };
        Amount::parse(&text).ok_or_else(|| D::Error::custom("should be an amount such as 100m or 512Mi"))
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "number"],
            "pattern": "^\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+)?$",
            "minimum": 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn is_a_string_or_a_number() {
        for (value, text) in [(json!("100m"), "100m"), (json!(2), "2"), (json!(0.5), "0.5"), (json!("1Gi"), "1Gi")] {
            assert_eq!(Amount::deserialize(&value).unwrap().as_str(), text);
        }
        assert_eq!(Amount::parse("1000m").unwrap().get(), Amount::parse("1").unwrap().get());
        for wrong in [json!("-1"), json!(-1), json!("1 Gi"), json!(""), json!(null), json!(true), json!([])] {
            assert!(Amount::deserialize(&wrong).is_err(), "{wrong}");
        }
    }
}
