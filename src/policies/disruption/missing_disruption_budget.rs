use std::num::NonZeroU16;

use crate::kube::workload::Workload;
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::budget::budgets_for;
use crate::policies::prelude::*;

/// ## What it does
/// Reports workloads with two or more pods that no PodDisruptionBudget in their namespace selects. The number of pods is
/// the autoscaler's `minReplicas` if there is an autoscaler, else `replicas`.
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
/// The budget is usually applied after the workload: unless `onViolation` is set, a missing one only warns on CREATE.
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
        if cx.pod()?.is_none() {
            return Ok(());
        }
        let expected = match expected_pods(cx, &workload) {
            Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => Err(error),
            answer => Ok(answer?),
        };
        if expected.as_ref().is_ok_and(|expected| expected.pods < i64::from(self.min_replicas.get())) {
            return Ok(());
        }
        if !budgets_for(cx, workload.labels())?.is_empty() {
            return Ok(());
        }
        let expected = expected?;

        let pods = expected.pods.to_string();
        let message = text!["no PodDisruptionBudget selects the ", pods, " pods of ", workload.title()];
        let mut finding = out.report(workload.pod_metadata().get("labels"), message);
        if expected.autoscaler.is_some() {
            finding = finding.related(expected.related(&workload));
        }
        if let Some(budget) = budget_of(cx, &workload) {
            finding.new_object(budget);
        }
        Ok(())
    }
}

/// A budget that allows one eviction at a time; `None` when the workload has no name or no usable selector.
fn budget_of(cx: &Context<'_>, workload: &Workload<'_>) -> Option<Value> {
    let selector = workload.selector()?;
    let metadata = workload.accompanying_metadata()?;
    let mut spec = json!({ "maxUnavailable": 1, "selector": selector });
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
