use crate::inventory::Absence;
use crate::kube::owner::is_controlled;
use crate::kube::selector::{Labels, Selector};
use crate::policies::prelude::*;

/// ## What it does
/// Reports two workloads of one namespace that each select the other's pods: their selectors match each other's pod templates.
/// Among files the second of them by name is reported, with the first as a related place; at admission whichever arrives.
///
/// Not reported are selectors of which only one matches the other's pods, such as those of a stable version and its canary;
/// workloads that a controller manages, and Jobs, whose selectors are generated. Among files that don't say in which
/// namespace they go, and that aren't declared complete, the finding has severity `info`: they may be examples that nobody
/// applies together. So it has if both have the same name: a Deployment and a DaemonSet are then two ways to run one thing.
///
/// ## Why
/// The controllers themselves know their pods by their owner. Whatever goes by the selector doesn't: an autoscaler averages over
/// the pods of both, a Service sends requests to the worker, a disruption budget counts both, and `kubectl logs deployment/web`
/// shows either. A pod whose owner is deleted without it is adopted by the other workload.
///
/// ## What to write
/// ```yaml
/// selector:
///   matchLabels:
///     app.kubernetes.io/name: shop
///     app.kubernetes.io/component: worker
/// template:
///   metadata:
///     labels:
///       app.kubernetes.io/name: shop
///       app.kubernetes.io/component: worker
/// ```
/// A label that differs between the workloads belongs into the selector, not only into the template.
///
/// ## Limits
/// The selector of a workload is immutable: create it under another name and delete the old one. In a cluster, Deployments,
/// StatefulSets and DaemonSets are looked up.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct OverlappingSelectors {}

impl Policy for OverlappingSelectors {
    const METADATA: Metadata = Metadata {
        id: "overlapping-selectors",
        title: "Workloads select only their own pods",
        why: "autoscalers, Services and budgets take one workload's pods for the other's",
        help: "add a label that differs between them to the selector and to the pod template",
        category: Category::Workload,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: SELECTING,
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::DEPLOYMENT_SELECTOR, sources::LABEL_SELECTORS, sources::AMBIGUOUS_SELECTOR],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let place = cx.spec().get("selector");
        let selector = read(place, cx.kind())?.filter(|selector| !selector.is_empty());
        let Some(pod) = cx.pod()? else { return Ok(()) };
        let Some(selector) = selector.filter(|_| !is_controlled(cx.object())) else { return Ok(()) };
        let labels = Labels::of(pod.metadata());
        // One that doesn't match its own pods is rejected, and reported by `mismatched-selector`.
        if !selector.matches(labels) {
            return Ok(());
        }
        let mut not_given = None;
        for &kind in SELECTING {
            let filter = Filter::SelectedBy(&selector);
            let answer = if LOOKED_UP.contains(&kind) { cx.list(kind, filter) } else { cx.list_optional(kind, filter) };
            let found = match answer {
                Err(error @ InventoryError::NotGiven { .. }) => {
                    not_given = not_given.or(Some(error));
                    continue;
                }
                answer => answer?,
            };
            for other in found {
                if !cx.is_target(&other) && is_own_turn(cx, &other) && selects(cx, &other, &selector, labels)? {
                    let root = cx.node(&other);
                    let title = text![kind.name, " \"", other.name(), "\""];
                    let message = text!["the selector and that of ", title, " match each other's pods"];
                    let related = Related::to(kind, root.get("spec").get("selector"), root, "selects these pods, too");
                    out.report(place, message).severity(severity(cx, &other)).related(related);
                    return Ok(());
                }
            }
        }
        // Among files it is enough to know those that are given.
        match not_given.filter(|_| !cx.is_batch()) {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

static LOOKED_UP: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET];

/// The workloads with selectors.
static SELECTING: &[&Kind] = &[
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::DAEMON_SET,
    &kinds::REPLICA_SET,
    &kinds::REPLICATION_CONTROLLER,
    &kinds::ROLLOUT,
    &kinds::CLONE_SET,
    &kinds::DEPLOYMENT_CONFIG,
];

/// A workload's selector, in the form of its kind.
fn read<'a>(node: Node<'a>, kind: &'static Kind) -> Result<Option<Selector<'a>>, Malformed> {
    let is_plain = [&kinds::REPLICATION_CONTROLLER, &kinds::DEPLOYMENT_CONFIG].contains(&kind);
    if is_plain { Selector::read_plain(node) } else { Selector::read(node) }
}

/// True when the checked object is the one to report: among files one of the two is enough.
fn is_own_turn(cx: &Context<'_>, other: &Found) -> bool {
    let own = (cx.target.name, cx.kind().plural);
    !cx.is_batch() || (other.name(), other.kind.plural) < own
}

/// True when the workload and the checked one select each other's pods.
fn selects(
    cx: &Context<'_>,
    other: &Found,
    selector: &Selector<'_>,
    labels: Labels<'_>,
) -> Result<bool, InventoryError> {
    let root = cx.node(other);
    let pods = Labels::of(root.dig(other.kind.template.unwrap_or_default()).get("metadata"));
    if !selector.matches(pods) || is_controlled(root) {
        return Ok(false);
    }
    let others = read(root.get("spec").get("selector"), other.kind);
    let others = others.map_err(|malformed| other.unreadable(&malformed))?;
    Ok(others.is_some_and(|others| !others.is_empty() && others.matches(labels) && others.matches(pods)))
}

/// Among files, two of one name but different kinds are two ways to run it, of which somebody applies one.
fn severity(cx: &Context<'_>, other: &Found) -> Severity {
    let is_complete = cx.absence(cx.kind()) == Absence::Certain;
    let are_ways = cx.target.name == other.name();
    let together = is_complete || cx.stated_namespace().is_some() && !are_ways;
    if together { Severity::High } else { Severity::Info }
}
