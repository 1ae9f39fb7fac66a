use crate::policies::prelude::*;

/// ## What it does
/// Reports a Namespace without the label `pod-security.kubernetes.io/enforce`, or with one that is weaker than `level` or
/// no level at all. The labels `warn` and `audit` refuse nothing and don't count. The namespaces that Kubernetes makes for
/// itself (`kube-system`, `kube-public`, `kube-node-lease`) are left alone.
///
/// ## Why
/// The API server has the Pod Security Standards built in, and asks every namespace how strictly to hold its pods to them.
/// One that doesn't answer is `privileged`: whoever may create a pod there may create one that owns the node. The label
/// also holds when no admission webhook can be reached.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Namespace
/// metadata:
///   name: shop
///   labels:
///     pod-security.kubernetes.io/enforce: baseline
///     pod-security.kubernetes.io/warn: restricted
/// ```
/// With `warn: restricted` everybody sees what is still missing. Pods that are there already go on running; those that
/// don't fit can't be made anew. `kubectl label --dry-run=server` says which.
///
/// ## Limits
/// A default level for the whole cluster stands in the API server's configuration and isn't seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingPodSecurityLevel {
    /// The weakest level that is enough: `baseline` or `restricted`.
    pub level: Level,
}

/// A level of the Pod Security Standards that forbids something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Level {
    /// Forbids what is known to lead out of a container.
    Baseline,
    /// Demands what hardens a pod, too.
    Restricted,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

impl Default for MissingPodSecurityLevel {
    fn default() -> MissingPodSecurityLevel {
        MissingPodSecurityLevel { level: Level::Baseline }
    }
}

/// The label that makes the API server refuse pods.
const LABEL: &str = "pod-security.kubernetes.io/enforce";

/// Made by Kubernetes, for itself.
const SYSTEM_NAMESPACES: &[&str] = &["kube-system", "kube-public", "kube-node-lease"];

impl Policy for MissingPodSecurityLevel {
    const METADATA: Metadata = Metadata {
        id: "missing-pod-security-level",
        title: "Namespaces enforce a Pod Security Standard",
        why: "whoever may create a pod in the namespace may create one that owns the node",
        help: "set the label pod-security.kubernetes.io/enforce to baseline",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: &[&kinds::NAMESPACE],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::POD_SECURITY_ADMISSION, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if SYSTEM_NAMESPACES.contains(&cx.name()?) {
            return Ok(());
        }
        let node = cx.object().get("metadata").get("labels").mapping()?.entry(LABEL);
        let wanted = self.level.name();
        let message = match node.str()? {
            None => "the namespace enforces no Pod Security Standard".to_owned(),
            Some("restricted") => return Ok(()),
            Some("baseline") if self.level == Level::Baseline => return Ok(()),
            Some(weaker @ ("privileged" | "baseline")) => {
                text!["the namespace enforces ", weaker, ", less than ", wanted]
            }
            Some(other) => text!["the namespace enforces \"", other, "\", which is no level"],
        };
        let title = text!["set the label ", LABEL, " to ", wanted];
        let edits = vec![Edit::set(node, json!(wanted))];
        out.report(node, message).unsafe_fix(title, edits);
        Ok(())
    }
}
