//! What the list of policies knows of each.

use serde_json::Value;

use crate::kube::kinds::Kind;
use crate::policy::configured::Configured;
use crate::policy::metadata::Meta;
use crate::policy::rule::Policy;
use crate::settings::SettingsError;

/// One policy of the list.
pub struct Entry {
    /// What it says of itself.
    pub meta: &'static Meta,
    /// The kinds that a cluster asks it about: see [`Policy::IN_CLUSTER`].
    pub in_cluster: &'static [&'static Kind],
    /// The kinds that it looks up in a cluster: see [`Policy::NEEDS_IN_CLUSTER`].
    pub needs_in_cluster: &'static [&'static Kind],
    /// Reads its settings.
    pub configure: fn(&Value) -> Result<Configured, SettingsError>,
    /// The JSON Schema of its own settings. See [`Entry::documentation`] for its title and description.
    #[cfg(feature = "catalogue")]
    pub schema: fn() -> schemars::Schema,
}

impl Entry {
    /// The row for the policy `P`.
    #[cfg(not(feature = "catalogue"))]
    pub const fn of<P: Policy>() -> Entry {
        Entry {
            meta: &P::META,
            in_cluster: P::IN_CLUSTER,
            needs_in_cluster: P::NEEDS_IN_CLUSTER,
            configure: Configured::read::<P>,
        }
    }

    /// The row for the policy `P`.
    #[cfg(feature = "catalogue")]
    pub const fn of<P: Policy + schemars::JsonSchema>() -> Entry {
        Entry {
            meta: &P::META,
            in_cluster: P::IN_CLUSTER,
            needs_in_cluster: P::NEEDS_IN_CLUSTER,
            configure: Configured::read::<P>,
            schema: || schemars::schema_for!(P),
        }
    }

    /// The policy's documentation, in Markdown: its first line is a heading of the second level.
    #[cfg(feature = "catalogue")]
    pub fn documentation(&self) -> String {
        let schema = (self.schema)();
        let text = |key| schema.get(key).and_then(Value::as_str).unwrap_or_default();
        // schemars makes a heading on the first line the title and the rest the description.
        ["## ", text("title"), "\n", text("description"), "\n"].concat()
    }
}
