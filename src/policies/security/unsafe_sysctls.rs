use crate::kube::security::{SAFE_SYSCTLS, dotted_sysctl, shared};
use crate::kube::version::KubernetesVersion;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports every sysctl in a pod's `securityContext.sysctls` that Kubernetes doesn't consider safe in the version
/// `kubernetesVersion`, unless it is in `allowed`. The safe ones are those that Pod Security's baseline level accepts:
///
/// - `kernel.shm_rmid_forced`, `net.ipv4.ip_local_port_range`, `net.ipv4.ip_unprivileged_port_start`,
///   `net.ipv4.ping_group_range`, `net.ipv4.tcp_syncookies`
/// - since 1.27: `net.ipv4.ip_local_reserved_ports`
/// - since 1.29: `net.ipv4.tcp_fin_timeout`, `net.ipv4.tcp_keepalive_intvl`, `net.ipv4.tcp_keepalive_probes`,
///   `net.ipv4.tcp_keepalive_time`
/// - since 1.32: `net.ipv4.tcp_rmem`, `net.ipv4.tcp_wmem`
/// - since 1.37: `net.ipv4.tcp_notsent_lowat`, `net.ipv4.tcp_slow_start_after_idle`
///
/// A name with slashes means the same as with dots. Windows pods have no sysctls and are skipped.
///
/// ## Why
/// A sysctl is safe if it changes nothing outside its pod. Any other can take memory or connections from every pod on
/// the node, or bring the node down. The kubelet therefore rejects it unless it is configured to allow it, and only
/// once the pod exists: the pod fails with `SysctlForbidden`, and its controller creates the next one, which fails as
/// well.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   sysctls:
///     - name: net.ipv4.ip_local_port_range
///       value: "1024 65535"
/// ```
/// For any other sysctl, start the kubelets of some nodes with `allowedUnsafeSysctls`, schedule the pod only on these
/// nodes, and add the name to `allowed`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnsafeSysctls {
    /// Sysctls that pods may set besides the safe ones: names with dots, or patterns such as `net.core.*`.
    pub allowed: Vec<Glob>,
}

impl Policy for UnsafeSysctls {
    const METADATA: Metadata = Metadata {
        id: "unsafe-sysctls",
        title: "Pods set only safe sysctls",
        why: "an unsafe sysctl can affect the whole node, and a kubelet that doesn't allow it refuses to start the pod",
        help: "remove the sysctl, or allow it on the kubelet and in this policy",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SYSCTLS, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        let list = shared(pod)?.get("sysctls");
        let (mut names, mut places, mut violations) = (Vec::new(), Vec::new(), Vec::new());
        for node in list.items()? {
            let name = node.mapping()?.get("name").str()?.unwrap_or_default();
            if let Some(cause) = self.violation(name, cx.kubernetes()) {
                names.push(name);
                places.push(node);
                violations.push(text!["sysctl ", name, cause]);
            }
        }
        let title = text!["remove ", names.join(", "), " from sysctls"];
        for (message, node) in violations.into_iter().zip(&places) {
            out.report(*node, message).unsafe_fix(title.clone(), Edit::take_out(list, &places)?);
        }
        Ok(())
    }
}

impl UnsafeSysctls {
    /// What is wrong with setting this sysctl.
    fn violation(&self, name: &str, version: KubernetesVersion) -> Option<String> {
        let name = dotted_sysctl(name);
        if name.is_empty() || self.allowed.iter().any(|allowed| allowed.matches(&name)) {
            return None;
        }
        match SAFE_SYSCTLS.iter().find(|(safe, _)| *safe == name) {
            Some((_, since)) if version.at_least(*since) => None,
            Some((_, since)) => {
                let since = since.to_string();
                Some(text![" is safe only from Kubernetes 1.", since, " on, not in 1.", version.minor.to_string()])
            }
            None => Some(" is not in Kubernetes' safe set".to_owned()),
        }
    }
}
