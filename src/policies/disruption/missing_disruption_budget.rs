use std::num::NonZeroU16;

use crate::kube::budget::Demand;
use crate::kube::owner::is_controlled;
use crate::kube::selector::{Labels, Selector};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{Expected, expected_pods};
use crate::lookup::budget::{Member, budgets_for};
use crate::lookup::flagger::has_canary;
use crate::policies::disruption::budget_rules::suggested;
use crate::policies::prelude::*;

/// ## What it does
/// Reports workloads with two or more pods that no PodDisruptionBudget in their namespace selects. The number of pods is
/// the autoscaler's `minReplicas` if there is an autoscaler, else `replicas`. Workloads owned by a controller, such as an
/// operator that brings its own budget, are skipped, and so are the targets of Flagger's Canaries, whose pods run in a
/// Deployment that Flagger creates.
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
        let any_given = match budgets_for(cx, workload.labels()) {
            Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if cx.is_directory() => false,
            budgets => match budgets?.is_empty() {
                true => true,
                false => return Ok(()),
            },
        };
        let expected = expected?;
        if has_canary(cx, &workload)? {
            return Ok(());
        }
        let pods = expected.pods.to_string();
        let message = text!["no PodDisruptionBudget selects the ", pods, " pods of ", workload.title()];
        let related = expected.autoscaler.is_some().then(|| expected.related(&workload));
        let budget = if any_given { budget_of(cx, &workload, expected)? } else { None };
        let mut finding = out.report(workload.pod_metadata().get("labels"), message);
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

/// A budget for the workload among files; `None` when it has no name or no usable selector, or when its selector selects
/// the pods of other workloads too, which may have budgets of their own.
fn budget_of(cx: &Context<'_>, workload: &Workload<'_>, expected: Expected) -> Result<Option<Value>, CheckError> {
    let place = workload.object().get("spec").get("selector");
    let (Some(selector), Some(metadata), Some(own)) =
        (workload.selector(), workload.accompanying_metadata(), cx.checked().filter(|_| cx.is_batch()))
    else {
        return Ok(None);
    };
    let read = match *workload.kind() == kinds::REPLICATION_CONTROLLER {
        true => Selector::read_plain(place)?,
        false => Selector::read(place)?,
    };
    if read.is_none_or(|read| !selects_only(cx, &read, &own)) {
        return Ok(None);
    }
    let demand = suggested(cx, &[Member { workload: own, expected }])?;
    let Demand::MaxUnavailable(amount) = demand else { return Ok(None) };
    let mut spec = json!({ "maxUnavailable": amount.json(), "selector": selector });
    // Otherwise unready pods could block node drains. StatefulSets' pods may be restoring data.
    if cx.kubernetes().at_least(27)
        && let Some(fields) = spec.as_object_mut()
    {
        fields.insert("unhealthyPodEvictionPolicy".to_owned(), json!("AlwaysAllow"));
    }
    Ok(Some(json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata,
        "spec": spec,
    })))
}

/// True when no other object among the files creates pods that the selector selects.
fn selects_only(cx: &Context<'_>, selector: &Selector<'_>, own: &Found) -> bool {
    POD_KINDS.iter().all(|kind| {
        let found = cx.list_optional(kind, Filter::SelectedBy(selector)).unwrap_or_default();
        found.iter().all(|found| {
            let object = cx.node(&found);
            let metadata = object.dig(kind.template.unwrap_or_default()).get("metadata");
            (found.kind == own.kind && found.name() == own.name())
                || is_controlled(object)
                || !selector.matches(Labels::of(metadata))
        })
    })
}
