//! What PolicyServer may look up.

use plimsoll::kube::kinds::Kind;
use plimsoll::policy::configured::Configured;
use plimsoll_kubewarden::{HostCall, look_ups, rbac};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::args::ServiceAccount;
use crate::cluster::api::Api;

use super::diagnosis::KUBEWARDEN;

/// What PolicyServer may look up.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Permissions {
    /// The service account that was asked about.
    pub(super) service_account: String,
    /// Whether there is such a service account; absent when the API server doesn't tell, and without Kubewarden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exists: Option<bool>,
    /// How many permissions the policies need.
    pub(super) needed: usize,
    /// Those that it doesn't have.
    pub(super) missing: Vec<MissingPermission>,
    /// Why the API server didn't tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unknown: Option<String>,
}

/// A look-up that PolicyServer may not make.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MissingPermission {
    /// The resource, such as `poddisruptionbudgets.policy`.
    pub(super) resource: String,
    /// What it may not do with it.
    pub(super) verbs: Vec<&'static str>,
    /// The policies that need it.
    pub(super) policies: Vec<&'static str>,
}

/// Asks for each look-up of the policies. The error says why the cluster can't be talked to.
pub(super) async fn ask(api: &Api, account: &ServiceAccount, policies: &[Configured]) -> Result<Permissions, String> {
    let mut needed: Vec<(&'static Kind, HostCall, Vec<&'static str>)> = Vec::new();
    for policy in policies {
        for (kind, call) in look_ups(policy.metadata) {
            match needed.iter_mut().find(|(known, made, _)| *known == kind && *made == call) {
                Some((_, _, policies)) => policies.push(policy.metadata.id),
                None => needed.push((kind, call, vec![policy.metadata.id])),
            }
        }
    }
    let mut permissions = Permissions {
        service_account: format!("{}/{}", account.namespace, account.name),
        exists: match api.has_group(KUBEWARDEN) {
            true => api.has_account((&account.namespace, &account.name)).await?,
            false => None,
        },
        needed: needed.iter().map(|(_, call, _)| call.verbs().len()).sum(),
        missing: Vec::new(),
        unknown: None,
    };
    for (kind, call, policies) in needed {
        let mut verbs = Vec::new();
        for verb in call.verbs() {
            match api.allows((&account.namespace, &account.name), verb, kind).await? {
                Ok(true) => {}
                Ok(false) => verbs.push(*verb),
                Err(reason) => {
                    permissions.unknown = Some(reason);
                    return Ok(permissions);
                }
            }
        }
        if verbs.is_empty() {
            continue;
        }
        let dot = if kind.group.is_empty() { "" } else { "." };
        let resource = format!("{}{dot}{}", kind.plural, kind.group);
        match permissions.missing.iter_mut().find(|known| known.resource == resource) {
            Some(known) => {
                known.verbs.extend(verbs);
                known.policies.extend(policies);
            }
            None => permissions.missing.push(MissingPermission { resource, verbs, policies }),
        }
    }
    Ok(permissions)
}

/// A role for each policy that looks something up, and its binding: those of its `rbac.yaml`, for this service account. Roles
/// of their own take nothing away from policies that were chosen another time.
pub(super) fn manifests(account: &ServiceAccount, policies: &[Configured]) -> anyhow::Result<String> {
    let mut documents = Vec::new();
    for policy in policies {
        let name = format!("plimsoll-{}", policy.metadata.id);
        let Some([role, mut binding]) = rbac(&name, look_ups(policy.metadata)) else { continue };
        if let Some(subject) = binding.pointer_mut("/subjects/0") {
            *subject = json!({"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace});
        }
        documents.extend([yaml_serde::to_string(&role)?, yaml_serde::to_string(&binding)?]);
    }
    Ok(documents.join("---\n"))
}
