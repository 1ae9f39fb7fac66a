use crate::kube::budget::Budget;
use crate::kube::owner::is_controlled;
use crate::kube::selector::{Labels, Selector};
use crate::lookup::budget::budgets_for;
use crate::lookup::workload;
use crate::policies::prelude::*;

/// ## What it does
/// Reports pods that more than one PodDisruptionBudget of their namespace selects: a budget that selects the pods of a
/// workload which another one selects too, or that selects nothing but what another one selects as well, such as two
/// budgets with the same selector.
///
/// In a cluster whichever object comes last is told: the budget or the workload. Among files, which are all checked
/// together, one of each two budgets is reported, the one that asks for more labels or has the later name, and names the
/// other.
///
/// ## Why
/// The eviction API refuses such pods outright, whatever the budgets say: "This pod has more than one PodDisruptionBudget,
/// which the eviction subresource does not support". Node drains, the cluster autoscaler and the descheduler wait for them
/// for ever. It happens when a chart brings a budget and somebody adds another, or when one selects a whole namespace.
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
/// In a cluster a budget is held against Deployments, StatefulSets and other budgets; among files against everything that
/// makes pods. Labels that a controller adds to pods later can't be seen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct OverlappingDisruptionBudgets {}

/// More related places than these help nobody.
const RELATED: usize = 10;

/// What makes pods besides the workloads that keep a number of them.
static OTHERS: &[&Kind] = &[&kinds::DAEMON_SET, &kinds::JOB, &kinds::CRON_JOB, &kinds::POD];

impl Policy for OverlappingDisruptionBudgets {
    const METADATA: Metadata = Metadata {
        id: "overlapping-disruption-budgets",
        title: "No pod has two disruption budgets",
        why: "pods with more than one budget can't be evicted at all",
        help: "merge the budgets, or narrow their selectors",
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
            // A budget is told. That there is none to be told is worth knowing, though.
            cx.list(&kinds::POD_DISRUPTION_BUDGET, Filter::Named(""))?;
            return Ok(());
        }
        check_workload(cx, out)
    }
}

/// Another budget for pods of the checked one.
struct Rival {
    found: Found,
    /// Whether it selects everything that the checked one does, and the other way round.
    covers: bool,
    covered: bool,
    /// The workloads that both select.
    shared: Vec<Found>,
}

fn check_budget(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let budget = Budget::read(cx.object())?;
    let Some(selector) = &budget.selector else { return Ok(()) };
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
        // Among files one of the two is told: the one that asks for more, else the later by name. The other one doesn't
        // see it when no workload shows it and it asks for less.
        let only_here = rival.shared.is_empty() && !rival.covered;
        if cx.is_batch() && !only_here && !is_reported(cx, rival)? {
            continue;
        }
        report(cx, place, rival, out);
    }
    makers?;
    Ok(())
}

/// Whether the checked budget is the one to be told, of two that both know of each other.
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
        let object = cx.node(&maker);
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
        let object = cx.node(&found);
        finding =
            finding.related(Related::to(found.kind, object.get("spec").get("selector"), object, "selects these pods"));
    }
    Ok(())
}

/// What makes pods that `selector` selects.
fn makers(cx: &Context<'_>, selector: &Selector<'_>) -> Result<Vec<Found>, InventoryError> {
    let mut makers = Vec::new();
    for &kind in OTHERS {
        let found = cx.list_optional(kind, Filter::SelectedBy(selector))?;
        makers.extend(
            found
                .into_iter()
                .filter(|found| !is_controlled(cx.node(&found)) && selector.matches(pod_labels(cx, found))),
        );
    }
    match workload::selected_by(cx, selector) {
        // What is selected speaks for itself.
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
    Labels::of(metadata(cx.node(&found), found.kind))
}

fn title(found: &Found) -> String {
    text![found.kind.name, " \"", found.name(), "\""]
}
