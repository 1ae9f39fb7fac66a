//! Ranges of numbers in settings.

use std::num::NonZeroU16;

use serde::Deserialize;
use serde::de::Error;

/// Numbers from `min` to `max`, inclusive; without one of them the range is open on that side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline, deny_unknown_fields))]
pub struct Range<T> {
    /// The smallest accepted number.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    min: Option<T>,
    /// The largest accepted number.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    max: Option<T>,
}

/// Port numbers, from 1 to 65535.
pub type PortRange = Range<NonZeroU16>;

impl<T> Default for Range<T> {
    /// Open on both sides: every number is accepted.
    fn default() -> Range<T> {
        Range { min: None, max: None }
    }
}

impl<T: Copy + PartialOrd> Range<T> {
    /// From one number to the other, in either order.
    pub fn new(one: T, other: T) -> Range<T> {
        let (min, max) = if one <= other { (one, other) } else { (other, one) };
        Range { min: Some(min), max: Some(max) }
    }

    /// The smallest accepted number.
    pub fn min(&self) -> Option<T> {
        self.min
    }

    /// The largest accepted number.
    pub fn max(&self) -> Option<T> {
        self.max
    }

    /// The range with both ends mapped; `change` must preserve their order.
    #[must_use]
    pub fn map<U>(&self, change: impl Fn(T) -> U) -> Range<U> {
        Range { min: self.min.map(&change), max: self.max.map(&change) }
    }

    /// The bound that `number` violates; `None` when it is accepted.
    pub fn broken_by(&self, number: T) -> Option<Bound<T>> {
        if let Some(min) = self.min.filter(|min| number < *min) {
            return Some(Bound::Below(min));
        }
        self.max.filter(|max| number > *max).map(Bound::Above)
    }

    /// The accepted number closest to `number`.
    pub fn clamp(&self, number: T) -> T {
        match self.broken_by(number) {
            None => number,
            Some(Bound::Below(bound) | Bound::Above(bound)) => bound,
        }
    }
}

/// A violated bound of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound<T> {
    /// The number is less than this minimum.
    Below(T),
    /// The number is more than this maximum.
    Above(T),
}

impl<T: std::fmt::Display> Bound<T> {
    /// How messages put it: `less than 2`, `more than 10`.
    pub fn title(&self) -> String {
        match self {
            Bound::Below(min) => ["less than ", &min.to_string()].concat(),
            Bound::Above(max) => ["more than ", &max.to_string()].concat(),
        }
    }
}

impl<'de, T: Deserialize<'de> + PartialOrd> Deserialize<'de> for Range<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Range<T>, D::Error> {
        #[derive(Deserialize)]
        #[serde(bound = "T: Deserialize<'de>", deny_unknown_fields)]
        struct Written<T> {
            #[serde(default)]
            min: Option<T>,
            #[serde(default)]
            max: Option<T>,
        }
        let Written { min, max } = Written::<T>::deserialize(deserializer)?;
        match (&min, &max) {
            // Also rejects numbers that can't be compared.
            (Some(low), Some(high)) if !matches!(low.partial_cmp(high), Some(order) if order.is_le()) => {
                Err(D::Error::custom("min should not be more than max"))
            }
            _ => Ok(Range { min, max }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ends_are_included() {
        let range = Range::new(2, 5);
        for (number, broken, clamped) in
            [(1, Some(Bound::Below(2)), 2), (2, None, 2), (5, None, 5), (6, Some(Bound::Above(5)), 5)]
        {
            assert_eq!(range.broken_by(number), broken, "{number}");
            assert_eq!(range.clamp(number), clamped);
        }
        assert_eq!(Bound::Above(5).title(), "more than 5");
    }

    #[test]
    fn either_end_may_be_open() {
        let range: Range<u32> = Range::deserialize(json!({"max": 3})).unwrap();
        assert_eq!(range.broken_by(0), None);
        assert_eq!(range.broken_by(4), Some(Bound::Above(3)));
        let range: Range<u32> = Range::deserialize(json!({})).unwrap();
        assert_eq!(range.broken_by(u32::MAX), None);
    }

    #[test]
    fn mapped_range_keeps_its_ends() {
        let range: Range<u16> = Range::deserialize(json!({"max": 3})).unwrap();
        assert_eq!(range.map(i64::from).broken_by(4), Some(Bound::Above(3_i64)));
        assert_eq!(Range::<u16>::default().broken_by(0), None);
    }

    #[test]
    fn ports_are_1_to_65535() {
        let range = PortRange::deserialize(json!({"min": 30000, "max": 65535})).unwrap();
        assert_eq!(range.broken_by(NonZeroU16::MAX), None);
        assert_eq!(range.broken_by(NonZeroU16::MIN).map(|bound| bound.title()).as_deref(), Some("less than 30000"));
        for wrong in [json!({"min": 0}), json!({"max": 65536})] {
            assert!(PortRange::deserialize(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rejects_invalid_ranges() {
        for wrong in
            [json!({"min": 3, "max": 2}), json!({"min": -1}), json!({"from": 1}), json!(3), json!({"min": "1"})]
        {
            assert!(Range::<u32>::deserialize(&wrong).is_err(), "{wrong}");
        }
    }
}
