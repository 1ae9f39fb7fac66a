//! Names of time zones, as far as they can be checked without the time zone database.

/// Names without an area.
const WITHOUT_AREA: &[&str] = &[
    "CET",
    "CST6CDT",
    "Cuba",
    "EET",
    "EST",
    "EST5EDT",
    "Egypt",
    "Eire",
    "Factory",
    "GB",
    "GB-Eire",
    "GMT",
    "GMT+0",
    "GMT-0",
    "GMT0",
    "Greenwich",
    "HST",
    "Hongkong",
    "Iceland",
    "Iran",
    "Israel",
    "Jamaica",
    "Japan",
    "Kwajalein",
    "Libya",
    "MET",
    "MST",
    "MST7MDT",
    "NZ",
    "NZ-CHAT",
    "Navajo",
    "PRC",
    "PST8PDT",
    "Poland",
    "Portugal",
    "ROC",
    "ROK",
    "Singapore",
    "Turkey",
    "UCT",
    "UTC",
    "Universal",
    "W-SU",
    "WET",
    "Zulu",
    "localtime",
    "posixrules",
];

/// The areas, and the folders that some systems have.
const AREAS: &[&str] = &[
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "SystemV",
    "US",
    "posix",
    "right",
];

/// The longest part of a name.
const LONGEST: usize = 14;

/// True for a name that certainly is none of a time zone. Names are case-sensitive. Which places an area has is not known here.
pub fn is_unknown(name: &str) -> bool {
    let is_valid = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
        (1..=LONGEST).contains(&part.len())
            && part != "."
            && part != ".."
            && !part.starts_with('-')
            && part.bytes().all(fits)
    };
    if !name.split('/').all(is_valid) {
        return true;
    }
    match name.split_once('/') {
        None => !WITHOUT_AREA.contains(&name),
        Some(("Etc", zone)) => !is_in_etc(zone),
        Some((area, place)) => {
            !AREAS.contains(&area) || place.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        }
    }
}

/// True for the zones of the area `Etc`: `UTC` under its names, and whole hours from `GMT-14` to `GMT+12`.
fn is_in_etc(zone: &str) -> bool {
    let hours = |digits: &str, most: u8| {
        let number = digits.parse::<u8>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
        number.is_some_and(|number| number <= most) && (digits.len() == 1 || !digits.starts_with('0'))
    };
    match zone.strip_prefix("GMT") {
        Some("" | "0") => true,
        Some(offset) => match (offset.strip_prefix('+'), offset.strip_prefix('-')) {
            (Some(digits), _) => hours(digits, 12),
            (_, Some(digits)) => hours(digits, 14),
            _ => false,
        },
        None => ["Greenwich", "UCT", "UTC", "Universal", "Zulu"].contains(&zone),
    }
}

#[cfg(test)]
mod tests {
    use super::is_unknown;

    #[test]
    fn known_names_are_accepted() {
        for name in [
            "UTC",
            "EST",
            "CET",
            "GB-Eire",
            "Europe/Berlin",
            "America/Port-au-Prince",
            "America/Argentina/Buenos_Aires",
            "America/North_Dakota/New_Salem",
            "Africa/Dar_es_Salaam",
            "Antarctica/DumontDUrville",
            "Etc/UTC",
            "Etc/GMT",
            "Etc/GMT0",
            "Etc/GMT+12",
            "Etc/GMT-14",
            "US/Pacific",
        ] {
            assert!(!is_unknown(name), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_unknown() {
        for name in [
            "",
            "utc",
            "PST",
            "CEST",
            "CST",
            "Berlin",
            "UTC+2",
            "GMT+2",
            "Local",
            "europe/berlin",
            "Europe/berlin",
            "Europe/New York",
            "Europe/",
            "/Europe/Berlin",
            "Europe//Berlin",
            "../UTC",
            "America/-05",
            "America/Kentucky_Monticello",
            "Earth/Berlin",
            "Etc/UTC+2",
            "Etc/GMT+13",
            "Etc/GMT-15",
            "Etc/GMT+05",
            "+02:00",
        ] {
            assert!(is_unknown(name), "{name}");
        }
    }
}
