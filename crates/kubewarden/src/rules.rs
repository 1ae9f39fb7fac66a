//! Which requests a policy checks, and which kinds it may look up.

use plimsoll::kube::kinds::{self, Kind, ONLY_IN_FILES};
use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::Metadata;
use serde::{Deserialize, Serialize};

use crate::shipped::Shipped;

/// Where modules are published.
const REGISTRY: &str = "ghcr.io/plimsoll-dev/policies";

/// The requests that a policy checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// The API groups.
    pub api_groups: Vec<String>,
    /// Their versions.
    pub api_versions: Vec<String>,
    /// The resources, by their plural names.
    pub resources: Vec<String>,
    /// The operations on them.
    pub operations: Vec<String>,
}

/// A kind that a policy may look up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContextAwareResource {
    /// Its API version.
    pub api_version: String,
    /// Its name.
    pub kind: String,
}

/// The reference of a policy's module, without its version.
pub fn image(id: &str) -> String {
    format!("{REGISTRY}/{id}")
}

/// The reference of this version of a policy's module.
pub fn module(id: &str) -> String {
    module_in(REGISTRY, id)
}

/// The same in another registry.
pub(crate) fn module_in(registry: &str, id: &str) -> String {
    format!("registry://{registry}/{id}:v{}", env!("CARGO_PKG_VERSION"))
}

/// The kinds that a policy looks up in a cluster. Custom resources are left out, because not every cluster has them.
pub fn looked_up(metadata: &Metadata) -> impl Iterator<Item = &'static Kind> {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == metadata.id);
    let needs = entry.map_or(metadata.needs, |entry| entry.admission_needs);
    needs.iter().copied().filter(|kind| kind.is_builtin())
}

/// A way to look objects up in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostCall {
    /// One object, by its name.
    Get,
    /// All objects of a kind, in the cluster or in a namespace.
    List,
}

impl HostCall {
    /// Kubewarden's names for it.
    pub fn capabilities(self) -> &'static [&'static str] {
        match self {
            HostCall::Get => &["kubernetes/get_resource"],
            HostCall::List => &["kubernetes/list_resources_all", "kubernetes/list_resources_by_namespace"],
        }
    }

    /// The feature of the guest that makes the call.
    pub fn feature(self) -> &'static str {
        match self {
            HostCall::Get => "get-resource",
            HostCall::List => "inventory",
        }
    }

    /// The verbs that PolicyServer needs. It watches what it lists.
    pub fn verbs(self) -> &'static [&'static str] {
        match self {
            HostCall::Get => &["get"],
            HostCall::List => &["list", "watch"],
        }
    }
}

/// The kinds that a policy looks up in a cluster and how; for the suite, how any of its policies does.
pub fn look_ups(metadata: &Metadata) -> Vec<(&'static Kind, HostCall)> {
    let own = |metadata: &Metadata| -> Vec<_> {
        let is_named = |kind: &'static Kind| kinds::NAMED.contains(&kind) || metadata.by_name.contains(&kind);
        let call = |kind| if is_named(kind) { HostCall::Get } else { HostCall::List };
        looked_up(metadata).map(|kind| (kind, call(kind))).collect()
    };
    if POLICIES.iter().any(|entry| entry.metadata.id == metadata.id) {
        return own(metadata);
    }
    let mut all = Vec::new();
    for look_up in POLICIES.iter().flat_map(|entry| own(entry.metadata)) {
        if !all.contains(&look_up) {
            all.push(look_up);
        }
    }
    all
}

/// The host calls that a policy makes, each once.
pub fn host_calls(metadata: &Metadata) -> Vec<HostCall> {
    let look_ups = look_ups(metadata);
    let makes = |call: &HostCall| look_ups.iter().any(|(_, made)| made == call);
    [HostCall::Get, HostCall::List].into_iter().filter(makes).collect()
}

/// The kinds that a policy checks in a cluster, and those that a cluster may not have: the audit scanner gives up on a
/// policy with a rule for an unknown resource, so adding those rules is the operator's choice.
pub fn checked(shipped: Shipped) -> (Vec<&'static Kind>, Vec<&'static Kind>) {
    let (builtin, custom): (Vec<_>, Vec<_>) = shipped
        .admission_targets()
        .iter()
        .copied()
        .filter(|kind| !ONLY_IN_FILES.contains(kind))
        .partition(|kind| kind.is_builtin());
    if builtin.is_empty() { (custom, builtin) } else { (builtin, custom) }
}

/// One rule for each API group, because the audit scanner combines every group with every resource of a rule.
pub fn rules(shipped: Shipped) -> Vec<Rule> {
    let (kinds, _) = checked(shipped);
    let mut rules = rules_for(&kinds);
    if shipped.metadata().ephemeral && kinds.contains(&&kinds::POD) {
        rules.push(Rule {
            api_groups: vec![String::new()],
            api_versions: vec!["v1".to_owned()],
            resources: vec!["pods/ephemeralcontainers".to_owned()],
            operations: vec!["UPDATE".to_owned()],
        });
    }
    rules
}

/// The rules for these kinds. Kubernetes converts objects of other versions to the version that a rule names.
pub fn rules_for(kinds: &[&'static Kind]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for kind in kinds {
        let group = kind.group.to_owned();
        let version = kind.versions.first().copied().unwrap_or_default().to_owned();
        let resource = kind.plural.to_owned();
        match rules
            .iter_mut()
            .find(|rule| rule.api_groups == [group.as_str()] && rule.api_versions == [version.as_str()])
        {
            Some(rule) => rule.resources.push(resource),
            None => rules.push(Rule {
                api_groups: vec![group],
                api_versions: vec![version],
                resources: vec![resource],
                operations: ["CREATE", "UPDATE"].map(str::to_owned).to_vec(),
            }),
        }
    }
    rules
}

/// The kinds that a policy needs permission to look up, in a fixed order.
pub fn context_aware(metadata: &Metadata) -> Vec<ContextAwareResource> {
    let mut resources: Vec<ContextAwareResource> = looked_up(metadata)
        .map(|kind| ContextAwareResource { api_version: kind.api_version(), kind: kind.name.to_owned() })
        .collect();
    resources.sort_by(|a, b| (&a.api_version, &a.kind).cmp(&(&b.api_version, &b.kind)));
    resources
}
