//! Settings: the keys that every policy has, the types that policies build theirs from, and how both are read.

mod capability;
mod date;
mod duration;
mod exemption;
mod glob;
mod host_path;
mod image_mirror;
mod image_pattern;
mod keys;
mod label_key;
mod node_group;
mod object_name;
mod percentage;
mod pod_amount;
mod range;
mod ratio;
mod resource_name;
mod retry_condition;
mod service_class_label;
mod user_id;
mod version;
mod wrong;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use capability::Capability;
pub use date::Date;
pub use duration::PositiveDuration;
pub(crate) use exemption::Suspect;
pub use exemption::{Exemption, LabelPatterns};
pub use glob::Glob;
pub use host_path::HostPath;
pub use image_mirror::ImageMirror;
pub use image_pattern::ImagePattern;
pub use keys::Keys;
pub use label_key::LabelKey;
pub use node_group::NodeGroup;
pub use object_name::ObjectName;
pub use percentage::Percentage;
pub use pod_amount::PodAmount;
pub use range::{Bound, PortRange, Range};
pub use ratio::Ratio;
pub use resource_name::ResourceName;
pub use retry_condition::RetryCondition;
pub use service_class_label::ServiceClassLabel;
pub use user_id::UserId;
pub use version::KubernetesVersion;

use crate::context::Context;
use crate::finding::Findings;
use crate::policy::{CheckError, Meta, Policy, Severity};

type Fields = Map<String, Value>;

/// The settings that every policy has.
///
/// They are read by hand: derived code for them would be a tenth of every module.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase", default), schemars(inline))]
pub struct Common {
    /// What a finding does: `deny` refuses the object; `warn` accepts it with a warning for each finding; `fix` mends
    /// what can be mended as a mutation and denies what is left. The default is `deny`. What another object
    /// may settle that ordinarily arrives later warns on CREATE, and denies on UPDATE and in the background audit, while
    /// this is unset; what a policy only notes, with severity `info`, warns.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub on_violation: Option<OnViolation>,
    /// Which fixes `onViolation: fix` may apply: `safe` ones, or `unsafe` ones too, which may change how the workload
    /// behaves.
    pub apply_fixes: ApplyFixes,
    /// What happens to an object that cannot be judged, because it is malformed or because the cluster would not say
    /// what the policy has to know: `reject` or `warn`.
    pub on_error: OnError,
    /// What an UPDATE is judged by: `always` everything; `new` only what the old object had not already. The default is
    /// `new` for Pods, most of which cannot be changed any more, and `always` for everything else.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub on_update: Option<OnUpdate>,
    /// Findings that are less severe than this are dropped.
    pub min_severity: Severity,
    /// What is excused, by whom it may concern.
    pub exempt: Vec<Exemption>,
    /// Whether the annotation `plimsoll.dev/ignore.<policy>` or `plimsoll.dev/ignore.<policy>.<container>`, whose value
    /// is the reason, excuses an object. The default is `false` in a cluster, where the author of a manifest must not
    /// excuse it, and `true` on the command line.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub honor_annotations: Option<bool>,
    /// The version of Kubernetes that the object is meant for, as `"1.NN"`.
    pub kubernetes_version: KubernetesVersion,
}

impl Common {
    /// The names of these settings, which no policy may use for its own.
    pub const KEYS: [&'static str; 8] = [
        "onViolation",
        "applyFixes",
        "onError",
        "onUpdate",
        "minSeverity",
        "exempt",
        "honorAnnotations",
        "kubernetesVersion",
    ];

    /// Reads the common settings among `fields`; what is wrong goes to `error`.
    pub(crate) fn read(fields: &Fields, error: &mut SettingsError) -> Common {
        let mut common = Common::default();
        for (key, value) in fields {
            let text = value.as_str().unwrap_or_default();
            let problem = match key.as_str() {
                "onViolation" => chosen(text, &["deny", "warn", "fix"]).map(|choice| {
                    common.on_violation = [OnViolation::Deny, OnViolation::Warn, OnViolation::Fix].get(choice).copied();
                }),
                "applyFixes" => chosen(text, &["safe", "unsafe"]).map(|choice| {
                    common.apply_fixes = if choice == 0 { ApplyFixes::Safe } else { ApplyFixes::Unsafe };
                }),
                "onError" => chosen(text, &["reject", "warn"]).map(|choice| {
                    common.on_error = if choice == 0 { OnError::Reject } else { OnError::Warn };
                }),
                "onUpdate" => chosen(text, &["always", "new"]).map(|choice| {
                    common.on_update = Some(if choice == 0 { OnUpdate::Always } else { OnUpdate::New });
                }),
                "minSeverity" => chosen(text, &Severity::ALL.map(Severity::name)).map(|choice| {
                    common.min_severity = Severity::ALL.get(choice).copied().unwrap_or(Severity::Info);
                }),
                "honorAnnotations" => {
                    common.honor_annotations = value.as_bool();
                    common.honor_annotations.map(drop).ok_or_else(|| "should be true or false".to_owned())
                }
                "kubernetesVersion" => match KubernetesVersion::parse(text) {
                    Some(version) => {
                        common.kubernetes_version = version;
                        Ok(())
                    }
                    None => Err("should be a version written \"1.NN\"".to_owned()),
                },
                "exempt" => {
                    read_exemptions(value, &mut common.exempt, error);
                    Ok(())
                }
                _ => Ok(()),
            };
            if let Err(reason) = problem {
                error.add(key, reason);
            }
        }
        common
    }
}

/// The position of `text` among the names; says what it could have been otherwise.
fn chosen(text: &str, names: &[&str]) -> Result<usize, String> {
    let position = names.iter().position(|name| *name == text);
    position.ok_or_else(|| ["should be one of ", &names.join(" ")].concat())
}

fn read_exemptions(value: &Value, exemptions: &mut Vec<Exemption>, error: &mut SettingsError) {
    let Value::Array(entries) = value else {
        error.add("exempt", "should be a list");
        return;
    };
    for (index, entry) in entries.iter().enumerate() {
        match Exemption::read(entry) {
            Ok(exemption) => exemptions.push(exemption),
            Err(wrong) => error.problems.extend(wrong.problems.into_iter().map(|problem| Problem {
                field: ["exempt[", &index.to_string(), "].", &problem.field].concat(),
                reason: problem.reason,
            })),
        }
    }
}

impl Default for Common {
    fn default() -> Common {
        Common {
            on_violation: None,
            apply_fixes: ApplyFixes::Safe,
            on_error: OnError::Reject,
            on_update: None,
            min_severity: Severity::Info,
            exempt: Vec::new(),
            honor_annotations: None,
            kubernetes_version: KubernetesVersion::NEWEST,
        }
    }
}

/// What a finding does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum OnViolation {
    /// The object is refused.
    Deny,
    /// The object is accepted, with a warning.
    Warn,
    /// The object is mended, and refused for what is left.
    Fix,
}

/// Which fixes may be applied unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum ApplyFixes {
    /// Those that a healthy workload doesn't notice.
    Safe,
    /// Those that may change how it behaves, too.
    Unsafe,
}

/// What happens to an object that cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum OnError {
    /// It is refused.
    Reject,
    /// It is accepted, with a warning.
    Warn,
}

/// What an UPDATE is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum OnUpdate {
    /// Everything that is wrong with the new object.
    Always,
    /// What is wrong with the new object and was not with the old one.
    New,
}

/// A policy with its settings, ready to judge.
pub struct Configured {
    /// What the policy says of itself.
    pub meta: &'static Meta,
    /// The settings that every policy has.
    pub common: Common,
    check: Box<dyn Check>,
}

impl Configured {
    /// Reads the settings of the policy `P`: a mapping, or null for all defaults.
    ///
    /// # Errors
    /// Every field that is unknown or wrong, with the reason.
    #[inline(never)] // Called from two exports of a module, which would each hold a copy.
    pub fn read<P: Policy>(settings: &Value) -> Result<Configured, SettingsError> {
        let mut error = SettingsError::default();
        let (common, own) = match settings {
            Value::Null => (Common::default(), Fields::new()),
            Value::Object(fields) => (Common::read(fields, &mut error), without_common(fields)),
            _ => return Err(SettingsError::new("settings", "should be a mapping")),
        };
        let own: P = read_own(own, &mut error).unwrap_or_default();
        if !error.problems.is_empty() {
            return Err(error);
        }
        own.validate()?;
        Ok(Configured { meta: const { &P::META }, common, check: Box::new(own) })
    }

    pub(crate) fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        self.check.check(cx, out)
    }
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.meta.id)
    }
}

/// The part of [`Policy`] that is left once the settings are read.
trait Check: Send + Sync {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError>;
}

impl<P: Policy> Check for P {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        Policy::check(self, cx, out)
    }
}

/// A policy with these settings, a mapping or null; with its defaults when they cannot be used.
pub(crate) fn own<P: Policy>(settings: &Value) -> P {
    let Value::Object(fields) = settings else { return P::default() };
    let own: P = read_own(without_common(fields), &mut SettingsError::default()).unwrap_or_default();
    if own.validate().is_ok() { own } else { P::default() }
}

/// The policy's own settings.
fn without_common(fields: &Fields) -> Fields {
    let mut own = Fields::new();
    for (key, value) in fields {
        if !Common::KEYS.contains(&key.as_str()) {
            own.insert(key.clone(), value.clone());
        }
    }
    own
}

/// Reads all fields at once; when that fails, finds out which are wrong.
fn read_own<T: DeserializeOwned>(fields: Fields, error: &mut SettingsError) -> Option<T> {
    let whole = Value::Object(fields);
    let first = match T::deserialize(&whole) {
        Ok(read) => return Some(read),
        Err(first) => first,
    };
    let before = error.problems.len();
    if let Value::Object(fields) = &whole {
        let refused = |fields| T::deserialize(&Value::Object(fields)).err().map(|said| said.to_string());
        wrong::blame(fields, &refused, error);
    }
    if error.problems.len() == before {
        error.add("settings", wrong::in_words(&first.to_string()));
    }
    None
}

/// Settings that cannot be used, with everything that is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsError {
    /// What is wrong, field by field.
    pub problems: Vec<Problem>,
}

/// One wrong setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, with dots for what lies below it.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl SettingsError {
    /// One problem.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> SettingsError {
        SettingsError { problems: vec![Problem { field: field.into(), reason: reason.into() }] }
    }

    /// Adds a problem.
    pub(crate) fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.problems.push(Problem { field: field.into(), reason: reason.into() });
    }
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(&problem.field)?;
            f.write_str(": ")?;
            f.write_str(&problem.reason)?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}

#[cfg(feature = "catalogue")]
impl serde::Serialize for Severity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Severity {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Severity".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "enum": Severity::ALL.map(Severity::name)})
    }
}
