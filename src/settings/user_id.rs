//! User and group IDs.

use serde::Deserialize;
use serde::de::Error;

/// A user or group ID that the API accepts: 0 to 2147483647.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct UserId(i64);

impl UserId {
    /// Where most distributions start numbering ordinary users: lower IDs belong to the system.
    pub const FIRST_ORDINARY: UserId = UserId(1000);

    /// The lowest ID that isn't root's.
    pub const FIRST_NON_ROOT: UserId = UserId(1);

    const MAX: i64 = i32::MAX as i64;

    /// The ID.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<UserId, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let fits = (0..=UserId::MAX).contains(&number);
        fits.then_some(UserId(number)).ok_or_else(|| D::Error::custom("should be a number from 0 to 2147483647"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for UserId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UserId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer", "minimum": 0, "maximum": UserId::MAX})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn accepts_the_api_range() {
        for number in [0, 1, 2_147_483_647] {
            assert_eq!(UserId::deserialize(&json!(number)).unwrap().get(), number);
        }
        for wrong in [json!(-1), json!(2_147_483_648_i64), json!("1000"), json!(1.5)] {
            assert!(UserId::deserialize(&wrong).is_err(), "{wrong}");
        }
    }
}
