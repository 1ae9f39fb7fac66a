use crate::policies::metadata::metadata_rules::{Written, add_help, at_once, found, missing, missing_message};
use crate::policies::prelude::*;
use crate::settings::Keys;

/// ## What it does
/// Reports objects and pod templates without one of the labels in `keys`: by default one that names the application.
/// Workloads and their pod templates also need those in `podKeys`: by default one that names the application's version.
/// If an entry lists several keys, any of them is enough. An empty value counts as missing. All labels missing at one
/// place are one finding. Objects that a controller created (the ReplicaSets and Pods of a Deployment, the Jobs of a
/// CronJob) are not reported again: they get their labels from their owner's template.
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
/// The fix copies labels from the object to the pod template; only the author knows a label that neither has. Copying
/// one rolls the pods once, as any change to the template does. ConfigMaps are checked in files only: in a cluster,
/// controllers create many that nobody can label.
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
        profile: Profile::Production,
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
        fix: FixAvailability::Safe,
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
        let mut wanted: Vec<&Keys> = self.keys.iter().collect();
        if cx.kind().template.is_some() {
            wanted.extend(&self.pod_keys);
        }
        for keys in missing(own, &wanted)?.chunks(at_once(cx)) {
            out.report(own, missing_message("the object", "label", keys)).help(add_help("label", keys, ""));
        }
        // A Pod's own labels are its template's.
        let Some(of_pods) = written.template.filter(|_| *cx.kind() != kinds::POD) else { return Ok(()) };
        let of_pods = of_pods.get("labels");
        // Labels of the object can be copied; only the author knows the others.
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for keys in missing(of_pods, &wanted)? {
            match found(own, keys)? {
                Some((key, _)) if !is_selected_without(cx, key)? => known.push(keys),
                _ => unknown.push(keys),
            }
        }
        for keys in unknown.chunks(at_once(cx)) {
            report(of_pods, keys, out);
        }
        for keys in known.chunks(at_once(cx)) {
            let (mut titles, mut edits) = (Vec::new(), Vec::new());
            for keys in keys {
                if let Some((key, value)) = found(own, keys)? {
                    titles.push(text![key, " to ", value]);
                    edits.push(Edit::set(of_pods.entry(key), json!(value)));
                }
            }
            let several = if titles.len() > 1 { "s " } else { " " };
            let title = text!["set the pod template's label", several, titles.join(" and ")];
            report(of_pods, keys, out).safe_fix(title, edits);
        }
        Ok(())
    }
}

fn report<'f>(of_pods: Node<'_>, keys: &[&Keys], out: &'f mut Findings) -> FindingBuilder<'f> {
    let message = missing_message("the pod template", "label", keys);
    out.report(of_pods, message).help(add_help("label", keys, " to the pod template"))
}

/// True when the workload's selector excludes pods with this label, or with some of its values.
fn is_selected_without(cx: &Context<'_>, key: &str) -> Result<bool, Malformed> {
    let mut expressions = cx.spec().get("selector").get("matchExpressions").items()?;
    Ok(expressions.any(|expression: Node<'_>| expression.get("key").str() == Ok(Some(key))))
}
