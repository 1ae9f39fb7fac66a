use crate::kube::container::titles;
use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers, including init, sidecar and ephemeral ones, that run as processes of a Windows node:
/// `windowsOptions.hostProcess` is `true`. A container inherits it from the pod unless it sets its own; the pod's value is
/// reported once for all containers that inherit it.
///
/// ## Why
/// A HostProcess container is not a container at all but a process on the Windows node, with the node's files, network
/// and accounts. Usually it runs as `NT AUTHORITY\SYSTEM`: whoever breaks into it has the node, and the tokens of every
/// pod there. Pod Security's baseline level forbids it.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   windowsOptions:
///     hostProcess: false
/// ```
/// Or leave it out: `false` is the default. Exempt an agent that manages the node by name.
///
/// ## Limits
/// There is no fix: a program that works on the node can't do so from inside a container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct WindowsHostProcess {}

impl Policy for WindowsHostProcess {
    const METADATA: Metadata = Metadata {
        id: "windows-host-process",
        title: "Containers don't run as processes of a Windows node",
        why: "a host process has the node's files, network and accounts",
        help: "remove windowsOptions.hostProcess",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::HOST_PROCESS, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut of_pod: Option<Node<'_>> = None;
        let mut inheriting = Vec::new();
        for container in pod.containers() {
            let host_process = SecurityContext::of(container, pod)?.windows_option("hostProcess");
            if host_process.node.bool()? != Some(true) {
                continue;
            }
            if host_process.is_set_by_pod(container) && !cx.spares_containers() {
                of_pod = Some(host_process.node);
                inheriting.push(container);
                continue;
            }
            // An ephemeral container can't override its pod here.
            if container.role() != Role::Ephemeral || !host_process.from_pod {
                let whose = if host_process.from_pod { "the pod's " } else { "" };
                let message = text![container.title(), " runs as a host process: ", whose, "hostProcess is true"];
                out.report(host_process.own, message).container(container);
            }
        }
        if let Some(node) = of_pod {
            let verb = if inheriting.len() > 1 { " run as host processes" } else { " runs as a host process" };
            out.report(node, text![titles(&inheriting), verb, ": the pod's hostProcess is true"]);
        }
        Ok(())
    }
}
