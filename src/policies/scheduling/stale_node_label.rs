use crate::kube::node_labels::{Mention, Place, Reason, mentions, successor};
use crate::policies::prelude::*;
use crate::policy::fix::{Applicability, Fix};

/// ## What it does
/// Reports node labels that are out of date, or misspelt variants of a well-known one, in `nodeSelector`, node affinity, and
/// the `topologyKey` of pod affinity, anti-affinity and topology spread constraints:
///
/// - `beta.kubernetes.io/*`, `failure-domain.beta.kubernetes.io/*`, `node-role.kubernetes.io/master` and
///   `karpenter.sh/provisioner-name`, once the Kubernetes version has their successors;
/// - the right name with the wrong prefix, as in `topology.kubernetes.io/hostname`;
/// - up to two letters wrong, missing or added, or wrong case, as in `topology.kubernetes.io/zones`.
///
/// Labels of your own are not reported.
///
/// ## Why
/// Nodes carry the deprecated labels only for old manifests; newer installers and clouds leave them out, and a cluster upgrade
/// removes them. A misspelt one was never there. Nothing rejects either. `nodeSelector` and required affinity then match no node
/// and the pod stays Pending; a strict spread constraint finds no domain; anti-affinity over a label that no node has keeps
/// nothing apart, and all replicas may be on one node when it fails.
///
/// ## What to write
/// ```yaml
/// topologySpreadConstraints:
///   - maxSkew: 1
///     topologyKey: topology.kubernetes.io/zone
///     whenUnsatisfiable: ScheduleAnyway
///     labelSelector:
///       matchLabels:
///         app: web
/// ```
///
/// ## Limits
/// The fix of a deprecated label is safe if the kubelet or the cloud sets both names to the same value. It is unsafe for
/// `node-role.kubernetes.io/master` and `karpenter.sh/provisioner-name`, whose successors may have another value, and for
/// misspelt labels, whose rule starts to take effect. There is no fix if the current name is there already with a different
/// value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct StaleNodeLabel {}

impl Policy for StaleNodeLabel {
    const METADATA: Metadata = Metadata {
        id: "stale-node-label",
        title: "Node labels use current names",
        why: "if no node has that label, the pod stays Pending or its replicas share a node",
        help: "use the label's current name",
        category: Category::Scheduling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::WELL_KNOWN_LABELS, sources::NODE_AFFINITY],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let minor = cx.kubernetes().minor;
        for mention in mentions(pod.spec())? {
            let Some(successor) = successor(mention.key, minor) else { continue };
            let start = [mention.place.title(), " uses ", mention.key];
            let message = match successor.reason {
                Reason::Renamed { .. } => text![start.concat(), ", which is now ", successor.key],
                Reason::Misspelt => text![start.concat(), ", which is not a node label"],
            };
            let Some(edits) = rename(&mention, successor.key, pod, minor)? else {
                let help = text!["keep only ", successor.key, "; it is already set to a different value"];
                out.report(mention.node, message).help(help);
                continue;
            };
            let applicability = match successor.reason {
                Reason::Renamed { same: true } => Applicability::Safe,
                _ => Applicability::Unsafe,
            };
            let title = text!["write ", successor.key];
            out.report(mention.node, message).fix(Fix { title, applicability, edits });
        }
        Ok(())
    }
}

/// The edits that give a label its new name; `None` if that is there already with a different value.
fn rename(mention: &Mention<'_>, new: &str, pod: &Pod<'_>, minor: u16) -> Result<Option<Vec<Edit>>, CheckError> {
    let spec = pod.spec();
    let remove = || Edit::remove(mention.node);
    let set = |at| Edit::Set { at, value: json!(new) };
    Ok(match mention.place {
        Place::NodeAffinity | Place::PodAffinity => Some(vec![set(mention.node.path())]),
        Place::NodeSelector => {
            let present = spec.get("nodeSelector").entry(new);
            match (present.value(), mention.node.value()) {
                (None, Some(value)) => Some(vec![Edit::set(present, value.clone()), remove()]),
                (present, old) if present == old => Some(vec![remove()]),
                _ => None,
            }
        }
        Place::Spread => {
            // The API server rejects two equally strict constraints over the same label.
            let mut same = 0;
            for constraint in spec.get("topologySpreadConstraints").items()? {
                let key = constraint.get("topologyKey").str()?.unwrap_or_default();
                same += usize::from(key == new || successor(key, minor).is_some_and(|known| known.key == new));
            }
            (same == 1).then(|| vec![set(mention.node.path())])
        }
    })
}
