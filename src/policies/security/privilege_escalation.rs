use crate::kube::container::titles;
use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every container, including init, sidecar and ephemeral ones, whose `allowPrivilegeEscalation` is not
/// `false`. Not setting it allows escalation, so that is reported too (`unsetCounts`). The field exists only on
/// containers. Privileged containers can't set it to `false` and are covered by `privileged-container`. Windows pods
/// can't set it and are skipped. Containers of a pod that don't set it are reported together.
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

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // Those that say nothing about it are one finding.
        let mut unset = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            if pod.is_windows() || context.is_privileged()? {
                continue;
            }
            let field = context.allow_privilege_escalation();
            let cause = match field.bool()? {
                Some(false) => continue,
                Some(true) => "allowPrivilegeEscalation is true",
                None if self.unset_counts => UNSET,
                None => continue,
            };
            let is_forced = context.forces_privilege_escalation()?;
            // An ephemeral container comes to a pod that is running.
            let is_alone = is_forced || container.role() == Role::Ephemeral || cx.reports_separately();
            if cause == UNSET && !is_alone {
                unset.push((container, field));
                continue;
            }
            let message = text![container.title(), " allows privilege escalation: ", cause];
            let finding = out.report(field, message).container(container);
            if is_forced {
                finding.help("remove CAP_SYS_ADMIN, then set allowPrivilegeEscalation to false");
            } else {
                finding.unsafe_fix(TITLE, vec![Edit::set(field, false)]);
            }
        }
        // Not the first: the place, by which the finding is known again, doesn't depend on the order.
        let Some((first, field)) = unset.iter().min_by_key(|(container, _)| container.name()) else { return Ok(()) };
        let edits = unset.iter().map(|(_, field)| Edit::set(*field, false)).collect();
        if unset.len() == 1 {
            let message = text![first.title(), " allows privilege escalation: ", UNSET];
            out.report(*field, message).container(first).unsafe_fix(TITLE, edits);
            return Ok(());
        }
        let containers: Vec<&Container<'_>> = unset.iter().map(|(container, _)| *container).collect();
        let message = text![titles(&containers), " allow privilege escalation: ", UNSET];
        out.report(*field, message).unsafe_fix(TITLE, edits);
        Ok(())
    }
}

const UNSET: &str = "allowPrivilegeEscalation is not set";
const TITLE: &str = "set allowPrivilegeEscalation to false";
