//! A policy with its settings, ready to check objects.

use serde_json::Value;

use crate::kube::kinds::Kind;
use crate::policy::common::CommonSettings;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Findings;
use crate::policy::metadata::Metadata;
use crate::policy::rule::Policy;
use crate::settings::reader::{Reader, Wrong};
use crate::settings::{Fields, SettingsError, is_accepted};

/// A policy with its settings, ready to check.
pub struct Configured {
    /// The policy's metadata.
    pub metadata: &'static Metadata,
    /// The settings that every policy has.
    pub common: CommonSettings,
    /// The kinds that it checks at admission.
    pub admission_targets: &'static [&'static Kind],
    check: Box<dyn Check>,
}

impl Configured {
    /// Reads the settings of the policy `P`: a mapping, or null for all defaults.
    ///
    /// # Errors
    /// Every field that is unknown or wrong, with the reason.
    #[inline(never)] // Called from two exports of a module, which would each hold a copy.
    pub fn read<P: Policy>(settings: &Value) -> Result<Configured, SettingsError> {
        Configured::read_by(own_read::<P>, const { &P::METADATA }, P::ADMISSION_TARGETS, settings)
    }

    /// Apart from [`Configured::read`], of which the suite has one for each policy.
    fn read_by(
        read: fn(&Value) -> Result<Own, Wrong>,
        metadata: &'static Metadata,
        admission_targets: &'static [&'static Kind],
        settings: &Value,
    ) -> Result<Configured, SettingsError> {
        let mut error = SettingsError::default();
        let (common, fields) = match settings {
            Value::Null => (CommonSettings::default(), Fields::new()),
            Value::Object(fields) => (CommonSettings::read(fields, &mut error), without_common(fields)),
            _ => return Err(SettingsError::new("settings", "should be a mapping")),
        };
        let mut last = None;
        let mut refused = |fields: &Value| match read(fields) {
            Ok(own) => {
                last = Some(own);
                None
            }
            Err(wrong) => Some(wrong.0),
        };
        let is_read = is_accepted(fields, &mut refused, &mut error);
        match last {
            Some(Own { check, valid }) if is_read && error.problems.is_empty() => {
                valid?;
                Ok(Configured { metadata, common, admission_targets, check })
            }
            _ => Err(error),
        }
    }

    pub(crate) fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        self.check.check(cx, out)
    }
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.metadata.id)
    }
}

/// The part of [`Policy`] that remains after reading the settings.
trait Check: Send + Sync {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError>;
}

impl<P: Policy> Check for P {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        Policy::check(self, cx, out)
    }
}

/// A policy's own settings, read, and whether they go together.
struct Own {
    check: Box<dyn Check>,
    valid: Result<(), SettingsError>,
}

fn own_read<P: Policy>(fields: &Value) -> Result<Own, Wrong> {
    let own = P::deserialize(Reader(fields))?;
    let valid = own.validate();
    Ok(Own { check: Box::new(own), valid })
}

/// A policy with these settings, a mapping or null; with its defaults if they are invalid.
pub(crate) fn own<P: Policy>(settings: &Value) -> P {
    let Value::Object(fields) = settings else { return P::default() };
    let own = P::deserialize(Reader(&Value::Object(without_common(fields)))).unwrap_or_default();
    if own.validate().is_ok() { own } else { P::default() }
}

/// The policy's own settings.
fn without_common(fields: &Fields) -> Fields {
    let mut own = Fields::new();
    for (key, value) in fields {
        if !CommonSettings::KEYS.contains(&key.as_str()) {
            own.insert(key.clone(), value.clone());
        }
    }
    own
}
