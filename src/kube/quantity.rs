//! Kubernetes quantities: `100m`, `0.1`, `1e3`, `1E`, `129M`, `1Gi`, `100u`, as strings or numbers.

use serde_json::Value;

use crate::json::node::{Malformed, Node};

/// An amount of a resource, in thousand-millionths of its unit: exact for every quantity the API can hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

impl Quantity {
    /// Zero.
    pub const ZERO: Quantity = Quantity(0);
    /// One whole unit.
    pub const ONE: Quantity = Quantity(1_000_000_000);

    /// Reads a quantity; `None` if it is absent.
    ///
    /// # Errors
    /// When it doesn't follow the grammar.
    pub fn read(node: Node<'_>) -> Result<Option<Quantity>, Malformed> {
        let Some(value) = node.value() else { return Ok(None) };
        let read = match value {
            Value::String(text) => Quantity::parse(text),
            Value::Number(number) => Quantity::parse(&number.to_string()),
            _ => None,
        };
        read.map(Some).ok_or_else(|| node.malformed("a quantity"))
    }

    /// Parses a quantity. Digits beyond a thousand-millionth are rounded up, as the API server does.
    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(digits_end)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let scale = Scale::parse(suffix)?;

        let mut mantissa: i128 = 0;
        let mut exponent: i32 = 9;
        for digit in whole.bytes() {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        // Further digits could only change the rounding.
        for digit in fraction.bytes().take(18) {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
            exponent -= 1;
        }
        let amount = match scale {
            Scale::Decimal(power) => scaled(mantissa, exponent.checked_add(power)?)?,
            Scale::Binary(shift) => scaled(mantissa.checked_mul(1_i128.checked_shl(shift)?)?, exponent)?,
        };
        Some(Quantity(if negative { -amount } else { amount }))
    }

    /// True for 0, which the API treats like an absent request.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, saturating.
    #[must_use]
    pub fn plus(self, other: Quantity) -> Quantity {
        Quantity(self.0.saturating_add(other.0))
    }

    /// The amount so many times, saturating.
    #[must_use]
    pub fn times(self, count: i64) -> Quantity {
        Quantity(self.0.saturating_mul(i128::from(count)))
    }

    /// The amount without another one; at least zero.
    #[must_use]
    pub fn minus(self, other: Quantity) -> Quantity {
        Quantity(self.0.saturating_sub(other.0).max(0))
    }

    /// The amount in thousandths of the unit (millicores of `cpu`), rounded up.
    pub fn millis(self) -> i128 {
        let (millis, rest) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000));
        millis + i128::from(rest > 0)
    }

    /// The amount as millionths of `other`; `None` when `other` is zero.
    pub fn parts_per_million_of(self, other: Quantity) -> Option<i128> {
        self.0.checked_mul(1_000_000)?.checked_div(other.0)
    }

    /// The given fraction of the amount, in the units in which people write an amount of `resource`, rounded `up` or down
    /// to whole units, coarser units first. Zero amounts are left out.
    pub fn parts(self, parts_per_million: u32, resource: &str, up: bool) -> Vec<(Quantity, String)> {
        const CORE: i128 = 1_000_000_000;
        let units: &[(i128, &str)] = match resource {
            "cpu" => &[(CORE / 1_000, "m")],
            "memory" | "ephemeral-storage" => &[((1 << 20) * CORE, "Mi"), ((1 << 10) * CORE, "Ki"), (CORE, "")],
            _ => &[(CORE, "")],
        };
        let mut parts = Vec::new();
        for (unit, suffix) in units {
            let Some(whole) = self.0.checked_mul(i128::from(parts_per_million)) else { continue };
            let divisor = unit * 1_000_000;
            let count = whole.div_euclid(divisor) + i128::from(up && whole.rem_euclid(divisor) > 0);
            let text = match *suffix {
                "m" if count % 1_000 == 0 => (count / 1_000).to_string(),
                "Mi" if count % 1_024 == 0 => [&(count / 1_024).to_string(), "Gi"].concat(),
                suffix => [&count.to_string(), suffix].concat(),
            };
            if count > 0 {
                parts.push((Quantity(count * unit), text));
            }
        }
        parts
    }
}

enum Scale {
    Decimal(i32),
    Binary(u32),
}

impl Scale {
    fn parse(suffix: &str) -> Option<Scale> {
        Some(match suffix {
            "" => Scale::Decimal(0),
            "n" => Scale::Decimal(-9),
            "u" => Scale::Decimal(-6),
            "m" => Scale::Decimal(-3),
            "k" => Scale::Decimal(3),
            "M" => Scale::Decimal(6),
            "G" => Scale::Decimal(9),
            "T" => Scale::Decimal(12),
            "P" => Scale::Decimal(15),
            "E" => Scale::Decimal(18),
            "Ki" => Scale::Binary(10),
            "Mi" => Scale::Binary(20),
            "Gi" => Scale::Binary(30),
            "Ti" => Scale::Binary(40),
            "Pi" => Scale::Binary(50),
            "Ei" => Scale::Binary(60),
            exponent => Scale::Decimal(exponent.strip_prefix(['e', 'E'])?.parse().ok()?),
        })
    }
}

/// `mantissa` × 10^`exponent`, rounded up; `None` when it is too large.
fn scaled(mantissa: i128, exponent: i32) -> Option<i128> {
    let power = exponent.unsigned_abs();
    if exponent >= 0 {
        if mantissa == 0 {
            return Some(0);
        }
        return mantissa.checked_mul(10_i128.checked_pow(power)?);
    }
    let Some(divisor) = 10_i128.checked_pow(power) else { return Some(i128::from(mantissa > 0)) };
    Some(mantissa / divisor + i128::from(mantissa % divisor > 0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;

    fn parsed(text: &str) -> Quantity {
        Quantity::parse(text).unwrap_or_else(|| panic!("{text} should be a quantity"))
    }

    #[test]
    fn different_spellings_are_equal() {
        for group in [
            &["100m", "0.1", ".1", "100000u", "1e-1", "+0.1", "100000000n"][..],
            &["1e3", "1E3", "1k", "1000", "1000.", "1000000m"],
            &["1Gi", "1024Mi", "1073741824", "1048576Ki"],
            &["1E", "1e18", "1000P"],
            &["0.5Gi", "512Mi"],
            &["0", "0m", "0e99", "0Gi"],
        ] {
            for text in group {
                assert_eq!(parsed(text), parsed(group[0]), "{text}");
            }
        }
        assert!(parsed("129M") < parsed("129Mi"));
        assert!(parsed("-1") < Quantity::ZERO);
    }

    #[test]
    fn rounds_up_below_the_finest_unit() {
        assert_eq!(parsed("0.1n"), parsed("1n"));
        assert_eq!(parsed("1e-30"), parsed("1n"));
    }

    #[test]
    fn sums_are_never_negative() {
        assert_eq!(parsed("250m").times(6), parsed("1500m"));
        assert_eq!(parsed("2").minus(parsed("500m")), parsed("1500m"));
        assert_eq!(parsed("1").minus(parsed("2")), Quantity::ZERO);
        assert_eq!(Quantity::ONE, parsed("1"));
    }

    #[test]
    fn rejects_malformed_quantities() {
        for text in ["", "m", "1 Gi", "1gb", "1.2.3", "1e", "0x10", "1Kib", "--1", "1e999999999999"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn parts_are_in_whole_units() {
        let parts = |text: &str, parts_per_million, resource, up| {
            parsed(text).parts(parts_per_million, resource, up).into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(parts("500m", 600_000, "cpu", true), ["300m"]);
        assert_eq!(parts("5", 800_000, "cpu", true), ["4"]);
        assert!(parts("1m", 500_000, "cpu", false).is_empty());
        assert_eq!(parts("512Mi", 600_000, "memory", true), ["308Mi", "314573Ki", "322122548"]);
        assert_eq!(parts("1Mi", 900_000, "memory", false), ["921Ki", "943718"]);
        assert_eq!(parts("2147483648", 500_000, "memory", true)[0], "1Gi");
        assert_eq!(parts("2", 500_000, "example.com/gpu", false), ["1"]);
        assert_eq!(parsed("512Mi").parts(500_000, "memory", true)[0].0, parsed("256Mi"));
    }

    #[test]
    fn reads_numbers_and_strings() {
        let value = json!({"a": 2, "b": 0.5, "c": 1e3, "d": true});
        let arena = PathArena::new();
        let root = Node::root(&value, &arena);
        assert_eq!(Quantity::read(root.get("a")), Ok(Some(parsed("2"))));
        assert_eq!(Quantity::read(root.get("b")), Ok(Some(parsed("500m"))));
        assert_eq!(Quantity::read(root.get("c")), Ok(Some(parsed("1k"))));
        assert!(Quantity::read(root.get("d")).is_err());
        assert_eq!(Quantity::read(root.get("absent")), Ok(None));
    }
}
