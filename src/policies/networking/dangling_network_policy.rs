use crate::kube::flagger::creates_pods_for;
use crate::kube::network_policy::pod_selector;
use crate::kube::runtime_labels;
use crate::lookup::network_policy::{POD_SOURCES, WORKLOADS, selects_any};
use crate::lookup::reference::{Missing, any_canary};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports every NetworkPolicy whose `podSelector` matches nothing in its namespace: no Pod, and no pod template of a
/// workload, including CronJobs. Labels of the pods count, not those of the workloads. An empty or absent `podSelector`
/// selects every present and future pod and is never reported. Labels that pods only get at run time count as matched:
/// see `runtimeLabels`.
///
/// ## Why
/// A policy that selects nothing protects nothing, silently: `kubectl apply` says "created", and the intended pods stay
/// as open as before. One mistyped label is enough, or a workload whose labels have changed since.
///
/// ## What to write
/// ```yaml
/// spec:
///   podSelector:
///     matchLabels:
///       app: checkout
/// ```
/// with labels from the workload's `spec.template.metadata.labels`.
///
/// ## Limits
/// In a cluster, Deployments, StatefulSets, DaemonSets, CronJobs and, if none of them matches, Pods are looked up.
/// Among files, each of these kinds must be given, or the input must be declared complete. The workload usually arrives
/// after the policy: unless `onViolation` is set, a policy that selects nothing only warns on CREATE.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingNetworkPolicy {
    /// Names of policies whose pods come and go, such as those of manually created Jobs; `*` and `?` are wildcards.
    pub ignore: Vec<Glob>,
    /// Labels that pods get at run time, from controllers or leader election. Pod templates don't need them; `*` and `?`
    /// are wildcards.
    pub runtime_labels: Vec<Glob>,
}

impl Default for DanglingNetworkPolicy {
    fn default() -> DanglingNetworkPolicy {
        let runtime_labels = runtime_labels::PATTERNS.iter().map(|label| Glob::new(*label)).collect();
        DanglingNetworkPolicy { ignore: Vec::new(), runtime_labels }
    }
}

impl Policy for DanglingNetworkPolicy {
    const METADATA: Metadata = Metadata {
        id: "dangling-network-policy",
        title: "NetworkPolicies select existing pods",
        why: "the intended pods stay as open as before",
        help: "select labels that the pods have, or remove the policy",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::NETWORK_POLICY],
        needs: POD_SOURCES,
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::NETWORK_POLICIES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let name = cx.name()?;
        if self.ignore.iter().any(|ignored| ignored.matches(name)) {
            return Ok(());
        }
        let selector = pod_selector(cx.object())?;
        let selector = selector.without(|key| self.runtime_labels.iter().any(|label| label.matches(key)));
        // Labels that only running pods have can't be checked against templates.
        if selector.is_empty() || selects_any(cx, &selector)? {
            return Ok(());
        }
        if selector.is_template() || creates_pods_for(&selector) && any_canary(cx, |_| true)? {
            return Ok(());
        }
        let missing = Missing::of(cx, WORKLOADS)?;
        let place = cx.spec().get("podSelector");
        let within = cx.stated_namespace().map_or(String::new(), |name| text![" in namespace \"", name, "\""]);
        let message = text!["podSelector", selector.required_text(), " matches no pods", within, missing.scope()];
        out.report(place, message).severity(missing.severity(Self::METADATA.severity));
        Ok(())
    }
}
