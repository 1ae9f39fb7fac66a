use crate::kube::network_policy::pod_selector;
use crate::kube::selector::{Labels, Selector};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports every NetworkPolicy whose `podSelector` matches nothing in its namespace: no Pod, and no pod template of a
/// workload, CronJobs among them. The labels of the pods count, not those of the workloads. An empty or absent
/// `podSelector` means every pod there is or will be, and is never reported.
///
/// ## Why
/// A policy that selects nothing protects nothing, and nobody is told: `kubectl apply` says "created", and the pods that
/// were meant stay as open as before. It takes one mistyped label, or a workload whose labels have been tidied up since.
///
/// ## What to write
/// ```yaml
/// spec:
///   podSelector:
///     matchLabels:
///       app: checkout
/// ```
/// with labels that stand in the workload's `spec.template.metadata.labels`.
///
/// ## Limits
/// In a cluster Deployments, StatefulSets, DaemonSets, CronJobs and, if none of them matches, Pods are looked up. Among
/// files each of these kinds has to be given, or it has to be said that nothing else exists. The workload ordinarily
/// arrives after the policy: unless `onViolation` is set, a policy that selects nothing only warns when it is created.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingNetworkPolicy {
    /// The names of policies whose pods come and go, such as those of Jobs by hand. `*` and `?` stand for characters.
    pub ignore: Vec<Glob>,
}

/// What makes pods and is looked up. Pods come last: there are many of them, and most belong to one of the others.
static LOOKED_UP: &[&Kind] =
    &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::CRON_JOB, &kinds::POD];

/// What else makes pods: in a cluster its Pods speak for it.
static ONLY_IN_FILES: &[&Kind] = &[
    &kinds::ROLLOUT,
    &kinds::CLONE_SET,
    &kinds::DEPLOYMENT_CONFIG,
    &kinds::JOB,
    &kinds::REPLICA_SET,
    &kinds::REPLICATION_CONTROLLER,
];

impl Policy for DanglingNetworkPolicy {
    const METADATA: Metadata = Metadata {
        id: "dangling-network-policy",
        title: "Network policies select pods that exist",
        why: "the pods that were meant stay as open as before",
        help: "select by labels that the pods have, or remove the policy",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::NETWORK_POLICY],
        needs: LOOKED_UP,
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
        if selector.is_empty() || selects_any(cx, &selector)? {
            return Ok(());
        }
        let place = cx.spec().get("podSelector");
        let message = text!["podSelector", wanted(&selector), " matches no pods in namespace \"", cx.namespace(), "\""];
        out.report(place, message);
        Ok(())
    }
}

/// True when a pod or pod template of the namespace is selected.
fn selects_any(cx: &Context<'_>, selector: &Selector<'_>) -> Result<bool, InventoryError> {
    let mut not_given = None;
    let looked_up = LOOKED_UP.iter().map(|kind| (kind, true));
    for (&kind, must_be_known) in ONLY_IN_FILES.iter().map(|kind| (kind, false)).chain(looked_up) {
        let filter = Filter::SelectedBy(selector);
        let answer = if must_be_known { cx.list(kind, filter) } else { cx.list_optional(kind, filter) };
        match answer {
            Ok(found) => {
                let template = kind.template.unwrap_or_default();
                let selected = found
                    .iter()
                    .any(|found| selector.matches(Labels::of(cx.node(&found).dig(template).get("metadata"))));
                if selected {
                    return Ok(true);
                }
            }
            // Another kind may still have what is selected.
            Err(error @ InventoryError::NotGiven { .. }) => not_given = not_given.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    not_given.map_or(Ok(false), Err)
}

/// The labels that are wanted, as a hint at what is mistyped: ` with app=web`.
fn wanted(selector: &Selector<'_>) -> String {
    let mut wanted = String::new();
    for (key, values) in selector.required() {
        if let [value] = values {
            let before = if wanted.is_empty() { " with " } else { ", " };
            wanted = text![wanted, before, key, "=", value];
        }
    }
    wanted
}
