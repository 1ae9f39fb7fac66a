use crate::policies::prelude::*;
use crate::policies::security::pod_security_rules::{Level, Standard, version};

/// ## What it does
/// Reports everything in a pod that the baseline level of the Pod Security Standards forbids, exactly as the API server
/// does in the version `kubernetesVersion`. Every finding begins with the name of its control: `HostProcess`, `Host
/// Namespaces`, `Privileged Containers`, `Capabilities`, `HostPath Volumes`, `Host Ports`, `Host Probes / Lifecycle Hooks`,
/// `AppArmor`, `SELinux`, `/proc Mount Type`, `Seccomp` or `Sysctls`.
///
/// With `fromNamespace`, a pod is only checked if its Namespace has the label `pod-security.kubernetes.io/enforce:
/// baseline`, and by the version of the standard in `pod-security.kubernetes.io/enforce-version`.
///
/// The API server rejects only Pods: a Deployment that violates the level is accepted, and its pods are missing. This
/// policy reports every workload. It is one policy for the whole level, and off unless it is named: other policies check
/// the same controls one by one, with fixes and by what takes effect, and each would report a second time.
/// `restricted-level` includes this level.
///
/// ## Why
/// What baseline forbids are the known ways from a container to its node: the node's namespaces, files, ports and
/// devices, and switched-off protection. A namespace that enforces the level rejects such a pod, at a time when nobody
/// may be looking: when a node is replaced, or at the next rollout.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Namespace
/// metadata:
///   name: shop
///   labels:
///     pod-security.kubernetes.io/enforce: baseline
///     pod-security.kubernetes.io/enforce-version: v1.36
/// ```
/// Most pods fit the level as they are.
///
/// ## Limits
/// Defaults and exemptions in the API server's configuration aren't seen. Ports that equal their `containerPort` on the
/// host's network aren't reported beside that network: the API server sets them itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct BaselineLevel {
    /// Whether the labels of the Namespace decide which pods are checked, and by which version of the standard.
    pub from_namespace: bool,
}

impl Policy for BaselineLevel {
    const METADATA: Metadata = Metadata {
        id: "baseline-level",
        title: "Pods keep to the baseline level of the Pod Security Standards",
        why: "the baseline level forbids the known ways from a container to its node",
        help: "change the field that the control names",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Off,
        targets: POD_KINDS,
        needs: &[&kinds::NAMESPACE],
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::POD_SECURITY_STANDARDS, sources::POD_SECURITY_ADMISSION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(version) = version(Level::Baseline, self.from_namespace, cx)? else { return Ok(()) };
        Ok(Standard { pod, cx, version }.check_baseline(out)?)
    }
}
