use crate::kube::container::titles;
use crate::kube::security::{SecurityContext, selinux_types};
use crate::kube::version::KubernetesVersion;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports containers, including init, sidecar and ephemeral ones, whose `seLinuxOptions`, their own or the pod's, set a
/// `user`, a `role` or a `type` that Pod Security's baseline level doesn't accept and that isn't in `allowedTypes`. It
/// accepts `container_t`, `container_init_t`, `container_kvm_t` and, since Kubernetes 1.31, `container_engine_t`. A
/// `level` is fine. Wrong options of the pod are reported once for all containers that inherit them.
///
/// Privileged containers run unconfined anyway and are covered by `privileged-container`. Windows pods have no SELinux
/// and are skipped.
///
/// ## Why
/// On nodes with SELinux, the type decides what a process may touch, even as root. `spc_t` is as good as switching
/// SELinux off for the container: the node's files and processes are protected by ordinary permissions only, and root
/// has them all.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   seLinuxOptions:
///     level: "s0:c123,c456"
/// ```
/// Or nothing: the runtime sets `container_t` and a level of the pod's own. If a program needs more, write a type for it,
/// load it on the nodes and allow it here.
///
/// ## Limits
/// What a type in `allowedTypes` may do isn't visible, nor whether the nodes have SELinux at all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct CustomSelinux {
    /// Types that containers may have besides those of Pod Security, as patterns with `*` and `?`.
    pub allowed_types: Vec<Glob>,
}

impl Policy for CustomSelinux {
    const METADATA: Metadata = Metadata {
        id: "custom-selinux",
        title: "Containers keep the SELinux type of containers",
        why: "another type may reach what SELinux keeps from containers, up to the whole node",
        help: "remove type, user and role from seLinuxOptions",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::SECURITY_CONTEXT, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        let mut of_pod = None;
        let mut inheriting = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            if context.is_privileged()? {
                continue;
            }
            let options = context.selinux_options();
            let Some((key, sets)) = self.violation(options.node, cx.kubernetes())? else { continue };
            if options.is_set_by_pod(container) && !cx.spares_containers() {
                of_pod = Some((options.node.get(key), sets));
                inheriting.push(container);
                continue;
            }
            let whose = if options.from_pod { ", set on the pod" } else { "" };
            let message = text![container.title(), " runs with SELinux ", sets, whose];
            out.report(options.own.get(key), message).container(container);
        }
        if let Some((node, sets)) = of_pod {
            let verb = if inheriting.len() > 1 { " run" } else { " runs" };
            out.report(node, text![titles(&inheriting), verb, " with SELinux ", sets, ", set on the pod"]);
        }
        Ok(())
    }
}

impl CustomSelinux {
    /// The first wrong field, and all of them in words.
    fn violation(
        &self,
        options: Node<'_>,
        version: KubernetesVersion,
    ) -> Result<Option<(&'static str, String)>, Malformed> {
        let (mut first, mut parts) = (None, Vec::new());
        for key in ["type", "user", "role"] {
            let value = options.mapping()?.get(key).str()?.unwrap_or_default();
            let is_type = key == "type";
            let accepted = if is_type { selinux_types(version) } else { &[""] };
            if accepted.contains(&value) || is_type && self.allowed_types.iter().any(|allowed| allowed.matches(value)) {
                continue;
            }
            first = first.or(Some(key));
            parts.push(text![key, " ", value]);
        }
        Ok(first.map(|key| (key, parts.join(" and "))))
    }
}
