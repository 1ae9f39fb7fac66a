use crate::kube::autoscaler::Autoscaler;
use crate::kube::owner::is_controlled;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::expected_pods;
use crate::lookup::workload::is_run_by_rollout;
use crate::policies::prelude::*;

/// ## What it does
/// Reports workloads whose new versions are accepted and not rolled out:
///
/// - Deployments, Argo Rollouts and DeploymentConfigs with `paused: true`, and CloneSets with `updateStrategy.paused: true`;
/// - StatefulSets whose `updateStrategy.rollingUpdate.partition` is as high as the number of their pods, or higher: the
///   autoscaler's `maxReplicas`, else `replicas`.
///
/// Not reported is an UPDATE in a cluster: `kubectl rollout pause` is how somebody stops a bad release. What stays paused is
/// reported by the background audit. StatefulSets with `OnDelete` are reported by `recreate-strategy`.
///
/// ## Why
/// `kubectl apply` says "configured" and CI is green, but the old version keeps running: a fix or a security update never
/// arrives. A Deployment that is paused from the start has no pods at all.
///
/// ## What to write
/// Nothing: a Deployment isn't paused unless it says so, and a partition defaults to 0.
/// ```yaml
/// updateStrategy:
///   rollingUpdate:
///     partition: 0
/// ```
///
/// ## Limits
/// A release in stages may keep a partition for a while. It is reported only when no pod would be updated.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct PausedRollout {}

impl Policy for PausedRollout {
    const METADATA: Metadata = Metadata {
        id: "paused-rollout",
        title: "Workloads roll out their changes",
        why: "a new version is accepted and the old one keeps running",
        help: "remove paused",
        category: Category::Rollout,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::ROLLOUT,
            &kinds::CLONE_SET,
            &kinds::DEPLOYMENT_CONFIG,
        ],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::PAUSED_DEPLOYMENT, sources::STATEFUL_SET_PARTITION],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if cx.operation() == Operation::Update || is_controlled(cx.object()) {
            return Ok(());
        }
        let strategy = cx.spec().mapping()?.get("updateStrategy");
        if *cx.kind() == kinds::STATEFUL_SET {
            return check_partition(strategy.mapping()?, cx, out);
        }
        let (place, field) = if *cx.kind() == kinds::CLONE_SET {
            (strategy.mapping()?.get("paused"), "updateStrategy.paused")
        } else {
            (cx.spec().get("paused"), "paused")
        };
        // Such a Deployment's own rollout isn't used.
        if place.bool()? != Some(true) || is_run_by_rollout(cx)? {
            return Ok(());
        }
        let message = text![field, ": true keeps changes of the pod template from being rolled out"];
        let title = text!["remove ", field];
        out.report(place, message).unsafe_fix(title, vec![Edit::remove(place)]);
        Ok(())
    }
}

fn check_partition(strategy: Node<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    if strategy.get("type").str()? == Some("OnDelete") {
        return Ok(());
    }
    let place = strategy.get("rollingUpdate").mapping()?.get("partition");
    let partition = place.int()?.unwrap_or_default();
    let Some(workload) = Workload::of(cx.object(), cx.kind()).filter(|_| partition > 0) else { return Ok(()) };
    let expected = expected_pods(cx, &workload)?;
    // Without pods there is nothing to update.
    if expected.most == 0 || partition < expected.most {
        return Ok(());
    }
    let pods = if expected.most == 1 {
        " of the only pod".to_owned()
    } else {
        text![" of all ", expected.most.to_string(), " pods"]
    };
    let message = text!["partition ", partition.to_string(), " keeps the old version", pods];
    let mut finding = out.report(place, message);
    if let Some(found) = &expected.autoscaler
        && let Some(autoscaler) = Autoscaler::of(cx.node(found), found.kind)
    {
        let most = text![autoscaler.max_field(), ": ", expected.most.to_string()];
        finding = finding.related(Related::to(found.kind, autoscaler.max_node(), autoscaler.object(), most));
    }
    finding.unsafe_fix("set updateStrategy.rollingUpdate.partition to 0", vec![Edit::set(place, 0)]);
    Ok(())
}
