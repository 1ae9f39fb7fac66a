use crate::kube::node_labels::{Mention, Place, Reason, mentions, successor};
use crate::policies::prelude::*;
use crate::policy::fix::{Applicability, Fix};

/// ## What it does
/// Reports names of node labels that are out of date, and those that are nearly a well-known one, in `nodeSelector`, node
/// affinity, and the `topologyKey` of pod affinity, anti-affinity and topology spread constraints:
///
/// - `beta.kubernetes.io/*`, `failure-domain.beta.kubernetes.io/*`, `node-role.kubernetes.io/master` and
///   `karpenter.sh/provisioner-name`, from the version of Kubernetes on that has their successors;
/// - the right name with the wrong prefix, as in `topology.kubernetes.io/hostname`;
/// - up to two letters wrong, missing or too many, and upper case for lower, as in `topology.kubernetes.io/zones`.
///
/// Labels of your own are left alone.
///
/// ## Why
/// Nodes carry the deprecated labels for old manifests' sake only; newer installers and clouds leave them out, and a
/// cluster upgrade takes them away. A misspelt one was never there. Nothing refuses either. `nodeSelector` and required
/// affinity then match no node and the pod stays Pending; a strict spread constraint finds no domain; anti-affinity over a
/// label that no node has keeps nobody apart, and all replicas may be on one node when it fails.
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
/// The fix of a deprecated label is safe where the kubelet or the cloud gives nodes both names with the same value. It is
/// unsafe for `node-role.kubernetes.io/master` and `karpenter.sh/provisioner-name`, whose successors may have another
/// value, and for misspelt labels, whose rule begins to work. There is none where the present name stands there already
/// and says something else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct StaleNodeLabel {}

impl Policy for StaleNodeLabel {
    const METADATA: Metadata = Metadata {
        id: "stale-node-label",
        title: "Labels of nodes have their present names",
        why: "where no node has that label the pod stays Pending, or its replicas share a node",
        help: "write the label's present name",
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
            let start = [mention.place.title(), " names ", mention.key];
            let message = match successor.reason {
                Reason::Renamed { .. } => text![start.concat(), ", which is now ", successor.key],
                Reason::Misspelt => text![start.concat(), ", which is no label of nodes"],
            };
            let Some(edits) = rename(&mention, successor.key, pod, minor)? else {
                out.report(mention.node, message).help(text![
                    "write ",
                    successor.key,
                    " alone, which stands here already and says something else"
                ]);
                continue;
            };
            let applicability = match successor.reason {
                Reason::Renamed { same: true } => Applicability::Safe,
                _ => Applicability::Unsafe,
            };
            let title = text!["write ", successor.key];
            out.report(mention.node, message).help(title.clone()).fix(Fix { title, applicability, edits });
        }
        Ok(())
    }
}

/// The edits that give a label its new name; `None` where it stands there already and says something else.
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
            // The API refuses two equally strict constraints over the same label.
            let mut same = 0;
            for constraint in spec.get("topologySpreadConstraints").items()? {
                let key = constraint.get("topologyKey").str()?.unwrap_or_default();
                same += usize::from(key == new || successor(key, minor).is_some_and(|known| known.key == new));
            }
            (same == 1).then(|| vec![set(mention.node.path())])
        }
    })
}
