use crate::kube::network_policy::pod_selector;
use crate::kube::selector::{Labels, Selector};
use crate::kube::service::Service;
use crate::policies::metadata::metadata_rules::{Written, add_help, found};
use crate::policies::prelude::*;
use crate::settings::Keys;

/// ## What it does
/// Reports objects and pod templates without one of the labels in `keys`: by default one that names the application.
/// Workloads and their pod templates also need those in `podKeys`: by default one that names the application's version.
/// If an entry lists several keys, any of them is enough. An empty value counts as missing. A label that both the
/// object and its pod template are missing is one finding. Objects that a controller created (the ReplicaSets and Pods
/// of a Deployment, the Jobs of a CronJob) are not reported again: they get their labels from their owner's template.
///
/// ## Why
/// Everything that looks at a cluster groups objects by label: `kubectl get -l`, dashboards, alerts, cost reports,
/// network policies. A pod without an application label shows up under no application, and without a version label
/// nobody can tell during a rollout which of two releases is failing. A label on the workload alone doesn't help: pods
/// get only the labels of the pod template.
///
/// ## What to write
/// ```yaml
/// metadata:
///   labels:
///     app.kubernetes.io/name: checkout
///     app.kubernetes.io/version: "4.2.0"
/// spec:
///   template:
///     metadata:
///       labels:
///         app.kubernetes.io/name: checkout
///         app.kubernetes.io/version: "4.2.0"
/// ```
/// Keep the version out of `spec.selector`, which is immutable once the workload exists.
///
/// ## Limits
/// The fix copies a label from the object to the pod template; only the author knows a label that neither has. It is
/// unsafe because a Service, budget or network policy may then select the pods; if a given one does, there is no fix.
/// Copying a label rolls the pods once. ConfigMaps are checked in files only: in a cluster, controllers create many
/// that nobody can label.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingLabels {
    /// Labels that all objects must have: each entry is a key, or a list of keys, any of which is enough.
    pub keys: Vec<Keys>,
    /// Labels that workloads and their pod templates must have as well. Services, ConfigMaps and other objects that outlive
    /// a version don't need them.
    pub pod_keys: Vec<Keys>,
}

impl Default for MissingLabels {
    fn default() -> MissingLabels {
        let keys = Keys::new(&["app.kubernetes.io/name", "app"]);
        let pod_keys = Keys::new(&["app.kubernetes.io/version", "version"]);
        MissingLabels { keys: keys.into_iter().collect(), pod_keys: pod_keys.into_iter().collect() }
    }
}

impl Policy for MissingLabels {
    const METADATA: Metadata = Metadata {
        id: "missing-labels",
        title: "Objects carry an application label, and pods a version label",
        why: "dashboards, alerts and selectors can't tell which application it belongs to",
        help: "add the labels app.kubernetes.io/name and app.kubernetes.io/version",
        category: Category::Metadata,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[
            &kinds::POD,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::ROLLOUT,
            &kinds::SERVICE,
            &kinds::INGRESS,
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
            &kinds::POD_DISRUPTION_BUDGET,
            &kinds::CONFIG_MAP,
        ],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::RECOMMENDED_LABELS],
        ..Metadata::DEFAULT
    };

    // Kubernetes itself puts a ConfigMap without labels into every namespace: denying it would keep every pod from
    // starting.
    const ADMISSION_TARGETS: &'static [&'static Kind] = &[
        &kinds::POD,
        &kinds::DEPLOYMENT,
        &kinds::REPLICA_SET,
        &kinds::STATEFUL_SET,
        &kinds::DAEMON_SET,
        &kinds::REPLICATION_CONTROLLER,
        &kinds::JOB,
        &kinds::CRON_JOB,
        &kinds::ROLLOUT,
        &kinds::SERVICE,
        &kinds::INGRESS,
        &kinds::HORIZONTAL_POD_AUTOSCALER,
        &kinds::SCALED_OBJECT,
        &kinds::POD_DISRUPTION_BUDGET,
    ];

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let written = Written::of(cx);
        let Some(own) = written.object.map(|metadata| metadata.get("labels")) else { return Ok(()) };
        // A Pod's own labels are its template's.
        let of_pods = written.template.filter(|_| *cx.kind() != kinds::POD).map(|metadata| metadata.get("labels"));
        let pod_keys = self.pod_keys.iter().filter(|_| cx.kind().template.is_some());
        for keys in self.keys.iter().chain(pod_keys) {
            let from_own = found(own, keys)?;
            let is_missing_in_pods = match of_pods {
                Some(of_pods) => found(of_pods, keys)?.is_none(),
                None => false,
            };
            let Some(of_pods) = of_pods.filter(|_| is_missing_in_pods) else {
                if from_own.is_none() {
                    report(own, "the object is", keys, "", out);
                }
                continue;
            };
            match from_own {
                Some((key, value)) => {
                    let finding = report(of_pods, "the pod template is", keys, " to the pod template", out);
                    if !is_selected_without(cx, key)? && !is_selected_with(cx, of_pods, key, value)? {
                        let title = text!["set the pod template's label ", key, " to ", value];
                        finding.unsafe_fix(title, vec![Edit::set(of_pods.entry(key), value)]);
                    }
                }
                None if cx.reports_separately() => {
                    report(own, "the object is", keys, "", out);
                    report(of_pods, "the pod template is", keys, " to the pod template", out);
                }
                None => {
                    report(own, "the object and its pod template are", keys, " to both", out);
                }
            }
        }
        Ok(())
    }
}

fn report<'f>(labels: Node<'_>, holder: &str, keys: &Keys, place: &str, out: &'f mut Findings) -> FindingBuilder<'f> {
    let message = text![holder, " missing the label ", keys.title()];
    out.report(labels, message).help(add_help("label", &[keys], place))
}

/// True when a given Service, budget or NetworkPolicy selects the pods only once they have this label.
fn is_selected_with(cx: &Context<'_>, of_pods: Node<'_>, key: &str, value: &str) -> Result<bool, CheckError> {
    let mut labels = of_pods.value().cloned().unwrap_or_else(|| json!({}));
    if let Some(fields) = labels.as_object_mut() {
        fields.insert(key.to_owned(), json!(value));
    }
    let (before, after) = (json!({"labels": of_pods.value().cloned()}), json!({ "labels": labels }));
    let (before, after) = (Node::root(&before, cx.arena()), Node::root(&after, cx.arena()));
    let (before, after) = (Labels::of(before), Labels::of(after));
    for kind in [&kinds::SERVICE, &kinds::POD_DISRUPTION_BUDGET, &kinds::NETWORK_POLICY] {
        for found in cx.list_optional(kind, Filter::Selecting(after))? {
            let object = cx.node(&found);
            let selector = if *kind == kinds::SERVICE {
                Service::read(object).map(|service| service.selector)
            } else if *kind == kinds::NETWORK_POLICY {
                pod_selector(object).map(Some)
            } else {
                Selector::read(object.get("spec").get("selector"))
            };
            if selector.ok().flatten().is_some_and(|selector| selector.matches(after) && !selector.matches(before)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// True when the workload's selector excludes pods with this label, or with some of its values.
fn is_selected_without(cx: &Context<'_>, key: &str) -> Result<bool, Malformed> {
    let mut expressions = cx.spec().get("selector").get("matchExpressions").items()?;
    Ok(expressions.any(|expression: Node<'_>| expression.get("key").str() == Ok(Some(key))))
}
