use crate::kube::container::titles;
use crate::kube::security::{Inherited, SecurityContext, shared};
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Reports every container, including init, sidecar and ephemeral ones, whose system calls no seccomp profile filters:
/// neither it nor its pod sets `seccompProfile`, or the effective type is `Unconfined` or not in `allowed`. A
/// `Localhost` profile must name its file. A container's profile replaces the pod's as a whole. What one line on the
/// pod would fix is reported once: a wrong pod-level profile for all containers that inherit it, or a profile missing
/// from the pod and several containers.
///
/// A profile has no effect on privileged containers, which are covered by `privileged-container`. Windows pods can't
/// have one and are skipped.
///
/// ## Why
/// The kernel offers some four hundred system calls; a program needs a few dozen. Container escapes have used bugs in
/// the others. The runtime's default profile blocks those that ordinary programs don't need, but Kubernetes applies it
/// only on request.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   seccompProfile:
///     type: RuntimeDefault
/// ```
/// Set on the pod, it covers every container.
///
/// ## Limits
/// A kubelet that runs with `seccompDefault` applies the runtime's profile where none is set; that isn't visible here,
/// and the next cluster may not do it. What a `Localhost` profile allows isn't visible either.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingSeccompProfile {
    /// The profile types that containers may use: `RuntimeDefault`, `Localhost` or both.
    pub allowed: Vec<ProfileType>,
}

/// A profile type that filters system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum ProfileType {
    /// The container runtime's default profile.
    RuntimeDefault,
    /// A profile file on the node.
    Localhost,
}

impl ProfileType {
    fn name(self) -> &'static str {
        match self {
            ProfileType::RuntimeDefault => "RuntimeDefault",
            ProfileType::Localhost => "Localhost",
        }
    }
}

impl Default for MissingSeccompProfile {
    fn default() -> MissingSeccompProfile {
        MissingSeccompProfile { allowed: vec![ProfileType::RuntimeDefault, ProfileType::Localhost] }
    }
}

/// What is wrong with the effective profile.
enum Violation<'a> {
    /// There is none.
    Unset,
    /// There is one without a type.
    Untyped,
    /// Its type is not allowed.
    Type(&'a str),
    /// It is a file on the node, but names none.
    Unnamed,
}

impl Policy for MissingSeccompProfile {
    const METADATA: Metadata = Metadata {
        id: "missing-seccomp-profile",
        title: "Containers run with a seccomp profile",
        why: "an attacker can make every system call, and one kernel bug among them opens the node",
        help: "set securityContext.seccompProfile.type to RuntimeDefault",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SECCOMP, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        if self.allowed.is_empty() {
            return Err(SettingsError::new("allowed", "should name at least one type"));
        }
        Ok(())
    }

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        // A violation that one edit of the pod fixes, and the containers that have it.
        let mut shared_violation: Option<(Inherited<'_>, Violation<'_>)> = None;
        let mut containers = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            if context.is_privileged()? {
                continue;
            }
            let profile = context.seccomp_profile();
            let Some(violation) = self.violation(profile.node)? else { continue };
            let unset = profile.is_unset(container) && !cx.reports_separately();
            if unset || profile.is_set_by_pod(container) && !cx.spares_containers() {
                shared_violation = Some((profile, violation));
                containers.push(container);
                continue;
            }
            self.report_one(&profile, &violation, container, pod, cx, out)?;
        }
        let Some((profile, violation)) = shared_violation else { return Ok(()) };
        // If only one container needs it, the finding is at that container.
        if let ([container], false) = (containers.as_slice(), profile.from_pod) {
            return Ok(self.report_one(&profile, &violation, container, pod, cx, out)?);
        }
        let message = self.message(&violation, profile.from_pod, &containers);
        let help = self.help(&violation);
        let help = text!["set the pod's ", help.strip_prefix("set ").unwrap_or(&help)];
        let finding = out.report(violation.place(profile.pods), message).help(help);
        if self.allows_the_runtimes() {
            finding.unsafe_fix(FIX, type_edits(profile.pods));
        }
        Ok(())
    }
}

const FIX: &str = "set seccompProfile.type to RuntimeDefault";

impl MissingSeccompProfile {
    fn report_one(
        &self,
        profile: &Inherited<'_>,
        violation: &Violation<'_>,
        container: &Container<'_>,
        pod: &Pod<'_>,
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), Malformed> {
        let message = self.message(violation, profile.from_pod, &[container]);
        let finding = out.report(violation.place(profile.own), message).container(container).help(self.help(violation));
        if self.allows_the_runtimes() {
            let own = profile.own.exists() || container.role() == Role::Ephemeral || cx.spares_containers();
            finding.unsafe_fix(FIX, type_edits(if own { profile.own } else { shared(pod)?.get("seccompProfile") }));
        }
        Ok(())
    }

    fn violation<'a>(&self, profile: Node<'a>) -> Result<Option<Violation<'a>>, Malformed> {
        if !profile.mapping()?.exists() {
            return Ok(Some(Violation::Unset));
        }
        let Some(name) = profile.get("type").str()? else { return Ok(Some(Violation::Untyped)) };
        if !self.allowed.iter().any(|allowed| allowed.name() == name) {
            return Ok(Some(Violation::Type(name)));
        }
        let unnamed = profile.get("localhostProfile").str()?.is_none_or(str::is_empty);
        Ok((name == ProfileType::Localhost.name() && unnamed).then_some(Violation::Unnamed))
    }

    fn allows_the_runtimes(&self) -> bool {
        self.allowed.contains(&ProfileType::RuntimeDefault)
    }

    fn allowed_names(&self) -> String {
        let names: Vec<&str> = self.allowed.iter().map(|allowed| allowed.name()).collect();
        names.join(" or ")
    }

    fn message(&self, violation: &Violation<'_>, from_pod: bool, containers: &[&Container<'_>]) -> String {
        let titles = titles(containers);
        let several = containers.len() > 1;
        if matches!(violation, Violation::Unset) {
            return text![titles, if several { " have" } else { " has" }, " no seccomp profile"];
        }
        let whose = if from_pod { "the pod's seccomp profile" } else { "a seccomp profile" };
        let start = text![titles, if several { " use " } else { " uses " }, whose];
        match violation {
            Violation::Type(name) => text![start, " of type ", name, ", not ", self.allowed_names()],
            Violation::Unnamed => text![start, " of type Localhost without a localhostProfile"],
            Violation::Untyped | Violation::Unset => text![start, " without a type"],
        }
    }

    fn help(&self, violation: &Violation<'_>) -> String {
        match violation {
            Violation::Unnamed => "set seccompProfile.localhostProfile to the profile's path on the node".to_owned(),
            _ if !self.allows_the_runtimes() => {
                text!["set securityContext.seccompProfile.type to ", self.allowed_names()]
            }
            _ => MissingSeccompProfile::METADATA.help.to_owned(),
        }
    }
}

impl Violation<'_> {
    /// The field of the profile to edit.
    fn place<'a>(&self, profile: Node<'a>) -> Node<'a> {
        match self {
            Violation::Unset => profile,
            // A debug container that inherits the profile has none of its own yet.
            _ if !profile.exists() => profile,
            Violation::Untyped | Violation::Type(_) => profile.get("type"),
            Violation::Unnamed => profile.get("localhostProfile"),
        }
    }
}

/// Fixes one profile: the container's own, or the pod's, which covers its other containers too.
fn type_edits(profile: Node<'_>) -> Vec<Edit> {
    let mut edits = vec![Edit::set(profile.get("type"), "RuntimeDefault")];
    let file = profile.get("localhostProfile");
    if file.exists() {
        // The API rejects it with any type but Localhost.
        edits.push(Edit::remove(file));
    }
    edits
}
