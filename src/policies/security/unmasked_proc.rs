use crate::kube::container::titles;
use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers, including init, sidecar and ephemeral ones, that see the node unmasked: in Linux pods those with
/// `procMount: Unmasked`, in Windows pods those with `hostProcess: true`. `procMount` exists only on containers.
/// `hostProcess` is inherited from the pod unless the container sets its own; a pod-level value is reported once for
/// all containers that inherit it.
///
/// ## Why
/// Runtimes hide parts of `/proc` from containers and make others read-only: the kernel's memory, keys and timers, and
/// switches that change the whole node. Unmasked, they are all exposed. A HostProcess container is not a container at
/// all but a process on the Windows node, with the node's files, network and accounts.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   procMount: Default
/// ```
/// Or leave it out: `Default` is the default, as is `false` for `hostProcess`. Exempt an agent that manages the node by
/// name. `hostProcess` has no fix: a program that works on the node can't do so from inside a container.
///
/// ## Limits
/// The API accepts `Unmasked` only in pods with a user namespace (`hostUsers: false`), where root means less, and from
/// 1.35 on Pod Security's baseline level allows it there. Such pods are still reported: exempt them if you build images
/// or run containers in containers that way.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnmaskedProc {}

impl Policy for UnmaskedProc {
    const METADATA: Metadata = Metadata {
        id: "unmasked-proc",
        title: "Containers don't unmask /proc or run as host processes",
        why: "the node's kernel and secrets are exposed to the container",
        help: "remove procMount and hostProcess",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::POD_SECURITY_STANDARDS, sources::SECURITY_CONTEXT, sources::HOST_PROCESS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut pods: Option<Node<'_>> = None;
        let mut inheriting = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            let proc_mount = context.proc_mount();
            if !pod.is_windows() && proc_mount.str()? == Some("Unmasked") && !context.is_privileged()? {
                let message = text![container.title(), " sees all of /proc: procMount is Unmasked"];
                let edits = vec![Edit::remove(proc_mount)];
                let finding = out.report(proc_mount, message).container(container);
                finding.unsafe_fix("remove procMount", edits);
            }
            let host_process = context.windows_option("hostProcess");
            if host_process.node.bool()? != Some(true) {
                continue;
            }
            if host_process.is_set_by_pod(container) && !cx.spares_containers() {
                pods = Some(host_process.node);
                inheriting.push(container);
                continue;
            }
            // An ephemeral container can't override its pod here.
            if container.role() != Role::Ephemeral || !host_process.from_pod {
                let whose = if host_process.from_pod { "the pod's " } else { "" };
                let message = text![container.title(), " runs as a host process: ", whose, "hostProcess is true"];
                out.report(host_process.own, message).container(container).help(REMOVE_HOST_PROCESS);
            }
        }
        if let Some(node) = pods {
            let verb = if inheriting.len() > 1 { " run as host processes" } else { " runs as a host process" };
            let message = text![titles(&inheriting), verb, ": the pod's hostProcess is true"];
            out.report(node, message).help(REMOVE_HOST_PROCESS);
        }
        Ok(())
    }
}

const REMOVE_HOST_PROCESS: &str = "remove windowsOptions.hostProcess";
