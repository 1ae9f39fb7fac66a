use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every container, including init, sidecar and ephemeral ones, whose `allowPrivilegeEscalation` is not
/// `false`. Not setting it allows escalation, so that is reported too (`unsetCounts`). The field exists only on
/// containers. Privileged containers can't set it to `false` and are covered by `privileged-container`. Windows pods
/// can't set it and are skipped.
///
/// ## Why
/// A program that runs as an ordinary user becomes root by starting another one that has the setuid bit or file
/// capabilities: most images contain `su`, `sudo`, `mount` and the like, and a vulnerability in one of them is enough.
/// With `false` the kernel sets `no_new_privs`: no process in the container can gain more privileges than its first one
/// had.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   allowPrivilegeEscalation: false
/// ```
/// Set it on every container. The API rejects it together with `CAP_SYS_ADMIN` in `capabilities.add`: remove that
/// first; until then there is no fix.
///
/// ## Limits
/// A program that gains privileges on purpose, such as one that starts as an ordinary user and calls `sudo`, or binds a
/// low port through a file capability, fails with `false`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct PrivilegeEscalation {
    /// Whether to report containers that don't set the field, and not only those that set it to `true`.
    pub unset_counts: bool,
}

impl Default for PrivilegeEscalation {
    fn default() -> PrivilegeEscalation {
        PrivilegeEscalation { unset_counts: true }
    }
}

impl Policy for PrivilegeEscalation {
    const METADATA: Metadata = Metadata {
        id: "privilege-escalation",
        title: "Processes can't gain more privileges than their parent",
        why: "one setuid program in the image is enough to become root",
        help: "set securityContext.allowPrivilegeEscalation to false",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SECURITY_CONTEXT, sources::POD_SECURITY_STANDARDS, sources::NO_NEW_PRIVILEGES],
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
        if pod.is_windows() || context.is_privileged()? {
            return Ok(());
        }
        let field = context.allow_privilege_escalation();
        let cause = match field.bool()? {
            Some(false) => return Ok(()),
            Some(true) => "allowPrivilegeEscalation is true",
            None if self.unset_counts => "allowPrivilegeEscalation is not set",
            None => return Ok(()),
        };
        let message = text![container.title(), " allows privilege escalation: ", cause];
        let finding = out.report(field, message).container(container);
        if context.forces_privilege_escalation()? {
            finding.help("remove CAP_SYS_ADMIN, then set allowPrivilegeEscalation to false");
        } else {
            let edits = vec![Edit::set(field, false)];
            finding.unsafe_fix("set allowPrivilegeEscalation to false", edits);
        }
        Ok(())
    }
}
