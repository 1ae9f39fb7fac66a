use crate::policies::prelude::*;
use crate::policies::security::pod_security_rules::{Level, Standard, version};

/// ## What it does
/// Reports everything in a pod that the restricted level of the Pod Security Standards forbids or requires, exactly as the
/// API server does in the version `kubernetesVersion`. Every finding begins with the name of its control: those of the
/// baseline level, which is included, and `Volume Types`, `Privilege Escalation`, `Running as Non-root` and `Running as
/// Non-root user`; `Capabilities` and `Seccomp` are stricter.
///
/// With `fromNamespace`, a pod is only checked if its Namespace has the label `pod-security.kubernetes.io/enforce:
/// restricted`, and by the version of the standard in `pod-security.kubernetes.io/enforce-version`. A value that is no
/// level counts as `restricted`, as it does for the API server.
///
/// The level goes by what is written: `runAsNonRoot: false` on the pod is a violation even if each container overrides
/// it. In Windows pods, which have to say `os.name: windows`, capabilities, seccomp and privilege escalation don't count.
///
/// The policy is one for the whole level, and off unless it is named: other policies check the same controls one by one,
/// with fixes and by what takes effect, and each would report a second time. So would `baseline-level`, unless both go
/// by the Namespace.
///
/// ## Why
/// A pod on the restricted level has next to nothing that an attacker could use: no root, no capabilities, no system calls
/// beyond the usual, no files of the node. A namespace that enforces the level rejects any other pod, at a time when
/// nobody may be looking: when a node is replaced, or at the next rollout.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   runAsNonRoot: true
///   seccompProfile:
///     type: RuntimeDefault
/// containers:
///   - name: checkout
///     securityContext:
///       allowPrivilegeEscalation: false
///       capabilities:
///         drop: [ALL]
/// ```
///
/// ## Limits
/// Defaults and exemptions in the API server's configuration aren't seen. Ports that equal their `containerPort` on the
/// host's network aren't reported beside that network: the API server sets them itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RestrictedLevel {
    /// Whether the labels of the Namespace decide which pods are checked, and by which version of the standard.
    pub from_namespace: bool,
}

impl Policy for RestrictedLevel {
    const METADATA: Metadata = Metadata {
        id: "restricted-level",
        title: "Pods keep to the restricted level of the Pod Security Standards",
        why: "a pod with more rights than it needs gives an attacker more to work with",
        help: "change the field that the control names",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Off,
        targets: POD_KINDS,
        needs: &[&kinds::NAMESPACE],
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::POD_SECURITY_STANDARDS, sources::POD_SECURITY_ADMISSION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(version) = version(Level::Restricted, self.from_namespace, cx)? else { return Ok(()) };
        Ok(Standard { pod, cx, version }.check_restricted(out)?)
    }
}
