use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;
use crate::settings::Capability;

/// ## What it does
/// Reports every container, of whatever sort, that doesn't drop each capability in `requiredDrop`. A container that
/// drops `ALL` drops every other one with it. `ALL` has to be written exactly so: runtimes understand `all` as well,
/// but Pod Security's restricted level refuses it. Windows pods have no capabilities and are left alone.
///
/// ## Why
/// A runtime leaves a container about a dozen of root's powers, such as forging network packets, changing the owner of
/// any file and setting user ids. Hardly a program needs one of them, and whoever breaks into the container gets them
/// all.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   capabilities:
///     drop: [ALL]
/// ```
/// A capability that the program needs is then named in `add`. Pods have no such field: it stands on every container.
///
/// ## Limits
/// A program that really needs one adds it by name beside `drop: [ALL]`: a server on a port below 1024
/// `NET_BIND_SERVICE`, one that changes its user at the start `SETUID` and `SETGID`. Images that start as root and hand
/// over to a user are the ones that break: try before you roll it out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RetainedCapabilities {
    /// What every container drops: names in any case, with or without `CAP_`, or `ALL`.
    pub required_drop: Vec<Capability>,
}

impl Default for RetainedCapabilities {
    fn default() -> RetainedCapabilities {
        RetainedCapabilities { required_drop: vec![Capability::all()] }
    }
}

impl Policy for RetainedCapabilities {
    const METADATA: Metadata = Metadata {
        id: "retained-capabilities",
        title: "Containers drop all capabilities",
        why: "whoever breaks into the container gets every capability that it keeps",
        help: "set securityContext.capabilities.drop to [ALL] and add what the program needs",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CAPABILITIES, sources::POD_SECURITY_STANDARDS],
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

impl RetainedCapabilities {
    fn report(&self, container: &Container<'_>, pod: &Pod<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let drop = SecurityContext::of(container, pod)?.dropped_capabilities();
        let mut dropped = Vec::new();
        for name in drop.items()? {
            dropped.push((name.str()?.unwrap_or_default(), name));
        }
        let all = Capability::all();
        let inexact_all = if dropped.iter().any(|(name, _)| *name == all.as_str()) {
            None
        } else {
            dropped.iter().find(|(name, _)| all.is_named(name))
        };
        let drops_all = dropped.iter().any(|(name, _)| all.is_named(name));

        let all_required = self.required_drop.iter().any(Capability::is_all);
        if let Some((name, node)) = inexact_all.filter(|_| all_required) {
            let message = text![container.title(), " drops ", name, ", which Pod Security only takes written ALL"];
            let edits = vec![Edit::set(*node, json!("ALL"))];
            out.report(*node, message).container(container).help("write ALL").unsafe_fix("write ALL", edits);
            return Ok(());
        }
        let kept: Vec<&str> = self
            .required_drop
            .iter()
            .filter(|required| !drops_all && !dropped.iter().any(|(name, _)| required.is_named(name)))
            .map(Capability::as_str)
            // Whoever has to drop all has nothing else to drop.
            .filter(|name| !all_required || *name == all.as_str())
            .collect();
        if kept.is_empty() {
            return Ok(());
        }
        let names = kept.join(", ");
        let message = if all_required {
            text![container.title(), " keeps the runtime's default capabilities: drop lacks ALL"]
        } else {
            text![container.title(), " keeps capabilities: drop lacks ", names]
        };
        let help = text!["add ", names, " to securityContext.capabilities.drop"];
        let edits = kept.iter().map(|name| Edit::append(drop, json!(name))).collect();
        out.report(drop, message).container(container).unsafe_fix(help, edits);
        Ok(())
    }
}
