//! Percentages in settings.

use serde::Deserialize;
use serde::de::Error;

/// A percentage from 0 to 100: `5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct Percentage(u8);

impl Percentage {
    /// A percentage; more than 100 doesn't compile.
    pub const fn of<const PERCENT: u8>() -> Percentage {
        const { assert!(PERCENT <= 100, "a percentage is at most 100") };
        Percentage(PERCENT)
    }

    /// The number.
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Percentage, D::Error> {
        let percent = u8::deserialize(deserializer)?;
        if percent <= 100 {
            return Ok(Percentage(percent));
        }
        Err(D::Error::custom("should be a whole number from 0 to 100"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Percentage {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Percentage".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer", "minimum": 0, "maximum": 100})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn accepts_0_to_100() {
        for percent in [0, 5, 100] {
            assert_eq!(Percentage::deserialize(json!(percent)).unwrap().get(), percent);
        }
        for wrong in [json!(-1), json!(101), json!(5.5), json!("5%"), json!(null)] {
            assert!(Percentage::deserialize(&wrong).is_err(), "{wrong}");
        }
    }
}
