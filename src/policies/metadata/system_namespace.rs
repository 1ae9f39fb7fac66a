use crate::kube::owner::{is_controlled, is_static_pod};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports workloads in Kubernetes' own namespaces, `kube-system`, `kube-public` and `kube-node-lease`, unless `allow` lists
/// them. Add-ons aren't reported: what has the priority class `system-cluster-critical` or `system-node-critical`, or one
/// of the labels `k8s-app` and `kubernetes.io/cluster-service`. Neither are static pods and what a controller created
/// from another object.
///
/// A manifest without a namespace isn't reported: it goes wherever `kubectl -n`, a kustomization or a chart's release
/// puts it. At admission the request says where it went.
///
/// ## Why
/// Many rules stop at these namespaces: admission webhooks, Pod Security, quotas and network policies leave them out, so
/// that a mistake can't keep the cluster from starting. A workload there runs unchecked, beside the cluster's most
/// powerful service accounts and their tokens, and whoever may deploy it may read them. Some providers also delete
/// what they don't know there.
///
/// ## What to write
/// ```yaml
/// metadata:
///   name: checkout
///   namespace: shop
/// ```
///
/// ## Limits
/// An object can't be moved, only recreated. An UPDATE is therefore never denied; the background audit reports what is
/// already there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SystemNamespace {
    /// Workloads that may be there, as `Kind/name`; `*` and `?` are wildcards.
    pub allow: Vec<Glob>,
}

/// The namespaces that Kubernetes creates for itself.
const NAMESPACES: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

impl Policy for SystemNamespace {
    const METADATA: Metadata = Metadata {
        id: "system-namespace",
        title: "Workloads stay out of Kubernetes' own namespaces",
        why: "most rules leave these namespaces out, and the cluster's most powerful accounts are there",
        help: "set metadata.namespace to a namespace for the application",
        category: Category::Metadata,
        severity: Severity::Medium,
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
        ],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::NAMESPACES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(namespace) = cx.stated_namespace().filter(|namespace| NAMESPACES.contains(namespace)) else {
            return Ok(());
        };
        let object = cx.object();
        if cx.operation() == Operation::Update || is_controlled(object) || is_static_pod(object) {
            return Ok(());
        }
        let title = text![cx.kind().name, "/", cx.name()?];
        if is_add_on(cx)? || self.allow.iter().any(|allowed| allowed.matches(&title)) {
            return Ok(());
        }
        let node = object.get("metadata").get("namespace");
        // Its companions are there, but it may go elsewhere.
        if cx.is_batch() && !node.exists() {
            return Ok(());
        }
        out.report(node, text!["the workload is in ", namespace, ", a namespace of Kubernetes' own"]);
        Ok(())
    }
}

/// True for what says that it is a part of the cluster.
fn is_add_on(cx: &Context<'_>) -> Result<bool, Malformed> {
    let own = cx.object().get("metadata").get("labels");
    let Some(pod) = cx.pod()? else { return Ok(false) };
    let class = pod.spec().get("priorityClassName").str()?.unwrap_or_default();
    let is_labelled = |labels: Node<'_>| {
        ["k8s-app", "kubernetes.io/cluster-service"].iter().any(|label| labels.entry(label).exists())
    };
    Ok(class.starts_with("system-") || is_labelled(own) || is_labelled(pod.metadata().get("labels")))
}
