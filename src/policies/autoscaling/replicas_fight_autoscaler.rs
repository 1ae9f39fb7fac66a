use crate::kube::autoscaler::Autoscaler;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::autoscalers_of;
use crate::policies::prelude::*;

/// ## What it does
/// Reports workloads in files that say `replicas` although a HorizontalPodAutoscaler or a KEDA ScaledObject among the files
/// scales them.
///
/// Only files are checked. In a cluster every workload has `replicas`, and the autoscaler is who writes it. `replicas: 0`
/// beside a HorizontalPodAutoscaler is not reported: it switches both off, on purpose; KEDA takes no notice of it and is.
///
/// ## Why
/// Each time the file is applied, the number of pods jumps back to what somebody once wrote. At a busy hour that takes away
/// most of the pods at once, the autoscaler needs minutes to bring them back, and the deployment that was meant to change an
/// image is an outage. A GitOps controller does so again and again, whenever it compares.
///
/// ## What to write
/// ```yaml
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata:
///   name: web
/// spec:
///   # no replicas: HorizontalPodAutoscaler "web" says how many
///   selector:
///     matchLabels: {app: web}
/// ```
///
/// ## Limits
/// Take care when the field is removed from what has been applied before: a client-side `kubectl apply` that no longer finds
/// it sets the number to 1, once. Server-side apply leaves it to the autoscaler; for client-side apply, take the field out
/// of the last applied configuration first, with `kubectl apply edit-last-applied`. Argo CD leaves the field alone with
/// `ignoreDifferences` and `RespectIgnoreDifferences=true`, which can't be seen in these files: exempt what it covers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ReplicasFightAutoscaler {}

impl Policy for ReplicasFightAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "replicas-fight-autoscaler",
        title: "The autoscaler alone says how many pods there are",
        why: "each deployment sets the number of pods back, at a busy hour to a fraction of what is needed",
        help: "remove replicas: the autoscaler says how many pods there are",
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

    // It has nothing to say in a cluster, and what controllers write need not wait for that.
    const ADMISSION_TARGETS: &'static [&'static Kind] = &[&kinds::DEPLOYMENT];
    const ADMISSION_NEEDS: &'static [&'static Kind] = &[];

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if !cx.is_batch() {
            return Ok(());
        }
        let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
        let Some(replicas) = workload.replicas()? else { return Ok(()) };
        let autoscalers = autoscalers_of(cx, &workload)?;
        let autoscalers = autoscalers.iter().filter_map(|found| Autoscaler::of(cx.node(&found), found.kind));
        // Without pods an HorizontalPodAutoscaler rests; KEDA does not.
        let Some(autoscaler) =
            autoscalers.into_iter().find(|autoscaler| replicas != 0 || autoscaler.is_scaled_object())
        else {
            return Ok(());
        };
        let message =
            text!["replicas: ", replicas.to_string(), " is undone by ", autoscaler.title(), ", and undoes it"];
        let related = Related::to(
            autoscaler.kind(),
            autoscaler.target_node(),
            autoscaler.object(),
            "says how many pods there are",
        );
        let edits = vec![Edit::remove(workload.replicas_node())];
        out.report(workload.replicas_node(), message).related(related).unsafe_fix("remove replicas", edits);
        Ok(())
    }
}
