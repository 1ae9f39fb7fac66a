//! A count of pods, absolute or as a percentage.

use serde_json::Value;

use crate::json::node::{Malformed, Node};

/// The API's `IntOrString` where it counts pods: `1` or `25%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOrPercent {
    /// That many pods.
    Int(i64),
    /// That percentage of all pods.
    Percent(i64),
}

impl IntOrPercent {
    /// Reads a whole number or a percentage; absent is `None`.
    ///
    /// # Errors
    /// If it is neither.
    pub fn read(node: Node<'_>) -> Result<Option<IntOrPercent>, Malformed> {
        let Some(value) = node.value() else { return Ok(None) };
        let read = match value.as_str() {
            Some(text) => IntOrPercent::parse(text),
            None => value.as_i64().map(IntOrPercent::Int),
        };
        read.map(Some).ok_or_else(|| node.malformed("a whole number or a percentage"))
    }

    /// Reads `3` or `25%`.
    pub fn parse(text: &str) -> Option<IntOrPercent> {
        match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().map(IntOrPercent::Percent),
            None => text.parse().ok().map(IntOrPercent::Int),
        }
    }

    /// The number of pods out of `total`, rounded up (PodDisruptionBudgets, `maxSurge`).
    pub fn rounded_up(self, total: i64) -> i64 {
        match self {
            IntOrPercent::Int(count) => count,
            IntOrPercent::Percent(percent) => {
                let hundredths = percent.saturating_mul(total);
                hundredths.div_euclid(100).saturating_add(i64::from(hundredths.rem_euclid(100) > 0))
            }
        }
    }

    /// The number of pods out of `total`, rounded down (a Deployment's `maxUnavailable`).
    pub fn rounded_down(self, total: i64) -> i64 {
        match self {
            IntOrPercent::Int(count) => count,
            IntOrPercent::Percent(percent) => percent.saturating_mul(total).div_euclid(100),
        }
    }

    /// True for `0` and `0%`.
    pub fn is_zero(self) -> bool {
        matches!(self, IntOrPercent::Int(0) | IntOrPercent::Percent(0))
    }

    /// As in a manifest: `3`, `25%`.
    pub fn written(self) -> String {
        match self {
            IntOrPercent::Int(count) => count.to_string(),
            IntOrPercent::Percent(percent) => [&percent.to_string(), "%"].concat(),
        }
    }

    /// The value for a manifest: a number, or a percentage as a string.
    pub fn json(self) -> Value {
        match self {
            IntOrPercent::Int(count) => Value::from(count),
            IntOrPercent::Percent(_) => Value::from(self.written()),
        }
    }
}

impl std::fmt::Display for IntOrPercent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            IntOrPercent::Int(count) => write!(f, "{count}"),
            IntOrPercent::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::IntOrPercent::{self, Int, Percent};

    #[test]
    fn reads_numbers_and_percentages() {
        assert_eq!(IntOrPercent::parse("25%"), Some(Percent(25)));
        assert_eq!(IntOrPercent::parse("3"), Some(Int(3)));
        assert_eq!(IntOrPercent::parse("a%"), None);
        assert_eq!([Int(3), Percent(25)].map(IntOrPercent::written), ["3", "25%"]);
        assert_eq!([Int(3), Percent(25)].map(IntOrPercent::json), [Value::from(3), Value::from("25%")]);
    }

    #[test]
    fn percentages_round_up_or_down() {
        assert_eq!(Percent(75).rounded_up(3), 3);
        assert_eq!(Percent(75).rounded_down(3), 2);
        assert_eq!(Percent(50).rounded_up(4), 2);
        assert_eq!(Percent(1).rounded_up(1), 1);
        assert_eq!(Percent(0).rounded_up(5), 0);
        assert_eq!(Int(7).rounded_up(3), 7);
    }
}
