use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::kube::exclusive::{Exclusive, is_singleton};
use crate::kube::service_class::ServiceClass;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::at_issue;
use crate::lookup::autoscaler::{Expected, expected_pods};
use crate::lookup::service::title;
use crate::lookup::serving::is_controller;
use crate::policies::prelude::*;
use crate::settings::{LabelKey, ServiceClassLabel};

/// ## What it does
/// Reports Deployments, StatefulSets and Rollouts with fewer than `min` pods, and autoscalers that let a workload scale down to
/// fewer. The number of pods is the autoscaler's `minReplicas` if there is one, else `replicas`; both default to 1. A workload
/// with `replicas: 0`, or one that KEDA scales to zero, is not reported while `allowZero` is on.
/// Among files without any autoscaler, a workload that leaves out `replicas` is reported with severity low, and only in a
/// directory: elsewhere its autoscaler may not have been given. A Deployment that removes the old pod before the new one
/// starts, or whose pods use devices such as GPUs, is reported as `info`: one at a time is a decision. So is a controller
/// of the cluster: one with an option such as `--leader-elect`, or with a ServiceAccount of its own and no port but for monitoring,
/// unless a Service among the files sends it requests.
/// So is what keeps data, such as a database or a StatefulSet with claims of its own: a second pod starts without the data of
/// the first; and an exporter that is alone in its pod, since two count the same twice. A Deployment that mounts a claim is reported with severity low.
///
/// Label a workload that must run as a single pod, such as a controller without leader election, with
/// `plimsoll.dev/singleton: "true"`, on the workload or on its pods. For non-core workloads, labelled
/// `plimsoll.dev/service-class: nonCore`, one pod is enough.
///
/// ## Why
/// With one pod, whatever removes it is an outage: a node upgrade or failure, an eviction, a process that runs out of memory. A
/// disruption budget can't help: it either allows the only pod to be evicted or blocks the drain.
///
/// ## What to write
/// ```yaml
/// spec:
///   replicas: 2
/// ```
/// or, with an autoscaler,
/// ```yaml
/// spec:
///   minReplicas: 2
///   maxReplicas: 6
/// ```
///
/// ## Limits
/// No manifest shows whether two pods may run side by side: don't just start a second one of a program that elects no leader.
/// There is no fix for workloads that mount a claim, keep a database, bind host ports, use devices such as GPUs, or remove
/// the old pod before the new one starts (`Recreate`, `maxSurge: 0`).
///
/// An autoscaler may still be created: unless `onViolation` is set, a single pod without one only warns on CREATE.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SingleReplica {
    /// The minimum number of pods.
    pub min: NonZeroU16,
    /// Whether a workload may have no pods at all: `replicas: 0`, or scaled to zero by KEDA.
    pub allow_zero: bool,
    /// The label that, with the value `true`, exempts a workload that must run as a single pod.
    pub singleton_label: LabelKey,
    /// The key of the label that says which service class a workload is of: `core` or `nonCore`. A workload without it is
    /// a core one.
    pub service_class_label: ServiceClassLabel,
}

impl Default for SingleReplica {
    fn default() -> SingleReplica {
        SingleReplica {
            min: const { NonZeroU16::MIN.saturating_add(1) },
            allow_zero: true,
            singleton_label: LabelKey::singleton(),
            service_class_label: ServiceClassLabel::default(),
        }
    }
}

/// The workloads that should have more than one pod.
static REPLICATED: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::ROLLOUT];

impl Policy for SingleReplica {
    const METADATA: Metadata = Metadata {
        id: "single-replica",
        title: "Workloads run more than one pod",
        why: "whatever removes the only pod is an outage",
        help: "run two or more pods, or label the workload as a singleton",
        category: Category::Rollout,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::ROLLOUT,
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
        ],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::DISRUPTIONS, sources::DEPLOYMENT_REPLICAS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) {
            return self.check_scaler(cx, &autoscaler, out);
        }
        match Workload::of(cx.object(), cx.kind()) {
            Some(workload) => self.check_workload(cx, &workload, out),
            None => Ok(()),
        }
    }
}

impl SingleReplica {
    /// The minimum number of pods of the workload.
    fn least(&self, workload: &Workload<'_>) -> Result<i64, Malformed> {
        let class = self.service_class_label.class(workload.object(), workload.pod_metadata())?;
        Ok(if class == Some(ServiceClass::NonCore) { 1 } else { i64::from(self.min.get()) })
    }

    fn check_workload(&self, cx: &Context<'_>, workload: &Workload<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_singleton(workload, self.singleton_label.as_str()) {
            return Ok(());
        }
        let min = self.least(workload)?;
        // A directory usually holds a workload's autoscaler, too.
        let (expected, guessed) = match expected_pods(cx, workload) {
            Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if cx.is_directory() => (Expected::of(1), true),
            answer => (answer?, false),
        };
        if expected.pods >= min || (expected.pods == 0 && self.allow_zero) {
            return Ok(());
        }
        let place = workload.replicas_node();
        if let Some(found) = &expected.autoscaler {
            let Some(autoscaler) = Autoscaler::of(cx.node(found), found.kind) else { return Ok(()) };
            let suppressed = self.may_scale_to_zero(&autoscaler).map_err(|malformed| found.unreadable(&malformed))?;
            // Among files this is reported on the autoscaler, which sets the number.
            if suppressed || cx.is_batch() {
                return Ok(());
            }
            let message =
                [&autoscaler.title(), " lets ", &workload.title(), " scale down to ", &too_few(expected.pods, min)];
            let help = text!["set the autoscaler's minimum to ", min.to_string()];
            out.report(place, message.concat()).help(help).related(expected.related(workload));
            return Ok(());
        }
        if let Some(rollout) = &expected.rollout {
            let message = [&title(rollout), " runs ", &too_few(expected.pods, min)].concat();
            let help = text!["set the Rollout's replicas to ", min.to_string()];
            out.report(place, message).help(help).related(expected.related(workload));
            return Ok(());
        }
        let runs = if place.exists() { " runs " } else { " defaults to " };
        let mut finding = out.report(place, text![workload.title(), runs, too_few(expected.pods, min)]);
        if guessed {
            finding = finding.severity(Severity::Low);
        }
        match cx.pod()?.map_or(Ok(None), |pod| Exclusive::of(workload, pod, cx.namespace()))? {
            // Two of them would both act, unless one waits to become the leader.
            None if cx.pod()?.map_or(Ok(false), |pod| is_controller(cx, pod))? => {
                finding = finding.severity(Severity::Info)
            }
            None => {
                let edits = vec![Edit::set(place, min)];
                finding = finding.unsafe_fix(text!["set replicas to ", min.to_string()], edits);
            }
            // Its author wants one at a time, devices for a second one are dear, or a second one has no data.
            Some(
                Exclusive::Recreate
                | Exclusive::NoSurge
                | Exclusive::Device
                | Exclusive::OwnClaim
                | Exclusive::DataStore,
            ) => finding = finding.severity(Severity::Info),
            Some(Exclusive::SharedClaim) => finding = finding.severity(Severity::Low),
            Some(_) => {}
        }
        // An autoscaler that sets the number may still be created.
        if expected.pods == 1 {
            finding.warn_on_create();
        }
        Ok(())
    }

    fn check_scaler(
        &self,
        cx: &Context<'_>,
        autoscaler: &Autoscaler<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        // An autoscaler created by KEDA repeats its ScaledObject.
        let enough = autoscaler.min_pods()? >= i64::from(self.min.get())
            || self.may_scale_to_zero(autoscaler)?
            || autoscaler.is_made_by_keda();
        let Some(found) = (if enough { None } else { at_issue(cx)? }) else { return Ok(()) };
        let known = REPLICATED.contains(&found.kind);
        let Some(workload) = Workload::of(cx.node(&found), found.kind).filter(|_| known) else { return Ok(()) };
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let min = self.least(&workload).map_err(unreadable)?;
        if is_singleton(&workload, self.singleton_label.as_str()) {
            return Ok(());
        }
        let expected = match expected_pods(cx, &workload) {
            Err(CheckError::Malformed(malformed)) => return Err(found.unreadable(&malformed).into()),
            answer => answer?,
        };
        // Another autoscaler may keep more pods, and a workload scaled to 0 has none.
        let own = expected.autoscaler.as_ref().is_some_and(|autoscaler| cx.is_target(autoscaler));
        if !own || expected.pods >= min {
            return Ok(());
        }
        let place = autoscaler.min_node();
        let (field, absent) = if autoscaler.is_scaled_object() { ("minReplicaCount", 0) } else { ("minReplicas", 1) };
        let least = place.int()?.unwrap_or(absent);
        let (is, lets) = if place.exists() { (": ", " lets ") } else { (" defaults to ", ", which lets ") };
        let (least, few) = (least.to_string(), too_few(least, min));
        let message = text![field, is, least, lets, workload.title(), " scale down to ", few];
        let wanted = min.to_string();
        let mut order = text!["set ", field, " to ", wanted];
        let mut edits = vec![Edit::set(place, min)];
        if autoscaler.max_pods()?.is_some_and(|most| most < min) {
            let field = if autoscaler.is_scaled_object() { "maxReplicaCount" } else { "maxReplicas" };
            order = text![order, " and raise ", field, " to match"];
            edits.push(Edit::set(autoscaler.max_node(), min));
        }
        let finding = out.report(place, message);
        let pod = Pod::of(workload.object(), found.kind).map_err(unreadable)?;
        let exclusive = pod.map_or(Ok(None), |pod| Exclusive::of(&workload, &pod, cx.namespace()));
        if exclusive.map_err(unreadable)?.is_none() {
            finding.unsafe_fix(order, edits);
        }
        Ok(())
    }

    /// True when the autoscaler scales to zero on purpose, and may. The one that KEDA makes for that keeps one pod.
    fn may_scale_to_zero(&self, autoscaler: &Autoscaler<'_>) -> Result<bool, Malformed> {
        let one_of_keda = autoscaler.is_made_by_keda() && autoscaler.min_pods()? == 1;
        Ok(self.allow_zero && (autoscaler.scales_to_zero()? || one_of_keda))
    }
}

/// `1 pod, fewer than 2`
fn too_few(pods: i64, min: i64) -> String {
    text![count(pods), ", fewer than ", min.to_string()]
}

/// `1 pod`, `2 pods`
fn count(pods: i64) -> String {
    let plural = if pods == 1 { " pod" } else { " pods" };
    text![pods.to_string(), plural]
}
