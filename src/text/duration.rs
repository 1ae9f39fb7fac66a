//! Durations as Go writes them: `1m30s`, `500ms`, `1.5h`.

/// A length of time, exact to the nanosecond; may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(i64);

/// Units and their nanoseconds, the longest first.
const UNITS: [(&str, i64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Duration {
    /// Zero.
    pub const ZERO: Duration = Duration(0);

    /// A number of whole seconds.
    pub const fn from_seconds(seconds: u32) -> Duration {
        Duration(seconds as i64 * 1_000_000_000)
    }

    /// Parses a sequence of numbers with units, as Go's `time.ParseDuration` does; `None` when that would fail.
    pub fn parse(text: &str) -> Option<Duration> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Some(Duration::ZERO);
        }
        let mut nanos: i128 = 0;
        loop {
            let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, after) = rest.split_at_checked(number_end)?;
            let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
            let (unit, after) = after.split_at_checked(unit_end)?;
            nanos = nanos.checked_add(amount(number, nanos_of(unit)?)?)?;
            if after.is_empty() {
                break;
            }
            rest = after;
        }
        i64::try_from(if negative { -nanos } else { nanos }).ok().map(Duration)
    }

    /// The duration times `count`, saturating.
    #[must_use]
    pub fn times(self, count: i64) -> Duration {
        Duration(self.0.saturating_mul(count))
    }

    /// The duration divided by `count`, rounded down to tenths of a second, or to milliseconds below one second.
    pub fn split(self, count: i64) -> Option<Duration> {
        let part = self.0.checked_div(count)?;
        let step = if part >= 1_000_000_000 { 100_000_000 } else { 1_000_000 };
        Some(Duration(part - part % step))
    }

    /// The duration in whole milliseconds, rounded down.
    pub fn millis(self) -> i64 {
        self.0 / 1_000_000
    }
}

/// Milliseconds as seconds: `15`, `2.5`.
pub fn in_seconds(millis: u64) -> String {
    let whole = (millis / 1_000).to_string();
    let thousandths = (1_000 + millis % 1_000).to_string();
    match thousandths.get(1..).unwrap_or_default().trim_end_matches('0') {
        "" => whole,
        fraction => [&whole, ".", fraction].concat(),
    }
}

fn nanos_of(unit: &str) -> Option<i64> {
    // Go accepts both the micro sign and the Greek letter.
    let unit = if matches!(unit, "µs" | "μs") { "us" } else { unit };
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, nanos)| *nanos)
}

/// `number` × `nanos`, rounded down to nanoseconds.
fn amount(number: &str, nanos: i64) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let mut total: i128 = 0;
    for digit in whole.bytes() {
        total = total.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    total = total.checked_mul(i128::from(nanos))?;
    // An hour in nanoseconds has thirteen digits.
    let (mut part, mut divisor): (i128, i128) = (0, 1);
    for digit in fraction.bytes().take(15) {
        part = part * 10 + i128::from(digit - b'0');
        divisor *= 10;
    }
    total.checked_add(part * i128::from(nanos) / divisor)
}

/// Hours, minutes and seconds, or a single smaller unit: `1m30s`, `1.5s`, `500ms`.
impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (unit, nanos) in UNITS {
            let nanos = nanos.unsigned_abs();
            if rest < nanos {
                continue;
            }
            f.write_str(&(rest / nanos).to_string())?;
            rest %= nanos;
            if unit == "s" && rest > 0 {
                let digits = (1_000_000_000 + rest).to_string();
                f.write_str(".")?;
                f.write_str(digits.get(1..).unwrap_or_default().trim_end_matches('0'))?;
                rest = 0;
            }
            f.write_str(unit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, in_seconds};

    #[test]
    fn parses_what_go_parses() {
        for (text, nanos) in [
            ("0", 0),
            ("0s", 0),
            ("5s", 5_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1h1m1s1ms1us1ns", 3_661_001_001_001),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("30s1m", 90_000_000_000),
            ("1µs", 1_000),
            ("1μs", 1_000),
            ("+2s", 2_000_000_000),
            ("-2s", -2_000_000_000),
            ("0.3333333333333333333h", 1_199_999_999_999),
        ] {
            assert_eq!(Duration::parse(text), Some(Duration(nanos)), "{text}");
        }
    }

    #[test]
    fn rejects_what_go_rejects() {
        for text in
            ["", "5", "s", ".s", "-", "5 s", "5sec", "1.2.3s", "1d", "PT5S", "5s3", "--5s", "9999999999999h", "5S"]
        {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }

    #[test]
    fn display_round_trips() {
        for (text, written) in [
            ("90s", "1m30s"),
            ("1500ms", "1.5s"),
            ("1m1.000000001s", "1m1.000000001s"),
            ("1.111s", "1.111s"),
            ("0.5s", "500ms"),
            ("-90m", "-1h30m"),
            ("0m", "0s"),
            ("61ns", "61ns"),
        ] {
            let duration = Duration::parse(text).unwrap();
            assert_eq!(duration.to_string(), written);
            assert_eq!(Duration::parse(written), Some(duration));
        }
    }

    #[test]
    fn milliseconds_are_written_in_seconds() {
        assert_eq!([15_000, 2_500, 5, 0].map(in_seconds), ["15", "2.5", "0.005", "0"]);
    }

    #[test]
    fn split_rounds_down() {
        let ten = Duration::from_seconds(10);
        assert_eq!(ten.split(3).unwrap().to_string(), "3.3s");
        assert!(ten.split(3).unwrap().times(3) <= ten);
        assert_eq!(Duration::from_seconds(1).split(3).unwrap().to_string(), "333ms");
        assert_eq!(ten.split(0), None);
        assert_eq!(ten.millis(), 10_000);
    }
}
