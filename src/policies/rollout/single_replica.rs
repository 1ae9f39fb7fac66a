use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::kube::selector::Labels;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::at_issue;
use crate::lookup::autoscaler::expected_pods;
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports Deployments, StatefulSets and Rollouts of fewer than `min` pods, and the autoscaler that lets a workload go down
/// to fewer. The number of pods is the autoscaler's `minReplicas` where there is one, else `replicas`; either is 1 when it
/// is absent. A workload at rest, with `replicas: 0`, or one that KEDA scales to zero, is not reported while `allowZero` is
/// on.
///
/// A workload that has to be alone, such as a controller that elects no leader, says so with a label:
/// `plimsoll.dev/singleton: "true"`, on itself or on its pods.
///
/// ## Why
/// With one pod, everything that takes it away is an outage: a node that is upgraded or fails, an eviction, a process that
/// runs out of memory. A disruption budget can't help, since it either lets the only pod go or blocks the drain.
///
/// ## What to write
/// ```yaml
/// spec:
///   replicas: 2
/// ```
/// or, where an autoscaler sets the number,
/// ```yaml
/// spec:
///   minReplicas: 2
///   maxReplicas: 6
/// ```
///
/// ## Limits
/// Whether two pods may work side by side, no manifest shows: a program that keeps state on a disk or elects no leader
/// must not simply be started twice. An autoscaler may still arrive: unless `onViolation` is set, a single pod without one
/// only warns on CREATE.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SingleReplica {
    /// The number of pods that is enough.
    pub min: NonZeroU16,
    /// Whether a workload may have no pods at all: one at rest, or one that is scaled to zero.
    pub allow_zero: bool,
    /// The label that exempts a workload which has to be alone, when its value is `true`.
    pub singleton_label: LabelKey,
}

impl Default for SingleReplica {
    fn default() -> SingleReplica {
        SingleReplica {
            min: const { NonZeroU16::MIN.saturating_add(1) },
            allow_zero: true,
            singleton_label: LabelKey::singleton(),
        }
    }
}

/// The workloads that are asked for more than one pod.
static REPLICATED: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::ROLLOUT];

impl Policy for SingleReplica {
    const METADATA: Metadata = Metadata {
        id: "single-replica",
        title: "Workloads run more than one pod",
        why: "whatever takes the only pod away takes the service away",
        help: "run two pods or more, or label the workload as a singleton",
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
    fn least(&self) -> i64 {
        i64::from(self.min.get())
    }

    fn check_workload(&self, cx: &Context<'_>, workload: &Workload<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if self.is_singleton(workload) {
            return Ok(());
        }
        let expected = expected_pods(cx, workload)?;
        if expected.pods >= self.least() || (expected.pods == 0 && self.allow_zero) {
            return Ok(());
        }
        let place = workload.replicas_node();
        if let Some(found) = &expected.autoscaler {
            let Some(autoscaler) = Autoscaler::of(cx.node(&found), found.kind) else { return Ok(()) };
            let suppressed = self.may_rest(&autoscaler).map_err(|malformed| found.unreadable(&malformed))?;
            // Among files the autoscaler is told, which sets the number.
            if suppressed || cx.is_batch() {
                return Ok(());
            }
            let message =
                [&autoscaler.title(), " lets ", &workload.title(), " go down to ", &self.too_few(expected.pods)];
            let help = text!["set the autoscaler's minimum to ", self.least().to_string()];
            out.report(place, message.concat()).help(help).related(expected.related(workload));
            return Ok(());
        }
        let default = if place.exists() { "" } else { ", the default" };
        let pods = text![count(expected.pods), default, ", fewer than ", self.least().to_string()];
        let message = text![workload.title(), " runs ", pods];
        let order = text!["set replicas to ", self.least().to_string()];
        let edits = vec![Edit::set(place, json!(self.least()))];
        let finding = out.report(place, message).unsafe_fix(order, edits);
        // Who leaves the number to an autoscaler has one pod until that arrives.
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
        // What KEDA made says what the ScaledObject says.
        let enough =
            autoscaler.min_pods()? >= self.least() || self.may_rest(autoscaler)? || autoscaler.is_made_by_keda();
        let Some(found) = (if enough { None } else { at_issue(cx)? }) else { return Ok(()) };
        let known = REPLICATED.contains(&found.kind);
        let Some(workload) = Workload::of(cx.node(&found), found.kind).filter(|_| known) else { return Ok(()) };
        if self.is_singleton(&workload) {
            return Ok(());
        }
        let expected = match expected_pods(cx, &workload) {
            Err(CheckError::Malformed(malformed)) => return Err(found.unreadable(&malformed).into()),
            answer => answer?,
        };
        // Another autoscaler may keep more pods, and a workload at rest has none.
        let own = expected.autoscaler.as_ref().is_some_and(|autoscaler| cx.is_target(autoscaler));
        if !own || expected.pods >= self.least() {
            return Ok(());
        }
        let place = autoscaler.min_node();
        let (field, absent) = if autoscaler.is_scaled_object() { ("minReplicaCount", 0) } else { ("minReplicas", 1) };
        let least = place.int()?.unwrap_or(absent);
        let default = if place.exists() { "" } else { ", the default" };
        let message = text![
            field,
            ": ",
            least.to_string(),
            default,
            if default.is_empty() { "" } else { "," },
            " lets ",
            workload.title(),
            " go down to ",
            self.too_few(least),
        ];
        let wanted = self.least().to_string();
        let mut order = text!["set ", field, " to ", wanted];
        let mut edits = vec![Edit::set(place, json!(self.least()))];
        if autoscaler.max_pods()?.is_some_and(|most| most < self.least()) {
            let field = if autoscaler.is_scaled_object() { "maxReplicaCount" } else { "maxReplicas" };
            order = text![order, " and ", field, " too"];
            edits.push(Edit::set(autoscaler.max_node(), json!(self.least())));
        }
        out.report(place, message).unsafe_fix(order, edits);
        Ok(())
    }

    /// `1 pod, fewer than 2`
    fn too_few(&self, pods: i64) -> String {
        text![count(pods), ", fewer than ", self.least().to_string()]
    }

    /// True when the autoscaler takes the last pod away on purpose, and may. What KEDA makes for that keeps one pod.
    fn may_rest(&self, autoscaler: &Autoscaler<'_>) -> Result<bool, Malformed> {
        let one_of_keda = autoscaler.is_made_by_keda() && autoscaler.min_pods()? == 1;
        Ok(self.allow_zero && (autoscaler.scales_to_zero()? || one_of_keda))
    }

    /// True when the workload says that it has to be alone.
    fn is_singleton(&self, workload: &Workload<'_>) -> bool {
        let own = Labels::of(workload.object().get("metadata"));
        [own, workload.labels()].iter().any(|labels| labels.get(self.singleton_label.as_str()) == Some("true"))
    }
}

/// `1 pod`, `2 pods`
fn count(pods: i64) -> String {
    let plural = if pods == 1 { " pod" } else { " pods" };
    text![pods.to_string(), plural]
}
