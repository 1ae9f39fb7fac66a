use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;
use crate::settings::Capability;

/// ## What it does
/// Reports every container, including init, sidecar and ephemeral ones, that doesn't drop each capability in
/// `requiredDrop`. Dropping `ALL` drops every one. Names are compared exactly, as Pod Security does: runtimes accept
/// `all` too, but the restricted level rejects it, so that is reported with severity low. Privileged containers keep
/// every capability anyway and are covered by `privileged-container`. Windows pods have no capabilities and are
/// skipped.
///
/// ## Why
/// A runtime grants a container about a dozen of root's powers by default, such as forging network packets, changing
/// the owner of any file and setting user IDs. Hardly any program needs them, and an attacker who breaks into the
/// container gets them all.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   capabilities:
///     drop: [ALL]
/// ```
/// Then name any capability that the program needs in `add`. The field exists only on containers: set it on every one.
///
/// ## Limits
/// A program that needs a capability adds it by name next to `drop: [ALL]`: `NET_BIND_SERVICE` for a server on a port
/// below 1024, `SETUID` and `SETGID` for one that switches users at startup. Images that start as root and switch to
/// another user are the ones that break: test before rolling out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RetainedCapabilities {
    /// Capabilities that every container must drop, such as `NET_RAW`, or `ALL`.
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
        why: "an attacker in the container gets every capability that it keeps",
        help: "set securityContext.capabilities.drop to [ALL] and add what the program needs",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CAPABILITIES, sources::POD_SECURITY_STANDARDS],
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
        let drop = context.dropped_capabilities();
        let mut dropped = Vec::new();
        for node in drop.items()? {
            dropped.push((node.str()?.unwrap_or_default(), node));
        }
        if dropped.iter().any(|(name, _)| *name == ALL) {
            return Ok(());
        }
        let needs_all = self.required_drop.iter().any(Capability::is_all);
        let mut missing: Vec<&str> = Vec::new();
        for required in &self.required_drop {
            // ALL covers every other capability.
            if needs_all && !required.is_all() || dropped.iter().any(|(name, _)| *name == required.as_str()) {
                continue;
            }
            let inexact = |(name, _): &&(&str, Node<'_>)| required.is_named(name);
            let Some((name, node)) = dropped.iter().find(inexact) else {
                missing.push(required.as_str());
                continue;
            };
            let exact = required.as_str();
            let message = text![
                container.title(),
                " drops \"",
                name,
                "\"; Pod Security accepts only the exact spelling \"",
                exact,
                "\""
            ];
            let title = text!["change \"", name, "\" to \"", exact, "\" in capabilities.drop"];
            let finding = out.report(*node, message).container(container).severity(Severity::Low);
            finding.unsafe_fix(title, vec![Edit::set(*node, exact)]);
        }
        if missing.is_empty() {
            return Ok(());
        }
        let names = missing.join(", ");
        let message = if needs_all {
            text![container.title(), " keeps the runtime's default capabilities: it does not drop ALL"]
        } else {
            text![container.title(), " does not drop ", names]
        };
        let title = text!["add ", names, " to securityContext.capabilities.drop"];
        let edits = missing.iter().map(|name| Edit::append(drop, *name)).collect();
        out.report(drop, message).container(container).unsafe_fix(title, edits);
        Ok(())
    }
}

const ALL: &str = "ALL";
