//! Cron expressions as the CronJob controller reads them: five fields, or a descriptor such as `@hourly`.

use crate::text::duration::Duration;

/// When a CronJob runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Whenever the time fits five fields.
    Times(Times),
    /// This many seconds after the last run: `@every 5m`.
    Every(u64),
}

/// The times that fit five fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    minutes: Numbers,
    hours: Numbers,
    days: Numbers,
    months: Numbers,
    weekdays: Numbers,
    /// A step that is longer than its field, such as 90 for minutes, and what the field counts.
    pub long_step: Option<(u32, &'static str)>,
}

/// The numbers of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Numbers {
    /// One bit for each.
    bits: u64,
    /// Whether it is `*` or `?`: a day then has to fit the other field of days, too.
    any: bool,
}

impl Numbers {
    fn has(self, number: u32) -> bool {
        self.bits & 1_u64.unbounded_shl(number) != 0
    }
}

/// One of the five fields.
struct Field {
    name: &'static str,
    plural: &'static str,
    min: u32,
    max: u32,
    /// Names for its numbers, from the smallest on.
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", plural: "minutes", min: 0, max: 59, names: &[] },
    Field { name: "hour", plural: "hours", min: 0, max: 23, names: &[] },
    Field { name: "day of the month", plural: "days", min: 1, max: 31, names: &[] },
    Field {
        name: "month",
        plural: "months",
        min: 1,
        max: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field {
        name: "day of the week",
        plural: "days",
        min: 0,
        max: 6,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// What each descriptor stands for.
const DESCRIPTORS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// How many days each month has at most.
const DAYS_OF_MONTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const MINUTES_OF_A_DAY: u32 = 24 * 60;

impl Schedule {
    /// Reads an expression, without its time zone if it begins with one.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a message.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let mut text = text;
        if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
            text = text.split_once(' ').map_or("", |(_, rest)| rest.trim());
        }
        if text.starts_with('@') {
            if let Some((_, fields)) = DESCRIPTORS.iter().find(|(name, _)| *name == text) {
                return Schedule::of_fields(fields);
            }
            let Some(period) = text.strip_prefix("@every ") else {
                return Err([text, " is not a known descriptor"].concat());
            };
            let Some(duration) = Duration::parse(period) else {
                return Err(["\"", period, "\" is not a duration such as 90m"].concat());
            };
            // Less than a second counts as one.
            return Ok(Schedule::Every(u64::try_from(duration.millis() / 1_000).unwrap_or_default().max(1)));
        }
        Schedule::of_fields(text)
    }

    fn of_fields(text: &str) -> Result<Schedule, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let &[minutes, hours, days, months, weekdays] = words.as_slice() else {
            let count = words.len();
            let fields = if count == 1 { " field instead of 5" } else { " fields instead of 5" };
            return Err(["it has ", &count.to_string(), fields].concat());
        };
        let mut long_step = None;
        let [minute, hour, day, month, weekday] = &FIELDS;
        let mut read = |word: &str, field: &Field| -> Result<Numbers, String> {
            let mut numbers = Numbers::default();
            for item in word.split(',').filter(|item| !item.is_empty()) {
                let (bits, any, step) = field.read(item)?;
                numbers.bits |= bits;
                numbers.any |= any;
                if step > field.count() {
                    long_step = long_step.or(Some((step, field.plural)));
                }
            }
            Ok(numbers)
        };
        let (minutes, hours, days) = (read(minutes, minute)?, read(hours, hour)?, read(days, day)?);
        let (months, weekdays) = (read(months, month)?, read(weekdays, weekday)?);
        Ok(Schedule::Times(Times { minutes, hours, days, months, weekdays, long_step }))
    }

    /// True when no time ever fits, as on 31 February.
    pub fn never_runs(&self) -> bool {
        let Schedule::Times(times) = self else { return false };
        let lengths = (1_u32..).zip(DAYS_OF_MONTHS);
        let has_date = lengths
            .filter(|(month, _)| times.months.has(*month))
            .any(|(_, length)| (1..=length).any(|day| times.days.has(day)));
        let has_weekday = times.weekdays.bits != 0;
        let both = times.days.any || times.weekdays.any;
        let has_day = if both { has_date && has_weekday } else { has_date || has_weekday };
        times.minutes.bits == 0 || times.hours.bits == 0 || times.months.bits == 0 || !has_day
    }

    /// The shortest time between two runs, in seconds; a day if it is longer. Daylight saving time is ignored.
    pub fn shortest_gap(&self) -> u64 {
        let times = match self {
            Schedule::Every(seconds) => return *seconds,
            Schedule::Times(times) => times,
        };
        let runs = |minute: &u32| times.hours.has(minute / 60) && times.minutes.has(minute % 60);
        let mut shortest = MINUTES_OF_A_DAY;
        let mut last: Option<u32> = None;
        for minute in (0..MINUTES_OF_A_DAY).filter(runs) {
            if let Some(last) = last {
                shortest = shortest.min(minute - last);
            }
            last = Some(minute);
        }
        // The first run of the next day, if it runs every day.
        let first = (0..MINUTES_OF_A_DAY).find(runs);
        if let (Some(first), Some(last), true) = (first, last, times.days.any && times.weekdays.any) {
            shortest = shortest.min(first + MINUTES_OF_A_DAY - last);
        }
        u64::from(shortest) * 60
    }
}

impl Field {
    /// How many numbers there are.
    fn count(&self) -> u32 {
        self.max - self.min + 1
    }

    /// Reads `5`, `1-5`, `*`, each perhaps with a step: `*/15`. Returns the bits, whether it is any number, and the step.
    fn read(&self, item: &str) -> Result<(u64, bool, u32), String> {
        let quoted = || ["\"", item, "\""].concat();
        let (range, step) = match item.split_once('/') {
            Some((_, step)) if step.contains('/') => return Err([&quoted(), " has two steps"].concat()),
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (low, Some(high)),
            None => (range, None),
        };
        let is_any = matches!(low, "*" | "?");
        let (start, mut end) = if is_any {
            (self.min, self.max)
        } else {
            let start = self.number(low)?;
            let end = match high {
                Some(high) if high.contains('-') => return Err([&quoted(), " has two hyphens"].concat()),
                Some(high) => self.number(high)?,
                None => start,
            };
            (start, end)
        };
        let step = match step {
            Some(step) => {
                // `5/15` begins at 5 and has no end.
                if high.is_none() {
                    end = self.max;
                }
                let Ok(step) = step.parse::<u32>() else {
                    return Err(["the step of ", &quoted(), " is not a number"].concat());
                };
                step
            }
            None => 1,
        };
        if start < self.min {
            return Err([self.name, " ", &start.to_string(), " is less than ", &self.min.to_string()].concat());
        }
        if end > self.max {
            return Err([self.name, " ", &end.to_string(), " is more than ", &self.max.to_string()].concat());
        }
        if start > end {
            return Err(["the range ", &quoted(), " ends before it begins"].concat());
        }
        if step == 0 {
            return Err(["the step of ", &quoted(), " is 0"].concat());
        }
        let mut bits = 0;
        for number in (start..=end).step_by(step as usize) {
            bits |= 1_u64.unbounded_shl(number);
        }
        Ok((bits, is_any && step == 1, step))
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        if let Some((number, _)) = (self.min..).zip(self.names).find(|(_, name)| name.eq_ignore_ascii_case(text)) {
            return Ok(number);
        }
        text.parse().map_err(|_| [self.name, " \"", text, "\" is not a number"].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Schedule::parse(text).unwrap_err()
    }

    #[test]
    fn valid_expressions_are_accepted() {
        for text in [
            "* * * * *",
            "0 3 * * *",
            "  0\t3 * *   * ",
            "*/15 0-6,20-23 1,15 JAN-mar MON-fri",
            "5/10 ? ? * ?",
            "0 0 1 1 0",
            "0 0 * * sun,SAT",
            "1,,2 +3 * * *",
            "*-5 * * * *",
            "05 08 * * *",
            "@hourly",
            "@midnight",
            "@annually",
            "@every 1h30m",
            "@every -1h",
            "TZ=Europe/Berlin 0 3 * * *",
            "CRON_TZ=UTC @daily",
        ] {
            assert!(Schedule::parse(text).is_ok(), "{text}: {}", wrong(text));
        }
    }

    #[test]
    fn invalid_expressions_are_explained() {
        for (text, reason) in [
            ("", "it has 0 fields instead of 5"),
            ("daily", "it has 1 field instead of 5"),
            ("0 0 3 * * *", "it has 6 fields instead of 5"),
            ("60 * * * *", "minute 60 is more than 59"),
            ("0 24 * * *", "hour 24 is more than 23"),
            ("0 0 0 * *", "day of the month 0 is less than 1"),
            ("0 0 * 13 *", "month 13 is more than 12"),
            ("0 0 * * 7", "day of the week 7 is more than 6"),
            ("0 0 * * 5-7", "day of the week 7 is more than 6"),
            ("0 0 * * funday", "day of the week \"funday\" is not a number"),
            ("0 0 * monday *", "month \"monday\" is not a number"),
            ("0 0 L * *", "day of the month \"L\" is not a number"),
            ("0 0 * * 5#3", "day of the week \"5#3\" is not a number"),
            ("0 22-6 * * *", "the range \"22-6\" ends before it begins"),
            ("*/0 * * * *", "the step of \"*/0\" is 0"),
            ("*/x * * * *", "the step of \"*/x\" is not a number"),
            ("1/2/3 * * * *", "\"1/2/3\" has two steps"),
            ("1-2-3 * * * *", "\"1-2-3\" has two hyphens"),
            ("-1 * * * *", "minute \"\" is not a number"),
            ("@reboot", "@reboot is not a known descriptor"),
            ("@Daily", "@Daily is not a known descriptor"),
            ("@every", "@every is not a known descriptor"),
            ("@every 5 minutes", "\"5 minutes\" is not a duration such as 90m"),
            ("TZ=UTC", "it has 0 fields instead of 5"),
        ] {
            assert_eq!(wrong(text), reason, "{text}");
        }
    }

    #[test]
    fn some_dates_never_come() {
        let never = |text| Schedule::parse(text).unwrap().never_runs();
        for text in ["0 0 31 2 *", "0 0 30 feb ?", "0 0 31 4,6,9,11 *", ", * * * *", "0 0 , * *"] {
            assert!(never(text), "{text}");
        }
        // A day of the week is another way to fit, and 29 February comes.
        for text in ["0 0 29 2 *", "0 0 31 2 1", "0 0 31 * *", "0 0 31 2,3 *", "@yearly", "@every 1s", "0 0 , * 1"] {
            assert!(!never(text), "{text}");
        }
    }

    #[test]
    fn gaps_are_the_shortest() {
        for (text, minutes) in [
            ("* * * * *", 1),
            ("*/5 * * * *", 5),
            ("*/40 * * * *", 20),
            ("0,50 * * * *", 10),
            ("0 * * * *", 60),
            ("@daily", 24 * 60),
            ("0 0 1 1 *", 24 * 60),
            ("30 23,0 * * *", 60),
            ("30 23,0 * * 1", 23 * 60),
            ("@every 90s", 1),
        ] {
            let gap = Schedule::parse(text).unwrap().shortest_gap();
            assert_eq!(gap / 60, minutes, "{text}");
        }
        assert_eq!(Schedule::parse("@every 90s").unwrap().shortest_gap(), 90);
    }

    #[test]
    fn steps_longer_than_their_field_are_known() {
        let step = |text| match Schedule::parse(text).unwrap() {
            Schedule::Times(times) => times.long_step,
            Schedule::Every(_) => None,
        };
        assert_eq!(step("*/90 * * * *"), Some((90, "minutes")));
        assert_eq!(step("0 */48 * * *"), Some((48, "hours")));
        for text in ["*/60 * * * *", "0 */24 * * *", "*/15 * * * *", "@every 90m", "0 0 */31 */12 */7"] {
            assert_eq!(step(text), None, "{text}");
        }
    }
}
