use crate::kube::owner::{is_controlled, is_static_pod};
use crate::policies::prelude::*;
use crate::text::shell::{program, words_of};

/// ## What it does
/// Reports Pods without a controller: none of their `ownerReferences` has `controller: true`. An owner that isn't the
/// controller only has the Pod deleted along with itself. The exceptions in `allow` are not reported: by default static pods,
/// which the kubelet keeps running, such as kubeadm's, and hooks of Helm and Argo CD, which run once by design. A Pod that only
/// sleeps until somebody opens a shell in it is reported as `info`.
///
/// ## Why
/// A Pod is bound to its node for life. When the node is drained, runs out of memory or fails, the Pod is gone and nothing
/// recreates it. It can't be scaled or rolled back, and almost nothing in it can be changed. A Deployment, StatefulSet,
/// DaemonSet or Job creates the same Pod and replaces it when it is lost.
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
/// The exceptions are recognised by annotations, labels and names, which anybody can give a Pod: they are not a security
/// boundary. Exempt tools that create Pods without a controller, such as some build runners.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct BarePod {
    /// The Pods that need no controller: `mirror` (static pods), `hook` (of Helm and Argo CD), `kubectlRun` (created
    /// by `kubectl run`), `kubectlDebug` (created by `kubectl debug node/…`).
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
    /// A static pod, in a file for the kubelet or as its mirror in the API.
    Mirror,
    /// A hook that Helm or Argo CD runs once during a release.
    Hook,
    /// A Pod of `kubectl run`.
    KubectlRun,
    /// A Pod of `kubectl debug node/…`.
    KubectlDebug,
}

impl Exception {
    fn covers(self, object: Node<'_>, pod: &Pod<'_>, name: &str) -> Result<bool, Malformed> {
        let annotations = pod.metadata().get("annotations");
        Ok(match self {
            Exception::Mirror => is_static_pod(object),
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
        title: "Pods are managed by a controller",
        why: "nothing recreates the Pod when its node is drained or fails",
        help: "use a Deployment or a Job",
        category: Category::Workload,
        severity: Severity::Medium,
        profile: Profile::Production,
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
            if exception.covers(cx.object(), pod, name)? {
                return Ok(());
            }
        }
        let help = if pod.is_long_running() {
            "use a Deployment or StatefulSet"
        } else {
            "use a Job, since the Pod runs to completion"
        };
        let place = cx.object().get("metadata").get("ownerReferences");
        let finding = out.report(place, "the Pod has no controller").help(help);
        // Somebody wants a shell in it: with the Pod nothing is lost.
        if waits_for_somebody(pod)? {
            finding.severity(Severity::Info);
        }
        Ok(())
    }
}

/// True when all that the Pod's containers do is sleep.
fn waits_for_somebody(pod: &Pod<'_>) -> Result<bool, Malformed> {
    for container in pod.long_running_containers() {
        let words = [words_of(container.get("command"))?, words_of(container.get("args"))?].concat();
        let words = words.iter().flat_map(|word| word.split([' ', ';', '\n', '&'])).filter(|word| !word.is_empty());
        let (mut sleeps, mut works) = (false, false);
        for word in words {
            let word = program(word);
            sleeps |= matches!(word, "sleep" | "tail");
            works |= !IDLE.contains(&word)
                && !word.trim_end_matches(['s', 'm', 'h', 'd']).bytes().all(|c| c.is_ascii_digit());
        }
        if works || !sleeps {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The last parts of the words of scripts that only sleep.
const IDLE: [&str; 15] =
    ["-c", "-f", ":", "ash", "bash", "do", "done", "exec", "infinity", "null", "sh", "sleep", "tail", "true", "while"];
