//! What a cluster answered, as it is reported.

use std::collections::BTreeSet;

use kube::Config;
use plimsoll::engine::config::Configuration;
use plimsoll::kube::kinds::Kind;
use plimsoll_kubewarden::{Shipped, checked, look_ups};
use schemars::JsonSchema;
use serde::Serialize;

use super::objects::{self, Objects};
use super::permissions::{self, Permissions};
use crate::args::Doctor;
use crate::cluster::api::Api;
use crate::outcome::Outcome;

/// The API group of Kubewarden's resources.
pub(super) const KUBEWARDEN: &str = "policies.kubewarden.io";

/// The version of this format. It changes when a field goes or changes its meaning, not when one is added.
const VERSION: u32 = 1;

/// The output of `plimsoll doctor --format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Diagnosis {
    /// The version of this format.
    pub(super) version: u32,
    /// The version of Plimsoll.
    pub(super) plimsoll: &'static str,
    /// The cluster, as the kubeconfig names it.
    pub(super) cluster: String,
    /// The profile that the policies are of.
    pub(super) profile: &'static str,
    /// How many policies there are.
    pub(super) policies: usize,
    /// Whether the API server knows Kubewarden's resources.
    pub(super) has_kubewarden: bool,
    /// What PolicyServer may look up.
    pub(super) permissions: Permissions,
    /// The kinds that policies check or look up and the API server doesn't serve.
    pub(super) unserved: Vec<Unserved>,
    /// What the policies report on the objects that are there.
    pub(super) objects: Objects,
}

/// A kind that the API server doesn't serve.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unserved {
    /// Its API version.
    pub(super) api_version: String,
    /// Its name.
    pub(super) kind: &'static str,
    /// The policies that check it or look it up.
    pub(super) policies: Vec<&'static str>,
}

impl Diagnosis {
    pub(super) fn outcome(&self) -> Outcome {
        if self.permissions.unknown.is_some() || !self.objects.unread.is_empty() {
            return Outcome::Failed;
        }
        let is_fine = self.permissions.missing.is_empty()
            && self.permissions.exists != Some(false)
            && self.unserved.is_empty()
            && self.objects.policies.is_empty()
            && self.objects.unchecked.is_empty();
        if is_fine { Outcome::Clean } else { Outcome::Findings }
    }
}

/// Asks the cluster everything. The error says why it can't be talked to.
pub(super) async fn ask(
    args: &Doctor,
    selected: &Configuration,
    title: &str,
    config: Config,
) -> Result<Diagnosis, String> {
    let api = Api::connect(config).await?;
    Ok(Diagnosis {
        version: VERSION,
        plimsoll: env!("CARGO_PKG_VERSION"),
        cluster: title.to_owned(),
        profile: selected.profile.name(),
        policies: selected.policies.len(),
        has_kubewarden: api.has_group(KUBEWARDEN),
        permissions: permissions::ask(&api, &args.service_account, &selected.policies).await?,
        unserved: unserved(&api, selected).await?,
        objects: objects::check(&api, args, &selected.policies).await?,
    })
}

/// The kinds of rules and look-ups that the server doesn't have.
async fn unserved(api: &Api, selected: &Configuration) -> Result<Vec<Unserved>, String> {
    let mut asked: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut unserved = Vec::new();
    for kind in selected.policies.iter().flat_map(|policy| kinds_of(policy.metadata.id)) {
        if asked.insert((kind.group, kind.plural)) && api.serves(kind).await? == Some(false) {
            let ids = selected.policies.iter().map(|policy| policy.metadata.id);
            let policies = ids.filter(|id| kinds_of(id).contains(&kind)).collect();
            unserved.push(Unserved { api_version: kind.api_version(), kind: kind.name, policies });
        }
    }
    Ok(unserved)
}

fn kinds_of(id: &str) -> Vec<&'static Kind> {
    let Some(shipped) = Shipped::named(id) else { return Vec::new() };
    let looked_up = look_ups(shipped.metadata()).into_iter().map(|(kind, _)| kind);
    checked(shipped).0.into_iter().chain(looked_up).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_current() {
        crate::schema::assert_current::<Diagnosis>("doctor-output.schema.json");
    }
}
