//! The catalogue of policies, from the core.

use plimsoll::kube::version::KubernetesVersion;
use plimsoll::policies::{POLICIES, PolicyEntry};
use plimsoll::policy::metadata::{Metadata, Profile, Severity};

use crate::config::DEFAULT_PROFILE;
use crate::transfer::{Catalogue, Policy};

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
pub(crate) fn newest() -> String {
    format!("1.{}", KubernetesVersion::NEWEST.minor)
}
