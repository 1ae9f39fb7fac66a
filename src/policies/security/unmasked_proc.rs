use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers, of whatever sort, that see the node as it is: in Linux pods those with `procMount: Unmasked`, in
/// Windows pods those with `hostProcess: true`. The former stands on containers alone. The latter a container inherits
/// from its pod unless it sets its own; a pod's is reported once for all containers that inherit it.
///
/// ## Why
/// Runtimes hide parts of `/proc` from containers and make others read-only: the kernel's memory, its keys and timers,
/// and switches that change the whole node. Unmasked they are all there. A HostProcess container is no container at all
/// but a process of the Windows node, with the node's files, network and accounts.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   procMount: Default
/// ```
/// Or nothing: `Default` is the default, as `false` is for `hostProcess`. An agent that manages the node is best exempted
/// by name. For `hostProcess` there is no fix: a program that works on the node can't do so from within a container.
///
/// ## Limits
/// The API takes `Unmasked` in pods with a user namespace alone (`hostUsers: false`), where root means less, and Pod
/// Security's baseline level lets it through there from 1.35 on. Such pods are reported all the same: if you build images or
/// run containers in containers by that, exempt them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnmaskedProc {}

impl Policy for UnmaskedProc {
    const METADATA: Metadata = Metadata {
        id: "unmasked-proc",
        title: "Containers don't see the node's own /proc, nor run as its processes",
        why: "what hides the node from its containers is off, and its kernel and its secrets lie open",
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

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut pods: Option<Node<'_>> = None;
        let mut heirs = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            let proc_mount = context.proc_mount();
            if !pod.is_windows() && proc_mount.str()? == Some("Unmasked") {
                let message = text![container.title(), " sees all of /proc: procMount is Unmasked"];
                let edits = vec![Edit::remove(proc_mount)];
                let finding = out.report(proc_mount, message).container(container).help("remove procMount");
                finding.unsafe_fix("remove procMount", edits);
            }
            let host_process = context.windows_option("hostProcess");
            if host_process.node.bool()? != Some(true) {
                continue;
            }
            if host_process.is_set_by_pod(container) {
                pods = Some(host_process.node);
                heirs.push(container.title());
                continue;
            }
            // An ephemeral container can't refuse what its pod is.
            if !host_process.from_pod {
                let message = text![container.title(), " runs as a process of the node: hostProcess is true"];
                out.report(host_process.own, message).container(container).help(REMOVE_HOST_PROCESS);
            }
        }
        if let Some(node) = pods {
            let verb = if heirs.len() > 1 { " run as processes" } else { " runs as a process" };
            let message = text![heirs.join(", "), verb, " of the node: the pod's hostProcess is true"];
            out.report(node, message).help(REMOVE_HOST_PROCESS);
        }
        Ok(())
    }
}

const REMOVE_HOST_PROCESS: &str = "remove windowsOptions.hostProcess";
