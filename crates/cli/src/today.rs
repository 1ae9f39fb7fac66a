//! The clock, which the core has not.

use std::time::{SystemTime, UNIX_EPOCH};

use plimsoll::settings::Date;

/// Today, in UTC, as in a cluster.
pub(crate) fn today() -> Date {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
    Date::from_days_since_1970(seconds / 86_400)
}
