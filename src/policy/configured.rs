//! A policy with its settings, ready to check objects.

use serde_json::Value;

use crate::kube::kinds::Kind;
use crate::policy::common::CommonSettings;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Findings;
use crate::policy::metadata::Metadata;
use crate::policy::rule::Policy;
use crate::settings::{Fields, SettingsError, read_own};

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
    pub fn read<P: Policy>(settings: &Value) -> Result<Configured, SettingsError> {
        Configured::with(settings, const { &P::METADATA }, P::ADMISSION_TARGETS, checking::<P>)
    }

    /// The part that is the same for all policies: what holds all of them has it once.
    #[inline(never)] // Called from two exports of a module, which would each hold a copy.
    fn with(
        settings: &Value,
        metadata: &'static Metadata,
        admission_targets: &'static [&'static Kind],
        own: fn(Fields, SettingsError) -> Result<Box<dyn Check>, SettingsError>,
    ) -> Result<Configured, SettingsError> {
        let mut error = SettingsError::default();
        let (common, fields) = match settings {
            Value::Null => (CommonSettings::default(), Fields::new()),
            Value::Object(fields) => (CommonSettings::read(fields, &mut error), without_common(fields)),
            _ => return Err(SettingsError::new("settings", "should be a mapping")),
        };
        Ok(Configured { metadata, common, admission_targets, check: own(fields, error)? })
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

/// A policy with its own settings, if there is no error yet.
fn checking<P: Policy>(fields: Fields, mut error: SettingsError) -> Result<Box<dyn Check>, SettingsError> {
    let own: P = read_own(fields, &mut error).unwrap_or_default();
    if !error.problems.is_empty() {
        return Err(error);
    }
    own.validate()?;
    Ok(Box::new(own))
}

/// A policy with these settings, a mapping or null; with its defaults if they are invalid.
pub(crate) fn own<P: Policy>(settings: &Value) -> P {
    let Value::Object(fields) = settings else { return P::default() };
    let own: P = read_own(without_common(fields), &mut SettingsError::default()).unwrap_or_default();
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
