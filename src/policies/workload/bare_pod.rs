use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Pods that no controller keeps: none of their `ownerReferences` has `controller: true`. An owner that is no
/// controller only has the Pod deleted along with itself. What `allow` names is left alone: unless you say otherwise,
/// mirror pods, which the kubelet makes of static manifests and nobody else can replace, and hooks of Helm and Argo CD,
/// which run once by design.
///
/// ## Why
/// A Pod is bound to its node for life. When the node is drained, runs out of memory or dies, the Pod goes with it, and
/// nothing makes another. It can't be scaled or rolled back, and its image can only be changed by deleting it first. A
/// Deployment, StatefulSet, DaemonSet or Job makes the same Pod, and makes it again.
///
/// ## What to write
/// ```yaml
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata:
///   name: web
/// spec:
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
///
/// ## Limits
/// The exceptions are told by annotations, labels and names, which anybody can give a Pod: they exempt, they don't
/// protect. Tools that make Pods without a controller, such as some build runners, want an exemption.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct BarePod {
    /// The Pods that need no controller: `mirror` (of static manifests), `hook` (of Helm and Argo CD), `kubectlRun` (made
    /// by `kubectl run`), `kubectlDebug` (made by `kubectl debug node/…`).
    pub allow: Vec<Exception>,
}

impl Default for BarePod {
    fn default() -> BarePod {
        BarePod { allow: vec![Exception::Mirror, Exception::Hook] }
    }
}

/// A reason for a Pod to have no controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Exception {
    /// The kubelet shows a static pod to the API server.
    Mirror,
    /// Helm or Argo CD runs it once during a release.
    Hook,
    /// Somebody tries something out.
    KubectlRun,
    /// Somebody looks at a node.
    KubectlDebug,
}

impl Exception {
    fn covers(self, pod: &Pod<'_>, name: &str) -> Result<bool, Malformed> {
        let annotations = pod.metadata().get("annotations");
        Ok(match self {
            Exception::Mirror => annotations.entry("kubernetes.io/config.mirror").exists(),
            Exception::Hook => {
                ["helm.sh/hook", "argocd.argoproj.io/hook"].iter().any(|key| annotations.entry(key).exists())
            }
            Exception::KubectlRun => !name.is_empty() && pod.label("run")? == Some(name),
            Exception::KubectlDebug => {
                name.starts_with("node-debugger-")
                    || pod.label("app.kubernetes.io/managed-by")? == Some("kubectl-debug")
            }
        })
    }
}

impl Policy for BarePod {
    const METADATA: Metadata = Metadata {
        id: "bare-pod",
        title: "Pods are made by controllers",
        why: "nothing makes the Pod again once its node is drained or dies",
        help: "let a Deployment or a Job make the Pod",
        category: Category::Workload,
        severity: Severity::Medium,
        profile: Profile::Starter,
        targets: &[&kinds::POD],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::PODS, sources::WORKLOAD_MANAGEMENT],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) {
            return Ok(());
        }
        let name = cx.name()?;
        for exception in &self.allow {
            if exception.covers(pod, name)? {
                return Ok(());
            }
        }
        let help = if pod.is_long_running() {
            "let a Deployment or StatefulSet make the Pod"
        } else {
            "let a Job make the Pod, since it is to run to its end"
        };
        out.report(cx.object().get("metadata").get("ownerReferences"), "the Pod has no controller").help(help);
        Ok(())
    }
}
