//! What the list of policies knows of each.

use serde_json::Value;

use crate::policy::{Meta, Policy};
use crate::settings::{Configured, SettingsError};

/// One policy of the list.
pub struct Entry {
    /// What it says of itself.
    pub meta: &'static Meta,
    /// Reads its settings.
    pub configure: fn(&Value) -> Result<Configured, SettingsError>,
    /// The JSON Schema of its own settings, whose description is the policy's documentation.
    #[cfg(feature = "catalogue")]
    pub schema: fn() -> schemars::Schema,
}

impl Entry {
    /// The row for the policy `P`.
    #[cfg(not(feature = "catalogue"))]
    pub const fn of<P: Policy>() -> Entry {
        Entry { meta: &P::META, configure: Configured::read::<P> }
    }

    /// The row for the policy `P`.
    #[cfg(feature = "catalogue")]
    pub const fn of<P: Policy + schemars::JsonSchema>() -> Entry {
        Entry { meta: &P::META, configure: Configured::read::<P>, schema: || schemars::schema_for!(P) }
    }
}
