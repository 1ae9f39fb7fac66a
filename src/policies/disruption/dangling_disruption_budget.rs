use crate::kube::budget::Budget;
use crate::kube::owner::is_controlled;
use crate::kube::runtime_labels;
use crate::kube::workload::Workload;
use crate::lookup::service::without_pods;
use crate::lookup::workload;
use crate::policies::disruption::budget_rules::BUDGET_SUFFIX;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports PodDisruptionBudgets that select no pod and no pod template in their namespace, whatever the kind of workload: a
/// misspelled label, labels of the workload instead of its pods, or no selector at all. The severity is `high` if a Deployment
/// or StatefulSet has the budget's name, perhaps without `-pdb`: its pods are unprotected.
///
/// Not reported are budgets with an empty selector, which selects every pod of the namespace (in `policy/v1beta1` it selected
/// none), and budgets that a controller manages, which knows what it selects. Labels that pods only get at run time count as
/// matched: see `runtimeLabels`.
///
/// ## Why
/// A budget that selects nothing is accepted and listed by `kubectl get pdb`, and protects nothing: a node drain evicts all
/// pods at once, and somebody who checks that the service has a budget finds one.
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
/// with labels from the workload's `spec.template.metadata.labels`.
///
/// ## Limits
/// The workload may arrive after its budget: unless `onViolation` is set, a finding only warns on CREATE. In a cluster,
/// Deployments, StatefulSets and DaemonSets are looked up, and Pods if none of those matches. Among files that aren't
/// declared complete, a budget is checked if its namespace has one of these kinds in the same directory, with severity
/// `low`, and not if a custom resource in the namespace may create pods.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingDisruptionBudget {
    /// Labels that pods get at run time, from controllers or leader election. Pod templates don't need them; `*` and `?`
    /// are wildcards.
    pub runtime_labels: Vec<Glob>,
}

impl Default for DanglingDisruptionBudget {
    fn default() -> DanglingDisruptionBudget {
        let runtime_labels = runtime_labels::PATTERNS.iter().map(|label| Glob::new(*label)).collect();
        DanglingDisruptionBudget { runtime_labels }
    }
}

impl Policy for DanglingDisruptionBudget {
    const METADATA: Metadata = Metadata {
        id: "dangling-disruption-budget",
        title: "PodDisruptionBudgets select existing pods",
        why: "the budget protects nothing, and a node drain may evict all pods at once",
        help: "set spec.selector to the labels of the pod template",
        category: Category::Disruption,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::POD_DISRUPTION_BUDGET],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::POD],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::DISRUPTION_BUDGETS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) {
            return Ok(());
        }
        let budget = Budget::read(cx.object())?;
        let place = cx.spec().get("selector");
        let Some(selector) = budget.selector else {
            let what = if place.exists() {
                "an empty selector, which selects no pods in policy/v1beta1"
            } else {
                "no selector"
            };
            out.report(place, text!["the PodDisruptionBudget has ", what]);
            return Ok(());
        };
        let selector = selector.without(|key| self.runtime_labels.iter().any(|label| label.matches(key)));
        let Some(missing) = without_pods(cx, &selector)? else { return Ok(()) };
        let message = text!["the selector", selector.required_text(), " matches no pods", missing.scope()];
        let meant = meant_for(cx)?;
        let severity = if meant.is_some() { Severity::High } else { Self::METADATA.severity };
        let finding = out.report(place, message).severity(missing.severity(severity));
        if let Some(found) = &meant
            && let Some(workload) = Workload::of(cx.node(found), found.kind)
        {
            let labels = workload.pod_metadata().get("labels");
            finding.related(Related::to(workload.kind(), labels, workload.object(), "the labels of its pods"));
        }
        Ok(())
    }
}

/// The workload after which the budget is named.
fn meant_for(cx: &Context<'_>) -> Result<Option<Found>, CheckError> {
    let own = cx.name()?;
    for name in [own, own.strip_suffix(BUDGET_SUFFIX).unwrap_or(own)].into_iter().filter(|name| !name.is_empty()) {
        for kind in [&kinds::DEPLOYMENT, &kinds::STATEFUL_SET] {
            match workload::named(cx, kind, name) {
                Err(InventoryError::NotGiven { .. }) => {}
                answer => {
                    if let Some(found) = answer? {
                        return Ok(Some(found));
                    }
                }
            }
        }
    }
    Ok(None)
}
