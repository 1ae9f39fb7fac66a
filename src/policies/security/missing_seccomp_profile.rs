use crate::kube::security::{Inherited, SecurityContext, shared};
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Reports every container, of whatever sort, whose system calls no seccomp profile filters: neither it nor its pod sets
/// `seccompProfile`, or the type that counts is `Unconfined` or else not in `allowed`. A `Localhost` profile has to be
/// named. A profile of the container's goes before the pod's as a whole. What one line on the pod would fix is reported
/// once: a pod's profile that is wrong for the containers that inherit it, or one that several containers and the pod
/// lack. Windows pods can't have one and are left alone.
///
/// ## Why
/// The kernel offers some four hundred system calls, and a program needs a few dozen. Holes by which containers were
/// broken out of lay in the others. The runtime's own profile blocks those that no ordinary program needs, but Kubernetes
/// leaves it off unless it is asked for.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   seccompProfile:
///     type: RuntimeDefault
/// ```
/// On the pod it covers every container.
///
/// ## Limits
/// A kubelet that runs with `seccompDefault` uses the runtime's profile where none is set; that can't be seen from here,
/// and the next cluster may do without. What a `Localhost` profile lets through can't be seen either. The profile of a
/// privileged container has no effect: see `privileged-container`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingSeccompProfile {
    /// The types of profiles that containers may have: `RuntimeDefault`, `Localhost` or both.
    pub allowed: Vec<ProfileType>,
}

/// A profile that filters something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum ProfileType {
    /// The container runtime's own.
    RuntimeDefault,
    /// One that lies on the node.
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

/// What is wrong with the profile that counts.
enum Violation<'a> {
    /// There is none.
    Unset,
    /// There is one without a type.
    Untyped,
    /// Its type is not allowed.
    Type(&'a str),
    /// It is a file on the node, but which one?
    Unnamed,
}

impl Policy for MissingSeccompProfile {
    const METADATA: Metadata = Metadata {
        id: "missing-seccomp-profile",
        title: "A seccomp profile filters the system calls of containers",
        why: "every system call of the kernel is open to whoever breaks in, and one hole in them leads to the node",
        help: "set securityContext.seccompProfile.type to RuntimeDefault",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Production,
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
        // What one edit of the pod fixes, and the containers that it fixes it for.
        let mut shared_violation: Option<(Inherited<'_>, Violation<'_>)> = None;
        let mut heirs = Vec::new();
        for container in pod.containers() {
            let profile = SecurityContext::of(container, pod)?.seccomp_profile();
            let Some(violation) = self.violation(profile.node)? else { continue };
            let unset = profile.is_unset(container) && !cx.reports_separately();
            if unset || profile.is_set_by_pod(container) {
                shared_violation = Some((profile, violation));
                heirs.push(container);
                continue;
            }
            self.report_one(&profile, &violation, container, pod, out)?;
        }
        let Some((profile, violation)) = shared_violation else { return Ok(()) };
        // What a single container lacks is told at that container.
        if let ([container], false) = (heirs.as_slice(), profile.from_pod) {
            return Ok(self.report_one(&profile, &violation, container, pod, out)?);
        }
        let titles: Vec<String> = heirs.iter().map(|container| container.title()).collect();
        let message = self.message(&violation, profile.from_pod, &titles);
        let help = self.help(&violation).replacen("set ", "set the pod's ", 1);
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
        out: &mut Findings,
    ) -> Result<(), Malformed> {
        let message = self.message(violation, profile.from_pod, &[container.title()]);
        let finding = out.report(violation.place(profile.own), message).container(container).help(self.help(violation));
        if self.allows_the_runtimes() {
            finding.unsafe_fix(FIX, edits(profile, container, pod)?);
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

    fn message(&self, violation: &Violation<'_>, from_pod: bool, titles: &[String]) -> String {
        let who = titles.join(", ");
        let verb = if titles.len() > 1 { " have " } else { " has " };
        let whose = if from_pod { "the pod's seccomp profile" } else { "the seccomp profile" };
        match violation {
            Violation::Unset => text![who, verb, "no seccomp profile"],
            Violation::Untyped => text![who, verb, whose, " of no type"],
            Violation::Type(name) => text![who, verb, whose, " ", name, ", not ", self.allowed_names()],
            Violation::Unnamed => text![who, verb, whose, " Localhost, but no localhostProfile"],
        }
    }

    fn help(&self, violation: &Violation<'_>) -> String {
        match violation {
            Violation::Unnamed => "set seccompProfile.localhostProfile to the profile's path".to_owned(),
            _ if !self.allows_the_runtimes() => {
                text!["set securityContext.seccompProfile.type to ", self.allowed_names()]
            }
            _ => MissingSeccompProfile::METADATA.help.to_owned(),
        }
    }
}

impl Violation<'_> {
    /// What a person edits in the profile.
    fn place<'a>(&self, profile: Node<'a>) -> Node<'a> {
        match self {
            Violation::Unset => profile,
            // Where a debug container inherits it, there is no profile yet to have one.
            _ if !profile.exists() => profile,
            Violation::Untyped | Violation::Type(_) => profile.get("type"),
            Violation::Unnamed => profile.get("localhostProfile"),
        }
    }
}

/// What fixes the fault of one container: at the container what it says itself, and otherwise at the pod, so that its
/// other containers have it too.
fn edits(profile: &Inherited<'_>, container: &Container<'_>, pod: &Pod<'_>) -> Result<Vec<Edit>, Malformed> {
    let own = profile.own.exists() || container.role() == Role::Ephemeral;
    Ok(type_edits(if own { profile.own } else { shared(pod)?.get("seccompProfile") }))
}

fn type_edits(profile: Node<'_>) -> Vec<Edit> {
    let mut edits = vec![Edit::set(profile.get("type"), json!("RuntimeDefault"))];
    let file = profile.get("localhostProfile");
    if file.exists() {
        // The API refuses it beside any other type than Localhost.
        edits.push(Edit::remove(file));
    }
    edits
}
