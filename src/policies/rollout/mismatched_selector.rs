use crate::kube::selector::{Labels, Selector};
use crate::policies::prelude::*;

/// ## What it does
/// Reports workloads whose `spec.selector` doesn't match their own pod template: one finding for each label that is missing
/// from the template or differs from what `matchLabels` or `matchExpressions` require. An absent or empty selector is reported
/// too, except in a ReplicationController or DeploymentConfig, whose selector defaults to its template's labels.
///
/// A Job's selector is generated, unless `manualSelector` is on: one that is written in a Job without it, or in a CronJob's
/// template, is reported, and so is `manualSelector` in a CronJob.
///
/// ## Why
/// A workload finds its pods by the selector. The API server rejects one that doesn't match its own template, so the release
/// stops at `kubectl apply`, often after half of the files have been applied. The usual cause is a label that was renamed in
/// one of two places. An empty selector would adopt every pod in the namespace.
///
/// ## What to write
/// ```yaml
/// selector:
///   matchLabels:
///     app: checkout
/// template:
///   metadata:
///     labels:
///       app: checkout
///       version: "2.4.1"
/// ```
/// The template may have more labels than the selector requires.
///
/// ## Limits
/// Only the workload's own template is checked, not running pods. The selector of a Deployment, StatefulSet, DaemonSet or
/// ReplicaSet is immutable: if the workload exists already, change the labels.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MismatchedSelector {}

impl Policy for MismatchedSelector {
    const METADATA: Metadata = Metadata {
        id: "mismatched-selector",
        title: "Selectors match the workload's own pods",
        why: "the API server rejects a workload whose selector doesn't match its own pod template",
        help: "give the pod template the labels that spec.selector requires",
        category: Category::Rollout,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: &[
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::ROLLOUT,
            &kinds::CLONE_SET,
            &kinds::DEPLOYMENT_CONFIG,
        ],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::DEPLOYMENT_SELECTOR, sources::JOB_SELECTOR],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        if *cx.kind() == kinds::CRON_JOB {
            let job = spec.dig(&["jobTemplate", "spec"]);
            report_generated(job, "remove the selector", out)?;
            let manual = job.get("manualSelector");
            if manual.bool()? == Some(true) {
                out.report(manual, "a CronJob's Jobs can't have manualSelector").help("remove manualSelector");
            }
            return Ok(());
        }
        if *cx.kind() == kinds::JOB && spec.get("manualSelector").bool()? != Some(true) {
            return report_generated(spec, "remove the selector, or set manualSelector to true", out);
        }
        // A Rollout with a workloadRef has no template of its own.
        let Some(pod) = cx.pod()? else { return Ok(()) };
        let node = spec.get("selector");
        let plain = [&kinds::REPLICATION_CONTROLLER, &kinds::DEPLOYMENT_CONFIG].contains(&cx.kind());
        let selector = if plain { Selector::read_plain(node)? } else { Selector::read(node)? };
        let help = "set spec.selector.matchLabels to labels of the pod template";
        let Some(selector) = selector else {
            // Until apps/v1beta2 it defaulted to the template's labels.
            // A base to which a kustomization adds both has neither.
            let is_base = cx.is_batch() && !pod.metadata().get("labels").exists();
            if !plain && !is_base && !matches!(cx.api_version()?, "extensions/v1beta1" | "apps/v1beta1") {
                out.report(node, "spec.selector is missing").help(help);
            }
            return Ok(());
        };
        if selector.is_empty() {
            out.report(node, "the selector is empty: it would adopt every pod in the namespace").help(help);
            return Ok(());
        }
        let labels = pod.metadata().get("labels");
        labels.mapping()?;
        for unmet in selector.unmet(Labels::of(pod.metadata())) {
            let label = labels.entry(unmet.key);
            let has = match label.str()? {
                Some(value) => text![unmet.key, "=", value],
                None => "no such label".to_owned(),
            };
            let message = text!["the selector requires ", unmet.wanted, ", but the pod template has ", has];
            let order = match unmet.value {
                Some(value) => text!["set the label ", unmet.key, " of the pod template to ", value],
                None if label.exists() => text!["change or remove the label ", unmet.key, " of the pod template"],
                None => text!["add the label ", unmet.key, " to the pod template"],
            };
            let help = text![order, ", or change the selector"];
            out.report(label, message).help(help);
        }
        Ok(())
    }
}

/// The labels of a Job's generated selector, which exported objects have.
const GENERATED: [&str; 4] =
    ["batch.kubernetes.io/controller-uid", "controller-uid", "batch.kubernetes.io/job-name", "job-name"];

/// Reports a selector in the spec of a Job that has its selector generated.
fn report_generated(job: Node<'_>, help: &str, out: &mut Findings) -> Result<(), CheckError> {
    let node = job.get("selector");
    let Some(selector) = Selector::read(node)? else { return Ok(()) };
    if !selector.without(|key| GENERATED.contains(&key)).is_empty() {
        out.report(node, "the Job's selector is generated: the API server rejects one that is written").help(help);
    }
    Ok(())
}
