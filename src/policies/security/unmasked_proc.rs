use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers, including init, sidecar and ephemeral ones, with `procMount: Unmasked`. The field exists only on
/// containers. A privileged container sees all of `/proc` anyway and is covered by `privileged-container`. Windows pods
/// can't set it and are skipped.
///
/// ## Why
/// Runtimes hide parts of `/proc` from containers and make others read-only: the kernel's memory, keys and timers, and
/// switches that change the whole node. Unmasked, they are all exposed.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   procMount: Default
/// ```
/// Or leave it out: `Default` is the default.
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
        title: "Containers don't unmask /proc",
        why: "the node's kernel and secrets are exposed to the container",
        help: "remove procMount",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::POD_SECURITY_STANDARDS, sources::SECURITY_CONTEXT],
        ..Metadata::DEFAULT
    };

    fn check_container(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        _cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let context = SecurityContext::of(container, pod)?;
        let proc_mount = context.proc_mount();
        if !pod.is_windows() && proc_mount.str()? == Some("Unmasked") && !context.is_privileged()? {
            let message = text![container.title(), " sees all of /proc: procMount is Unmasked"];
            let edits = vec![Edit::remove(proc_mount)];
            out.report(proc_mount, message).container(container).unsafe_fix("remove procMount", edits);
        }
        Ok(())
    }
}
