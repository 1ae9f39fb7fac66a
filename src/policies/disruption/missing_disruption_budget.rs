use std::num::NonZeroU16;

use crate::kube::budget::{Budget, Demand};
use crate::kube::flagger;
use crate::kube::owner::is_controlled;
use crate::kube::selector::{Labels, Selector};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{expected_pods, the_pods};
use crate::lookup::budget::{Member, budgets_for};
use crate::lookup::reference::any_canary;
use crate::lookup::service::without_pods;
use crate::policies::disruption::budget_rules::{BUDGET_SUFFIX, suggested};
use crate::policies::prelude::*;

/// ## What it does
/// Reports workloads with two or more pods that no PodDisruptionBudget in their namespace selects. The number of pods is
/// the autoscaler's `minReplicas` if there is an autoscaler, else `replicas`. Workloads owned by a controller, such as an
/// operator that brings its own budget, are skipped, and so are the targets of Flagger's Canaries, whose pods run in a
/// Deployment that Flagger creates.
///
/// If a budget among the files has the workload's name, or that and `-pdb`, and selects nothing, the budget is reported instead,
/// by `dangling-disruption-budget`.
///
/// In a directory without any PodDisruptionBudget the finding has low severity: they may be kept elsewhere. With single
/// files and without any PodDisruptionBudget the policy is skipped, unless `--complete` says that there is none.
///
/// ## Why
/// Node upgrades, the cluster autoscaler and spot reclamation drain nodes by evicting pods. Without a budget, nothing stops
/// them from evicting every replica of a service at once, and replicas are there to prevent exactly that.
///
/// ## What to write
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
/// ```
///
/// ## Limits
/// The budget is usually applied after the workload: unless `onViolation` is set, a missing one only warns on CREATE. The
/// suggested budget allows one eviction at a time, or for workloads that run or scale to more than 10 pods a percentage that
/// keeps enough of them for the autoscaler's CPU target.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingDisruptionBudget {
    /// Workloads with at least this many pods need a budget.
    pub min_replicas: NonZeroU16,
    /// The kinds of workload that need one.
    pub kinds: Vec<WorkloadKind>,
}

/// A kind of workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum WorkloadKind {
    /// apps Deployment
    Deployment,
    /// apps StatefulSet
    StatefulSet,
    /// apps ReplicaSet that no Deployment owns
    ReplicaSet,
    /// core ReplicationController
    ReplicationController,
    /// argoproj.io Rollout
    Rollout,
}

impl WorkloadKind {
    fn kind(self) -> &'static Kind {
        match self {
            WorkloadKind::Deployment => &kinds::DEPLOYMENT,
            WorkloadKind::StatefulSet => &kinds::STATEFUL_SET,
            WorkloadKind::ReplicaSet => &kinds::REPLICA_SET,
            WorkloadKind::ReplicationController => &kinds::REPLICATION_CONTROLLER,
            WorkloadKind::Rollout => &kinds::ROLLOUT,
        }
    }
}

impl Default for MissingDisruptionBudget {
    fn default() -> MissingDisruptionBudget {
        MissingDisruptionBudget {
            min_replicas: const { NonZeroU16::MIN.saturating_add(1) },
            kinds: vec![WorkloadKind::Deployment, WorkloadKind::StatefulSet, WorkloadKind::Rollout],
        }
    }
}

impl Policy for MissingDisruptionBudget {
    const METADATA: Metadata = Metadata {
        id: "missing-disruption-budget",
        title: "Replicated workloads have a PodDisruptionBudget",
        why: "a node drain may evict all replicas at once",
        help: "add a PodDisruptionBudget with maxUnavailable: 1 that selects these pods",
        category: Category::Disruption,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
        ],
        needs: &[&kinds::POD_DISRUPTION_BUDGET, &kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        expects_later_object: true,
        fix: FixAvailability::NewObject,
        since: "0.1.0",
        sources: &[sources::DISRUPTIONS, sources::DISRUPTION_BUDGETS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let wanted = self.kinds.iter().any(|wanted| *wanted.kind() == *cx.kind());
        let Some(workload) = Workload::of(cx.object(), cx.kind()).filter(|_| wanted) else { return Ok(()) };
        // A Rollout that refers to a Deployment has no labels of its own.
        if cx.pod()?.is_none() || is_controlled(cx.object()) {
            return Ok(());
        }
        let expected = match expected_pods(cx, &workload) {
            Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => Err(error),
            answer => Ok(answer?),
        };
        if expected.as_ref().is_ok_and(|expected| expected.pods < i64::from(self.min_replicas.get())) {
            return Ok(());
        }
        let (budgets, any_given) = match budgets_for(cx, workload.labels()) {
            Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if cx.is_directory() => (Vec::new(), false),
            budgets => (budgets?, true),
        };
        if !budgets.is_empty() {
            return Ok(());
        }
        let expected = expected?;
        if has_dangling_budget(cx, &workload)? {
            return Ok(());
        }
        if any_canary(cx, |canary| flagger::targets(canary, workload.kind(), workload.name()))? {
            return Ok(());
        }
        let Some(own) = cx.checked() else { return Ok(()) };
        let among = if any_given { "" } else { " among the files" };
        let pods = the_pods(cx, expected.pods);
        let message = text!["no PodDisruptionBudget", among, " selects ", pods, " of ", workload.title()];
        let related = expected.autoscaler.is_some().then(|| expected.related(&workload));
        let own = Member { workload: own, expected };
        let demand = suggested(cx, std::slice::from_ref(&own))?;
        let help = text!["add a PodDisruptionBudget with ", demand.written(), " that selects these pods"];
        let budget =
            budget_of(cx, &workload, demand).filter(|_| any_given && selects_only(cx, &workload, &own.workload));

        let mut finding = out.report(workload.pod_metadata().get("labels"), message).help(help);
        if !any_given {
            finding = finding.severity(Severity::Low);
        }
        if let Some(related) = related {
            finding = finding.related(related);
        }
        if let Some(budget) = budget {
            finding.new_object(budget);
        }
        Ok(())
    }
}

/// True when a budget among the files is named after the workload and selects nothing: `dangling-disruption-budget` reports
/// the budget, whose selector is the cause.
fn has_dangling_budget(cx: &Context<'_>, workload: &Workload<'_>) -> Result<bool, CheckError> {
    if !cx.is_batch() || workload.name().is_empty() {
        return Ok(false);
    }
    for name in [workload.name().to_owned(), text![workload.name(), BUDGET_SUFFIX]] {
        let found = match cx.list(&kinds::POD_DISRUPTION_BUDGET, Filter::Named(&name)) {
            Err(InventoryError::NotGiven { .. }) => continue,
            answer => answer?,
        };
        for found in found.iter().filter(|found| found.name() == name) {
            // A malformed budget is its own problem.
            let Ok(budget) = Budget::read(cx.node(found)) else { continue };
            let dangles = match budget.selector {
                Some(selector) => without_pods(cx, &selector).is_ok_and(|missing| missing.is_some()),
                None => true,
            };
            if dangles {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A budget for the workload; `None` when it has no name or no usable selector.
fn budget_of(cx: &Context<'_>, workload: &Workload<'_>, demand: Demand) -> Option<Value> {
    let Demand::MaxUnavailable(amount) = demand else { return None };
    let (selector, metadata) = (workload.selector()?, workload.accompanying_metadata()?);
    let mut spec = json!({ "maxUnavailable": amount.json(), "selector": selector });
    // Otherwise unready pods could block node drains.
    if cx.kubernetes().at_least(27)
        && let Some(fields) = spec.as_object_mut()
    {
        fields.insert("unhealthyPodEvictionPolicy".to_owned(), json!("AlwaysAllow"));
    }
    Some(json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata,
        "spec": spec,
    }))
}

/// True unless another object among the files creates pods that the workload's selector selects: those may get a budget of
/// their own, and two budgets on a pod block evictions.
fn selects_only(cx: &Context<'_>, workload: &Workload<'_>, own: &Found) -> bool {
    let place = workload.object().get("spec").get("selector");
    let plain = *workload.kind() == kinds::REPLICATION_CONTROLLER;
    let selector = if plain { Selector::read_plain(place) } else { Selector::read(place) };
    let Ok(Some(selector)) = selector else { return false };
    POD_KINDS.iter().all(|kind| {
        let found = cx.list_optional(kind, Filter::SelectedBy(&selector)).unwrap_or_default();
        found.iter().all(|found| {
            let object = cx.node(found);
            let labels = Labels::of(object.dig(kind.template.unwrap_or_default()).get("metadata"));
            let is_own = found.kind == own.kind && found.name() == own.name();
            is_own || is_controlled(object) || !selector.matches(labels)
        })
    })
}
