use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;

/// ## What it does
/// Reports ReplicationControllers, and ReplicaSets without an owner. Those that another controller manages are its revisions
/// and not reported: a Deployment's or Rollout's ReplicaSets, an OpenShift DeploymentConfig's ReplicationControllers.
///
/// ## Why
/// Both only keep a number of pods running. A change of the pod template, such as a new image, doesn't reach running pods:
/// it takes effect whenever a pod happens to be replaced, and until then two versions run side by side. There is no rollout
/// to watch, pause or undo, and most tools expect Deployments.
///
/// ## What to write
/// ```yaml
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata:
///   name: web
/// spec:
///   replicas: 3
///   selector:
///     matchLabels:
///       app: web
///   template:
///     metadata:
///       labels:
///         app: web
///     spec:
///       containers:
///         - name: app
///           image: registry.example.com/shop/web:1.4.0
/// ```
/// A ReplicaSet's spec is valid in a Deployment as it is. A ReplicationController's selector goes under `matchLabels`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct LegacyController {}

impl Policy for LegacyController {
    const METADATA: Metadata = Metadata {
        id: "legacy-controller",
        title: "Pods are managed by Deployments, not their predecessors",
        why: "changes of its pod template reach no running pod and can't be rolled back",
        help: "write a Deployment",
        category: Category::Workload,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::REPLICATION_CONTROLLER, &kinds::REPLICA_SET],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::REPLICA_SET, sources::REPLICATION_CONTROLLER],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) {
            return Ok(());
        }
        let kind = cx.kind().name;
        let (message, help) = if *cx.kind() == kinds::REPLICA_SET {
            (
                text![kind, " without a Deployment never updates its pods"],
                "set kind to Deployment, whose spec is the same",
            )
        } else {
            (
                text![kind, " never updates its pods"],
                "write an apps/v1 Deployment, with the selector's labels under matchLabels",
            )
        };
        out.report(cx.object().get("kind"), message).help(help);
        Ok(())
    }
}
