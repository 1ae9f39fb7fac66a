//! Calendar days.

/// A day of the Gregorian calendar, ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The last day that can be represented.
    pub const LAST: Date = Date { year: 9999, month: 12, day: 31 };

    /// Parses `YYYY-MM-DD`; `None` when that day doesn't exist.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let mut part = |width: usize| {
            let part = parts.next()?;
            let digits = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok())?
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if parts.next().is_some() || day < 1 || day > days_in(year, month)? {
            return None;
        }
        Some(Date { year, month: month as u8, day: day as u8 })
    }

    /// The day `days` days after 1 January 1970.
    pub fn from_days_since_1970(days: u64) -> Date {
        let mut days = days;
        let mut year = 1970;
        loop {
            let in_year = if is_leap(year) { 366 } else { 365 };
            if days < in_year || year == u16::MAX {
                break;
            }
            days -= in_year;
            year += 1;
        }
        let mut month = 1;
        while let Some(in_month) = days_in(year, month) {
            if days < u64::from(in_month) {
                break;
            }
            days -= u64::from(in_month);
            month += 1;
        }
        Date { year, month: month as u8, day: days as u8 + 1 }
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u16, month: u16) -> Option<u16> {
    Some(match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    })
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:04}-{:02}-{:02}", self.year, self.month, self.day))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date"})
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn parses_days_that_exist() {
        assert!(Date::parse("2024-02-29").is_some());
        for text in ["2023-02-29", "2024-13-01", "2024-00-01", "2024-1-01", "2024-01-00", "2024-01-01-01", "soon"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn counts_from_1970() {
        for (days, text) in [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_000, "2024-10-04")] {
            assert_eq!(Some(Date::from_days_since_1970(days)), Date::parse(text));
        }
    }

    #[test]
    fn days_are_ordered() {
        assert!(Date::parse("2025-12-31") < Date::parse("2026-01-01"));
    }
}
