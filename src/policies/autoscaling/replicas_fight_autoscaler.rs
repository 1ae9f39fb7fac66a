use crate::kube::autoscaler::Autoscaler;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::autoscalers_of;
use crate::policies::prelude::*;

/// ## What it does
/// Reports workloads in files that set `replicas` although a HorizontalPodAutoscaler or a KEDA ScaledObject among the files
/// scales them.
///
/// Only files are checked: in a cluster every workload has `replicas`, written by the autoscaler. `replicas: 0` with a
/// HorizontalPodAutoscaler is not reported, because it turns off both on purpose; KEDA ignores it, so with a ScaledObject it
/// is reported.
///
/// ## Why
/// Every time the file is applied, the replica count jumps back to the number in the file. At peak load that removes most
/// pods at once, and the autoscaler takes minutes to bring them back: a deployment that only meant to change an image
/// becomes an outage. A GitOps controller does the same on every sync.
///
/// ## What to write
/// ```yaml
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata:
///   name: web
/// spec:
///   # no replicas: HorizontalPodAutoscaler "web" sets them
///   selector:
///     matchLabels: {app: web}
/// ```
///
/// ## Limits
/// Take care when removing the field from an object that is already applied: the next client-side `kubectl apply` resets
/// the replica count to 1, once. Remove the field from the last applied configuration first, with `kubectl apply
/// edit-last-applied`, or use server-side apply, which leaves the field to the autoscaler. Argo CD ignores the field with
/// `ignoreDifferences` and `RespectIgnoreDifferences=true`; since that is configured elsewhere, exempt those workloads.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ReplicasFightAutoscaler {}

impl Policy for ReplicasFightAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "replicas-fight-autoscaler",
        title: "Autoscaled workloads don't set replicas",
        why: "every apply resets the replica count, at peak load to a fraction of what is needed",
        help: "remove replicas; the autoscaler sets the replica count",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
        ],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::MIGRATING_TO_AUTOSCALING, sources::HORIZONTAL_AUTOSCALING],
        ..Metadata::DEFAULT
    };

    // In a cluster it never reports anything, so controllers shouldn't wait for it.
    const ADMISSION_TARGETS: &'static [&'static Kind] = &[&kinds::DEPLOYMENT];
    const ADMISSION_NEEDS: &'static [&'static Kind] = &[];

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if !cx.is_batch() {
            return Ok(());
        }
        let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
        let Some(replicas) = workload.replicas()? else { return Ok(()) };
        let autoscalers = autoscalers_of(cx, &workload)?;
        let autoscalers = autoscalers.iter().filter_map(|found| Autoscaler::of(cx.node(found), found.kind));
        // `replicas: 0` turns off a HorizontalPodAutoscaler, but not KEDA.
        let Some(autoscaler) =
            autoscalers.into_iter().find(|autoscaler| replicas != 0 || autoscaler.is_scaled_object())
        else {
            return Ok(());
        };
        let count = replicas.to_string();
        let message = text![
            "replicas: ",
            count,
            " conflicts with ",
            autoscaler.title(),
            ": every apply resets the replica count"
        ];
        let place = autoscaler.target_node();
        let related = Related::to(autoscaler.kind(), place, autoscaler.object(), "sets the replica count");
        let edits = vec![Edit::remove(workload.replicas_node())];
        out.report(workload.replicas_node(), message).related(related).unsafe_fix("remove replicas", edits);
        Ok(())
    }
}
