//! The entries of the list of policies.

use serde_json::Value;

use crate::kube::kinds::Kind;
use crate::policy::configured::Configured;
use crate::policy::metadata::Metadata;
use crate::policy::rule::Policy;
use crate::settings::SettingsError;

/// One policy of the list.
pub struct PolicyEntry {
    /// Its metadata.
    pub metadata: &'static Metadata,
    /// The kinds that it checks at admission: see [`Policy::ADMISSION_TARGETS`].
    pub admission_targets: &'static [&'static Kind],
    /// The kinds that it looks up in a cluster: see [`Policy::ADMISSION_NEEDS`].
    pub admission_needs: &'static [&'static Kind],
    /// Reads its settings.
    pub configure: fn(&Value) -> Result<Configured, SettingsError>,
    /// The JSON Schema of its own settings. See [`PolicyEntry::documentation`] for its title and description.
    #[cfg(feature = "catalogue")]
    pub schema: fn() -> schemars::Schema,
}

impl PolicyEntry {
    /// The entry of the policy `P`.
    #[cfg(not(feature = "catalogue"))]
    pub const fn of<P: Policy>() -> PolicyEntry {
        PolicyEntry {
            metadata: &P::METADATA,
            admission_targets: P::ADMISSION_TARGETS,
            admission_needs: P::ADMISSION_NEEDS,
            configure: Configured::read::<P>,
        }
    }

    /// The entry of the policy `P`.
    #[cfg(feature = "catalogue")]
    pub const fn of<P: Policy + schemars::JsonSchema>() -> PolicyEntry {
        PolicyEntry {
            metadata: &P::METADATA,
            admission_targets: P::ADMISSION_TARGETS,
            admission_needs: P::ADMISSION_NEEDS,
            configure: Configured::read::<P>,
            schema: || schemars::schema_for!(P),
        }
    }

    /// The policy's documentation in Markdown; its first line is a heading of the second level.
    #[cfg(feature = "catalogue")]
    pub fn documentation(&self) -> String {
        let schema = (self.schema)();
        let text = |key| schema.get(key).and_then(Value::as_str).unwrap_or_default();
        // schemars splits a heading on the first line off as the title.
        ["## ", text("title"), "\n", text("description"), "\n"].concat()
    }
}
