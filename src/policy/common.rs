//! The settings that every policy has, and how they are read.

use serde_json::Value;

use crate::kube::version::KubernetesVersion;
use crate::policy::exemption::Exemption;
use crate::policy::metadata::Severity;
use crate::settings::{Fields, Problem, SettingsError};

/// The settings that every policy has.
///
/// They are read by hand: derived code for them would be a tenth of every module.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase", default), schemars(inline))]
pub struct CommonSettings {
    /// How severe findings of this policy are: `info`, `low`, `medium`, `high` or `critical`. Unset, the policy's own severity
    /// holds. Findings that the policy reports as less severe than its others stay so.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub severity: Option<Severity>,
    /// What a finding does: `deny` rejects the object, `warn` accepts it with a warning for each finding, `fix` applies
    /// fixes as a mutation; `otherwise` says what happens to the rest. Defaults to `deny`. Unless set explicitly, `info`
    /// findings only warn.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub on_violation: Option<OnViolation>,
    /// Which fixes `onViolation: fix` may apply: only `safe` ones, or also `unsafe` ones, which may change how the workload
    /// behaves.
    pub apply_fixes: ApplyFixes,
    /// What a finding that `onViolation: fix` can't fix does: `warn` or `deny`.
    pub otherwise: Otherwise,
    /// What happens on CREATE when an object is missing that is usually applied later, such as a budget: nothing (`silent`),
    /// a warning (`warn`), or what `onViolation` says (`deny`). The background audit reports it in any case.
    pub on_missing_companion: OnMissingCompanion,
    /// Whether requests of the `controllers` are checked: `pass` accepts what they create for an object that the policy
    /// checks itself, such as a Deployment's pods; `check` checks it, so that pods which fail don't come back after an
    /// eviction.
    pub controlled: Controlled,
    /// The users that `controlled` is about. Defaults to the workload controllers of the Kubernetes control plane.
    pub controllers: Vec<String>,
    /// What happens to an object that can't be checked, because it is malformed or a look-up in the cluster failed: `deny`
    /// or `warn`.
    pub on_error: OnError,
    /// How objects of a cluster are looked up that can't be got by name, such as the Deployments that a budget selects:
    /// `cluster` lists all of a kind, and Kubewarden keeps one watch for each kind; `namespace` lists those of one namespace,
    /// and Kubewarden keeps a watch for each kind and namespace. Only policies with look-ups use it.
    pub lookups: LookUps,
    /// Which findings count on UPDATE: `new` counts those that the old object didn't have, `always` all of them, so that
    /// nobody can scale or roll back an object with an old finding.
    pub on_update: OnUpdate,
    /// Findings below this severity are dropped. Unless it is set, the profiles `starter` and `production` drop `info`
    /// findings of policies that aren't turned on by name.
    pub min_severity: Severity,
    /// Exemptions: objects and containers this policy ignores, each with a reason.
    pub exempt: Vec<Exemption>,
    /// Whether the annotation `plimsoll.dev/ignore.<policy>` or `plimsoll.dev/ignore.<policy>.<container>`, whose value
    /// is the reason, exempts an object. Defaults to `false` in a cluster, where authors of manifests must not exempt their own
    /// objects, and to `true` on the command line.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub honor_annotations: Option<bool>,
    /// The Kubernetes version that the object runs on, as `"1.NN"`.
    pub kubernetes_version: KubernetesVersion,
}

impl CommonSettings {
    /// The names of these settings, which no policy may use for its own.
    pub const KEYS: [&'static str; 14] = [
        "severity",
        "onViolation",
        "applyFixes",
        "otherwise",
        "onMissingCompanion",
        "controlled",
        "controllers",
        "onError",
        "lookups",
        "onUpdate",
        "minSeverity",
        "exempt",
        "honorAnnotations",
        "kubernetesVersion",
    ];

    /// The names of those that a configuration can set for all policies.
    pub const SHARED: [&'static str; 13] = {
        let [_severity, shared @ ..] = CommonSettings::KEYS;
        shared
    };

    /// The name of the setting of the least severity.
    pub const MIN_SEVERITY: &'static str = "minSeverity";

    /// The name of the version's setting.
    pub const KUBERNETES_VERSION: &'static str = "kubernetesVersion";

    /// The names of those that a configuration can only set for all policies, not for one.
    pub const ONCE: [&'static str; 2] = ["lookups", CommonSettings::KUBERNETES_VERSION];

    /// Reads the common settings from `fields`; problems go to `error`.
    pub(crate) fn read(fields: &Fields, error: &mut SettingsError) -> CommonSettings {
        let mut common = CommonSettings::default();
        for (key, value) in fields {
            let text = value.as_str().unwrap_or_default();
            let problem = match key.as_str() {
                "onViolation" => chosen(text, &["deny", "warn", "fix"]).map(|choice| {
                    common.on_violation = [OnViolation::Deny, OnViolation::Warn, OnViolation::Fix].get(choice).copied();
                }),
                "applyFixes" => chosen(text, &["safe", "unsafe"]).map(|choice| {
                    common.apply_fixes = if choice == 0 { ApplyFixes::Safe } else { ApplyFixes::Unsafe };
                }),
                "severity" => chosen(text, &Severity::ALL.map(Severity::name)).map(|choice| {
                    common.severity = Severity::ALL.get(choice).copied();
                }),
                "otherwise" => chosen(text, &["deny", "warn"]).map(|choice| {
                    common.otherwise = if choice == 0 { Otherwise::Deny } else { Otherwise::Warn };
                }),
                "onMissingCompanion" => chosen(text, &["silent", "warn", "deny"]).map(|choice| {
                    common.on_missing_companion = match choice {
                        0 => OnMissingCompanion::Silent,
                        1 => OnMissingCompanion::Warn,
                        _ => OnMissingCompanion::Deny,
                    };
                }),
                "controlled" => chosen(text, &["pass", "check"]).map(|choice| {
                    common.controlled = if choice == 0 { Controlled::Pass } else { Controlled::Check };
                }),
                "controllers" => match names(value) {
                    Some(names) => {
                        common.controllers = names;
                        Ok(())
                    }
                    None => Err("should be a list of user names".to_owned()),
                },
                "onError" => chosen(text, &["deny", "warn"]).map(|choice| {
                    common.on_error = if choice == 0 { OnError::Deny } else { OnError::Warn };
                }),
                "lookups" => chosen(text, &["cluster", "namespace"]).map(|choice| {
                    common.lookups = if choice == 0 { LookUps::Cluster } else { LookUps::Namespace };
                }),
                "onUpdate" => chosen(text, &["always", "new"]).map(|choice| {
                    common.on_update = if choice == 0 { OnUpdate::Always } else { OnUpdate::New };
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

/// The position of `text` among the names; the error lists them.
fn chosen(text: &str, names: &[&str]) -> Result<usize, String> {
    let position = names.iter().position(|name| *name == text);
    position.ok_or_else(|| ["should be one of ", &names.join(" ")].concat())
}

fn names(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
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

impl Default for CommonSettings {
    fn default() -> CommonSettings {
        CommonSettings {
            severity: None,
            on_violation: None,
            apply_fixes: ApplyFixes::Safe,
            on_error: OnError::Deny,
            lookups: LookUps::Cluster,
            on_update: OnUpdate::New,
            otherwise: Otherwise::Warn,
            on_missing_companion: OnMissingCompanion::Silent,
            controlled: Controlled::Pass,
            controllers: CONTROLLERS.iter().map(|&name| name.to_owned()).collect(),
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
    /// The object is rejected.
    Deny,
    /// The object is accepted, with a warning.
    Warn,
    /// The object is fixed, and denied for what is left.
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

/// What a finding does that can't be fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum Otherwise {
    /// The object is rejected.
    Deny,
    /// The object is accepted, with a warning.
    Warn,
}

/// What a finding does on CREATE that a later object may resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum OnMissingCompanion {
    /// Nothing: the background audit reports it.
    Silent,
    /// The object is accepted, with a warning.
    Warn,
    /// What `onViolation` says.
    Deny,
}

/// Whether what a controller of the control plane creates is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum Controlled {
    /// Its owner was, so that it is accepted.
    Pass,
    /// Like anything else.
    Check,
}

/// The users that create objects on behalf of their owners: one service account for each controller, or one for all.
const CONTROLLERS: [&str; 8] = [
    "system:serviceaccount:kube-system:deployment-controller",
    "system:serviceaccount:kube-system:replicaset-controller",
    "system:serviceaccount:kube-system:replication-controller",
    "system:serviceaccount:kube-system:statefulset-controller",
    "system:serviceaccount:kube-system:daemon-set-controller",
    "system:serviceaccount:kube-system:job-controller",
    "system:serviceaccount:kube-system:cronjob-controller",
    "system:kube-controller-manager",
];

/// What happens to an object that cannot be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum OnError {
    /// It is denied.
    Deny,
    /// It is accepted, with a warning.
    Warn,
}

/// Among which objects of a cluster is looked for those that can't be got by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum LookUps {
    /// All of the kind.
    Cluster,
    /// Those of the namespace.
    Namespace,
}

/// What an UPDATE is checked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", serde(rename_all = "camelCase"), schemars(inline))]
pub enum OnUpdate {
    /// Everything that is wrong with the new object.
    Always,
    /// What is wrong with the new object and was not with the old one.
    New,
}
