use crate::kube::owner::is_controlled;
use crate::kube::volume::volumes;
use crate::lookup::reference::{Target, target};
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::table::Table;

/// ## What it does
/// Reports pods, and workloads that create pods, with a volume of a PersistentVolumeClaim that doesn't exist in their namespace.
/// Claims that a StatefulSet makes from its `volumeClaimTemplates` exist, such as `data-db-0`; so do volumes that a claim
/// template of the same name replaces. Objects that a controller created are skipped: their owner is reported.
///
/// Among files that aren't declared complete, a missing claim is reported with severity `low`, and only if its namespace has
/// other claims in the same directory. Nothing is reported if a custom resource in the namespace may create it.
///
/// ## Why
/// The pod is accepted and stays `Pending`: the scheduler waits for the claim. A rollout hangs at its first new pod, and nothing
/// in the workload's status says why.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: PersistentVolumeClaim
/// metadata:
///   name: uploads
///   namespace: shop
/// spec:
///   accessModes: [ReadWriteMany]
///   resources:
///     requests:
///       storage: 10Gi
/// ```
///
/// ## Limits
/// The claim may be created after the workload: unless `onViolation` is set, a finding only warns on CREATE.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingClaim {
    /// Names of claims that something else creates, such as an operator. `*` and `?` are wildcards.
    pub external: Vec<Glob>,
}

impl Policy for DanglingClaim {
    const METADATA: Metadata = Metadata {
        id: "dangling-claim",
        title: "Claims of pods exist",
        why: "the pod is accepted and stays pending",
        help: "create the PersistentVolumeClaim, or correct its name",
        category: Category::Storage,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        needs: &[&kinds::PERSISTENT_VOLUME_CLAIM],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::CLAIMS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) {
            return Ok(());
        }
        let mut replaced = Table::default();
        for template in cx.spec().get("volumeClaimTemplates").items()? {
            replaced.insert(template.get("metadata").get("name").str()?.unwrap_or_default(), ());
        }
        let mut unknown = None;
        for volume in volumes(pod)?.into_iter().filter(|volume| !replaced.contains(volume.name)) {
            let place = volume.source("persistentVolumeClaim")?.get("claimName");
            let Some(name) = place.str()?.filter(|name| !name.is_empty()) else { continue };
            if self.external.iter().any(|known| known.matches(name)) || is_of_stateful_set(cx, name)? {
                continue;
            }
            match target(cx, &kinds::PERSISTENT_VOLUME_CLAIM, name) {
                Ok(Target::Missing(missing)) => {
                    let message = text!["PersistentVolumeClaim \"", name, "\" ", missing.verdict()];
                    out.report(place, message).severity(missing.severity(Self::METADATA.severity));
                }
                Err(error @ InventoryError::NotGiven { .. }) => unknown = unknown.or(Some(error)),
                answer => {
                    answer?;
                }
            }
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// True when a given StatefulSet makes the claim: `TEMPLATE-NAME-ORDINAL`. In a cluster it is there already.
fn is_of_stateful_set(cx: &Context<'_>, claim: &str) -> Result<bool, InventoryError> {
    let Some((start, ordinal)) = claim.rsplit_once('-') else { return Ok(false) };
    if ordinal.is_empty() || !ordinal.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(false);
    }
    for (at, _) in start.match_indices('-') {
        let (Some(template), Some(name)) = (start.get(..at), start.get(at + 1..)) else { continue };
        for found in cx.list_optional(&kinds::STATEFUL_SET, Filter::Named(name))? {
            let templates = cx.node(&found).get("spec").get("volumeClaimTemplates").items();
            let is_it = |node: Node<'_>| node.get("metadata").get("name").str() == Ok(Some(template));
            if found.name() == name && templates.map_err(|malformed| found.unreadable(&malformed))?.any(is_it) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
