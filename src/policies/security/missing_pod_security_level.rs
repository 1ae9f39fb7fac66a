use crate::policies::prelude::*;

/// ## What it does
/// Reports a Namespace whose label `pod-security.kubernetes.io/enforce` is missing, weaker than `level` or not a valid
/// level. The labels `warn` and `audit` reject nothing and don't count. Kubernetes' own namespaces (`kube-system`,
/// `kube-public`, `kube-node-lease`) are skipped.
///
/// ## Why
/// The Pod Security Standards are built into the API server, which reads from each namespace how strictly to apply
/// them. A namespace without the label is `privileged`: anyone who may create pods there can create one that takes over
/// the node. The label also works when no admission webhook can be reached.
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
/// `warn: restricted` shows everyone what is still missing. Running pods keep running; those that violate the level
/// can't be recreated. `kubectl label --dry-run=server` lists them.
///
/// ## Limits
/// A default level for the whole cluster, set in the API server's configuration, isn't seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingPodSecurityLevel {
    /// The weakest level to accept: `baseline` or `restricted`.
    pub level: Level,
}

/// A level of the Pod Security Standards that forbids something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Level {
    /// Forbids known ways out of a container.
    Baseline,
    /// Also requires pods to be hardened.
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

/// The label that makes the API server reject pods.
const LABEL: &str = "pod-security.kubernetes.io/enforce";

/// Namespaces that Kubernetes creates for itself.
const SYSTEM_NAMESPACES: &[&str] = &["kube-system", "kube-public", "kube-node-lease"];

impl Policy for MissingPodSecurityLevel {
    const METADATA: Metadata = Metadata {
        id: "missing-pod-security-level",
        title: "Namespaces enforce a Pod Security Standard",
        why: "anyone who may create a pod in the namespace can create one that takes over the node",
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
        let required = self.level.name();
        let message = match node.str()? {
            None => "the namespace enforces no Pod Security Standard".to_owned(),
            Some("restricted") => return Ok(()),
            Some("baseline") if self.level == Level::Baseline => return Ok(()),
            Some(weaker @ ("privileged" | "baseline")) => {
                text!["the namespace enforces ", weaker, ", which is weaker than ", required]
            }
            Some(other) => text!["the namespace enforces \"", other, "\", which is not a Pod Security level"],
        };
        let title = text!["set the label ", LABEL, " to ", required];
        let edits = vec![Edit::set(node, required)];
        out.report(node, message).unsafe_fix(title, edits);
        Ok(())
    }
}
