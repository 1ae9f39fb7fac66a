use crate::kube::budget::Budget;
use crate::kube::owner::is_controlled;
use crate::kube::selector::{Labels, Selector};
use crate::lookup::budget::budgets_for;
use crate::lookup::workload;
use crate::policies::prelude::*;

/// ## What it does
/// Reports pods selected by more than one PodDisruptionBudget in their namespace: two budgets that both select the pods of
/// a workload, or a budget whose selector is a subset of another's, such as two budgets with the same selector.
///
/// At admission the finding is reported on whichever object is applied last: the budget or the workload. Among files it is
/// reported once for each pair of budgets, on the one with the narrower selector or the later name.
///
/// ## Why
/// The eviction API refuses to evict such pods, whatever the budgets say: "This pod has more than one PodDisruptionBudget,
/// which the eviction subresource does not support". Node drains, the cluster autoscaler and the descheduler block
/// indefinitely. Typical causes are a second budget next to the one that a chart ships, and a budget that selects a whole
/// namespace.
///
/// ## What to write
/// One budget for each set of pods:
/// ```yaml
/// apiVersion: policy/v1
/// kind: PodDisruptionBudget
/// metadata:
///   name: web
/// spec:
///   maxUnavailable: 1
///   selector:
///     matchLabels:
///       app: web
///       component: frontend
/// ```
///
/// ## Limits
/// In a cluster budgets are compared with Deployments, StatefulSets and other budgets; among files with every kind that
/// creates pods. Labels that controllers add to pods at run time are unknown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct OverlappingDisruptionBudgets {}

/// A longer list of related places helps nobody.
const RELATED: usize = 10;

/// Kinds that create pods, besides those with `replicas`.
static OTHERS: &[&Kind] = &[&kinds::DAEMON_SET, &kinds::JOB, &kinds::CRON_JOB, &kinds::POD];

impl Policy for OverlappingDisruptionBudgets {
    const METADATA: Metadata = Metadata {
        id: "overlapping-disruption-budgets",
        title: "Each pod has at most one PodDisruptionBudget",
        why: "pods with more than one PodDisruptionBudget can't be evicted at all",
        help: "merge the PodDisruptionBudgets, or narrow their selectors",
        category: Category::Disruption,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[
            &kinds::POD_DISRUPTION_BUDGET,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::ROLLOUT,
        ],
        needs: &[&kinds::POD_DISRUPTION_BUDGET, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::EVICTION, sources::DISRUPTION_BUDGETS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if *cx.kind() == kinds::POD_DISRUPTION_BUDGET {
            return check_budget(cx, out);
        }
        if cx.is_batch() {
            // Among files a budget is reported. Without any budget the policy couldn't check anything, which is an error.
            cx.list(&kinds::POD_DISRUPTION_BUDGET, Filter::Named(""))?;
            return Ok(());
        }
        check_workload(cx, out)
    }
}

/// Another budget that selects pods of the checked one.
struct Rival {
    found: Found,
    /// Whether it selects everything that the checked one does.
    covers: bool,
    /// Whether the checked one selects everything that it does.
    covered: bool,
    /// The workloads that both select.
    shared: Vec<Found>,
}

fn check_budget(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let budget = Budget::read(cx.object())?;
    let Some(selector) = &budget.selector else { return Ok(()) };
    // In a cluster, listing workloads is dear.
    if !cx.is_batch() && !may_overlap(cx, selector)? {
        return Ok(());
    }
    let place = cx.spec().get("selector");
    let mut rivals: Vec<Rival> = Vec::new();

    let demanded = Labels::demanded_by(place);
    for found in cx.list(&kinds::POD_DISRUPTION_BUDGET, Filter::Selecting(demanded))? {
        add_rival(cx, &mut rivals, selector, found, None)?;
    }
    rivals.retain(|rival| rival.covers);
    let makers = makers(cx, selector);
    for maker in makers.as_deref().unwrap_or_default() {
        for found in budgets_for(cx, pod_labels(cx, maker))? {
            add_rival(cx, &mut rivals, selector, found, Some(maker))?;
        }
    }

    for rival in &rivals {
        // Among files one of the two is reported: the one with the narrower selector, or else the later by name. If no
        // given workload is under both, the overlap is only known when checking the narrower one.
        let only_here = rival.shared.is_empty() && !rival.covered;
        if cx.is_batch() && !only_here && !is_reported(cx, rival)? {
            continue;
        }
        report(cx, place, rival, out);
    }
    makers?;
    Ok(())
}

/// True when another budget could select pods that the checked one selects.
fn may_overlap(cx: &Context<'_>, selector: &Selector<'_>) -> Result<bool, CheckError> {
    for found in cx.list(&kinds::POD_DISRUPTION_BUDGET, Filter::All)? {
        if cx.is_target(&found) {
            continue;
        }
        let other = Budget::read(cx.node(&found)).map_err(|malformed| found.unreadable(&malformed))?;
        if other.selector.is_some_and(|other| !other.contradicts(selector)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the checked budget is the one to report, of two that both know of each other.
fn is_reported(cx: &Context<'_>, rival: &Rival) -> Result<bool, CheckError> {
    Ok(if rival.covers == rival.covered { cx.name()? >= rival.found.name() } else { rival.covers })
}

fn add_rival(
    cx: &Context<'_>,
    rivals: &mut Vec<Rival>,
    selector: &Selector<'_>,
    found: Found,
    maker: Option<&Found>,
) -> Result<(), CheckError> {
    if cx.is_target(&found) {
        return Ok(());
    }
    if let Some(known) = rivals.iter_mut().find(|known| known.found.name() == found.name()) {
        known.shared.extend(maker.cloned());
        return Ok(());
    }
    let other = Budget::read(cx.node(&found)).map_err(|malformed| found.unreadable(&malformed))?;
    let Some(other) = other.selector else { return Ok(()) };
    let (covers, covered) = (other.covers(selector), selector.covers(&other));
    rivals.push(Rival { found: found.clone(), covers, covered, shared: maker.cloned().into_iter().collect() });
    Ok(())
}

fn report(cx: &Context<'_>, place: Node<'_>, rival: &Rival, out: &mut Findings) {
    let name = rival.found.name();
    let what = match rival.shared.as_slice() {
        [] => "every pod that this one selects".to_owned(),
        [maker] => text!["the pods of ", title(maker)],
        makers => text!["the pods of ", makers.len().to_string(), " workloads"],
    };
    let message = text!["PodDisruptionBudget \"", name, "\" also selects ", what];
    let help = text!["merge this budget with \"", name, "\", or narrow one of the selectors"];
    let object = cx.node(&rival.found);
    let other = Related::to(rival.found.kind, object.get("spec").get("selector"), object, "the other budget");
    let mut finding = out.report(place, message).help(help).related(other);
    for maker in rival.shared.iter().take(RELATED) {
        let object = cx.node(maker);
        finding = finding.related(Related::to(maker.kind, labels_node(object, maker.kind), object, "selected by both"));
    }
}

fn check_workload(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    if is_controlled(cx.object()) || cx.pod()?.is_none() {
        return Ok(());
    }
    let place = labels_node(cx.object(), cx.kind());
    let budgets = budgets_for(cx, Labels::of(metadata(cx.object(), cx.kind())))?;
    if budgets.len() < 2 {
        return Ok(());
    }
    let names: Vec<String> = budgets.iter().map(|found| text!["\"", found.name(), "\""]).collect();
    let message = text![budgets.len().to_string(), " PodDisruptionBudgets select these pods: ", names.join(", ")];
    let mut finding = out.report(place, message);
    for found in budgets.iter().take(RELATED) {
        let object = cx.node(found);
        finding =
            finding.related(Related::to(found.kind, object.get("spec").get("selector"), object, "selects these pods"));
    }
    Ok(())
}

/// The objects that create pods which `selector` selects.
fn makers(cx: &Context<'_>, selector: &Selector<'_>) -> Result<Vec<Found>, InventoryError> {
    let mut makers = Vec::new();
    for &kind in OTHERS {
        let found = cx.list_optional(kind, Filter::SelectedBy(selector))?;
        makers.extend(
            found.into_iter().filter(|found| !is_controlled(cx.node(found)) && selector.matches(pod_labels(cx, found))),
        );
    }
    match workload::selected_by(cx, selector) {
        // The selected objects that are known are enough.
        Err(InventoryError::NotGiven { .. }) if !makers.is_empty() => {}
        answer => makers.extend(answer?),
    }
    Ok(makers)
}

fn metadata<'a>(object: Node<'a>, kind: &Kind) -> Node<'a> {
    object.dig(kind.template.unwrap_or_default()).get("metadata")
}

fn labels_node<'a>(object: Node<'a>, kind: &Kind) -> Node<'a> {
    metadata(object, kind).get("labels")
}

fn pod_labels<'f>(cx: &Context<'f>, found: &'f Found) -> Labels<'f> {
    Labels::of(metadata(cx.node(found), found.kind))
}

fn title(found: &Found) -> String {
    text![found.kind.name, " \"", found.name(), "\""]
}
