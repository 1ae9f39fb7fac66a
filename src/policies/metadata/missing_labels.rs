use crate::policies::metadata::metadata_rules::{Written, add, at_once, found, lacks, missing};
use crate::policies::prelude::*;
use crate::settings::Keys;

/// ## What it does
/// Reports objects, and pod templates, that lack one of the labels in `keys`: by default one that says which application
/// they belong to. Whatever makes pods, and its pod template, needs those in `podKeys` as well: by default one that says
/// which version of the application it is. Where several keys will do, any of them is enough. An empty value is as good
/// as none. What is missing at one place is told at once. What a controller made (the ReplicaSets and Pods of a
/// Deployment, the Jobs of a CronJob) is not reported again: it has what its owner's template says.
///
/// ## Why
/// Labels are how everything that looks at a cluster groups what it sees: `kubectl get -l`, dashboards, alerts, cost
/// reports, network policies. A pod without a name among its labels turns up in none of them under its application, and
/// without a version nobody can tell during a rollout which of two releases is the one that fails. A label on the
/// workload alone doesn't help, because its pods carry only what the pod template says.
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
/// The version doesn't belong into `spec.selector`, which can't be changed any more once the workload exists.
///
/// ## Limits
/// The fix copies to the pod template what the object has; nobody but its author knows a label that neither has. Copying
/// one rolls the pods once, as any change of the template does. ConfigMaps are checked in files only: in a cluster,
/// controllers make many that nobody can label.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingLabels {
    /// The labels that all objects have to have: each entry is a key, or a list of keys of which one will do.
    pub keys: Vec<Keys>,
    /// Those that workloads and their pod templates have to have as well. Services, ConfigMaps and other objects that
    /// stay when a new version comes don't need them.
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
        title: "Objects say which application they belong to, and pods which version",
        why: "dashboards, alerts and selectors can't tell what the object belongs to",
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

    // Every namespace has a ConfigMap that Kubernetes itself puts there, without labels: refused, no pod would start.
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
            out.report(own, lacks("the object", "label", keys)).help(add("label", keys, ""));
        }
        // A Pod's own labels are its template's.
        let Some(of_pods) = written.template.filter(|_| *cx.kind() != kinds::POD) else { return Ok(()) };
        let of_pods = of_pods.get("labels");
        // What the object has can be copied; what neither has, only its author knows.
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
    out.report(of_pods, lacks("the pod template", "label", keys)).help(add("label", keys, " to the pod template"))
}

/// True when the workload's selector asks for pods that don't have this label, or not any value of it.
fn is_selected_without(cx: &Context<'_>, key: &str) -> Result<bool, Malformed> {
    let mut expressions = cx.spec().get("selector").get("matchExpressions").items()?;
    Ok(expressions.any(|expression: Node<'_>| expression.get("key").str() == Ok(Some(key))))
}
