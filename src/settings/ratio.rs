//! Fractions in settings.

use serde::Deserialize;
use serde::de::Error;

use crate::kube::quantity::Quantity;

/// A fraction. In settings it is above 0 and at most 1, such as `0.75`; measured fractions may exceed 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(u32);

impl Ratio {
    /// 1.
    pub const ALL: Ratio = Ratio(1_000_000);

    /// A percentage as a fraction; 0 and more than 100 don't compile.
    pub const fn percent<const PERCENT: u32>() -> Ratio {
        const { assert!(PERCENT > 0 && PERCENT <= 100, "a ratio is above 0 and at most 1") };
        Ratio(PERCENT * 10_000)
    }

    /// `amount` divided by `whole`, to the millionth; `None` when `whole` is zero.
    pub fn between(amount: Quantity, whole: Quantity) -> Option<Ratio> {
        let parts = amount.parts_per_million_of(whole)?;
        Some(Ratio(u32::try_from(parts.max(0)).unwrap_or(u32::MAX)))
    }

    /// The fraction in millionths.
    pub fn parts_per_million(self) -> u32 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Ratio, D::Error> {
        let parts = (f64::deserialize(deserializer)? * 1e6).round();
        if (1.0..=1e6).contains(&parts) {
            return Ok(Ratio(parts as u32));
        }
        Err(D::Error::custom("should be a number above 0 and at most 1, such as 0.75"))
    }
}

/// As a decimal with at most three places: `0.75`, `1`.
impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, thousandths) = (self.0 / 1_000_000, self.0 % 1_000_000 / 1_000);
        f.write_str(&whole.to_string())?;
        let padded = (1_000 + thousandths).to_string();
        match padded.get(1..).unwrap_or_default().trim_end_matches('0') {
            "" => Ok(()),
            fraction => {
                f.write_str(".")?;
                f.write_str(fraction)
            }
        }
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for Ratio {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *self == Ratio::ALL {
            serializer.serialize_u32(1)
        } else {
            serializer.serialize_f64(f64::from(self.0) / 1e6)
        }
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Ratio {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ratio".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "number", "exclusiveMinimum": 0, "maximum": 1})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn accepts_above_0_and_at_most_1() {
        for (number, text) in [(json!(1), "1"), (json!(1.0), "1"), (json!(0.6), "0.6"), (json!(0.125), "0.125")] {
            assert_eq!(Ratio::deserialize(&number).unwrap().to_string(), text);
        }
        assert_eq!(Ratio::deserialize(json!(0.9)).unwrap(), Ratio::percent::<90>());
        for wrong in [json!(0), json!(-0.5), json!(1.01), json!(60), json!("0.6"), json!(null)] {
            assert!(Ratio::deserialize(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn divides_two_amounts() {
        let between = |amount, whole| {
            Ratio::between(Quantity::parse(amount).unwrap(), Quantity::parse(whole).unwrap())
                .map(|ratio| ratio.to_string())
        };
        assert_eq!(between("128Mi", "1Gi").as_deref(), Some("0.125"));
        assert_eq!(between("1", "3").as_deref(), Some("0.333"));
        assert_eq!(between("3", "2").as_deref(), Some("1.5"));
        assert_eq!(between("1", "0"), None);
        assert!(Ratio::between(Quantity::ZERO, Quantity::parse("1").unwrap()).unwrap() < Ratio::percent::<1>());
    }
}
