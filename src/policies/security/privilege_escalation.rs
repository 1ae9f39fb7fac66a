use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every container, of whatever sort, whose `allowPrivilegeEscalation` is not `false`. Not to set it is to allow
/// it, so that counts as well (`unsetCounts`). Pods have no such field. Windows pods can't have it and are left alone.
///
/// ## Why
/// A program that runs as an ordinary user becomes root by starting another one that has the set-user-id bit or file
/// capabilities: `su`, `sudo`, `mount` and their like lie in most images, and a hole in one of them is enough. With
/// `false` the kernel's `no_new_privs` is on: no process of the container ever gets more than its first one had.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   allowPrivilegeEscalation: false
/// ```
/// It stands on every container. The API refuses it beside `privileged: true`, and beside `CAP_SYS_ADMIN` in
/// `capabilities.add`: they have to go first, and there is no fix while they are there.
///
/// ## Limits
/// A program that means to gain rights, such as one that starts as an ordinary user and calls `sudo`, or binds a low port
/// by a file capability, fails with `false`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct PrivilegeEscalation {
    /// Whether a container that doesn't set the field is reported, and not only one that sets it to `true`.
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
        title: "Processes can't gain more privileges than their parent has",
        why: "one set-user-id program in the image is enough to become root",
        help: "set securityContext.allowPrivilegeEscalation to false",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SECURITY_CONTEXT, sources::POD_SECURITY_STANDARDS, sources::NO_NEW_PRIVILEGES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        for container in pod.containers() {
            self.report(container, pod, out)?;
        }
        Ok(())
    }
}

impl PrivilegeEscalation {
    fn report(&self, container: &Container<'_>, pod: &Pod<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let context = SecurityContext::of(container, pod)?;
        let field = context.allow_privilege_escalation();
        let says = match field.bool()? {
            Some(false) => return Ok(()),
            Some(true) => "allowPrivilegeEscalation is true",
            None if self.unset_counts => "allowPrivilegeEscalation is not set",
            None => return Ok(()),
        };
        let forced_by = context.forces_privilege_escalation()?;
        let message = text![container.title(), " may gain privileges: ", says];
        let finding = out.report(field, message).container(container);
        match forced_by {
            Some(setting) => {
                finding.help(text!["remove ", setting, ", then set allowPrivilegeEscalation to false"]);
            }
            None => {
                let edits = vec![Edit::set(field, json!(false))];
                finding.unsafe_fix("set allowPrivilegeEscalation to false", edits);
            }
        }
        Ok(())
    }
}
