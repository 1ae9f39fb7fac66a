//! The catalogue of policies and settings, from the core.

use plimsoll::engine::catalogue;
use plimsoll::kube::version::KubernetesVersion;
use plimsoll::policies::PolicyEntry;
use plimsoll::policies::{self, POLICIES};
use plimsoll::policy::common::CommonSettings;
use plimsoll::policy::metadata::{Metadata, Profile, Severity};
use serde_json::Value;

use crate::config::DEFAULT_PROFILE;
use crate::transfer::{Catalogue, Description, Policy, Setting, Source};

pub(crate) fn catalogue() -> Catalogue {
    Catalogue {
        version: env!("CARGO_PKG_VERSION"),
        profiles: Profile::SETS.map(Profile::name).to_vec(),
        default_profile: DEFAULT_PROFILE.name(),
        severities: Severity::ALL.map(Severity::name).to_vec(),
        kubernetes_version: newest(),
        policies: POLICIES.iter().map(policy).collect(),
        renamed: POLICIES.iter().flat_map(|entry| renamed(entry.metadata)).collect(),
    }
}

/// The ids that a policy had, each with the one that it has.
fn renamed(metadata: &'static Metadata) -> impl Iterator<Item = (&'static str, &'static str)> {
    metadata.renamed_from.iter().map(|from| (*from, metadata.id))
}

pub(crate) fn describe(id: &str) -> Option<Description> {
    let entry = policies::find(id)?;
    let metadata = entry.metadata;
    Some(Description {
        id: metadata.id,
        documentation: catalogue::documentation(entry),
        targets: metadata.target_names(),
        needs: metadata.needs.iter().map(|kind| kind.name).collect(),
        sources: metadata.sources.iter().map(|source| Source { title: source.title, url: source.url }).collect(),
        settings: catalogue::own(entry).into_iter().map(setting).collect(),
        // Settings of all policies are not repeated for each.
        common_settings: catalogue::common()
            .into_iter()
            .filter(|setting| !CommonSettings::ONCE.contains(&setting.name.as_str()))
            .map(setting)
            .collect(),
    })
}

fn setting(setting: catalogue::Setting) -> Setting {
    Setting {
        documentation: setting.documentation(),
        default: setting.default().cloned().unwrap_or_default(),
        schema: setting.value_schema().clone(),
        name: setting.name,
    }
}

fn policy(entry: &PolicyEntry) -> Policy {
    let metadata = entry.metadata;
    Policy {
        id: metadata.id,
        title: metadata.title,
        why: metadata.why,
        help: metadata.help,
        category: metadata.category.name(),
        severity: metadata.severity.name(),
        profile: metadata.profile.name(),
        fix: metadata.fix.name(),
    }
}

/// The default of the setting `kubernetesVersion`.
fn newest() -> String {
    let common = serde_json::to_value(CommonSettings {
        kubernetes_version: KubernetesVersion::NEWEST,
        ..CommonSettings::default()
    });
    let version = common.ok().and_then(|common| Some(common.get("kubernetesVersion")?.as_str()?.to_owned()));
    version.unwrap_or_else(|| Value::Null.to_string())
}
