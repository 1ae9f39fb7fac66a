use crate::kube::container::titles;
use crate::kube::security::{Inherited, SecurityContext, shared};
use crate::policies::prelude::*;

/// ## What it does
/// Reports every container, including init, sidecar and ephemeral ones, that runs or may run as root: its
/// `runAsNonRoot` is not `true`, or its `runAsUser` is 0 (in Windows pods: its `runAsUserName` is
/// `ContainerAdministrator`). The container's own value counts, or the pod's where the container sets none. With a
/// `runAsUser` above 0 and no `runAsNonRoot` only a safeguard is missing: severity low.
///
/// What one line on the pod would fix is reported once: a wrong pod-level value for all containers that inherit it, or
/// a value missing from the pod and several containers.
///
/// ## Why
/// Root in a container is root on the node as soon as it escapes: through a vulnerability in the runtime or the kernel,
/// a mounted host path, a writable socket. With `runAsNonRoot` the kubelet refuses to start an image whose user is
/// root, so a changed base image can't bring root back unnoticed.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   runAsNonRoot: true
///   runAsUser: 10001
/// ```
/// Set on the pod, they cover every container. `runAsUser` is needed when the image sets its user by name or not at
/// all.
///
/// ## Limits
/// A user namespace (`hostUsers: false`) doesn't count: the process is still root over everything in its container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RootUser {
    /// Whether to accept a `runAsUser` above 0 without `runAsNonRoot`. (In Windows pods: a `runAsUserName` other than
    /// `ContainerAdministrator`.)
    pub accept_non_zero_user: bool,
}

/// What makes a container run as root.
struct Violation<'a> {
    /// The wrong value, or the place for the missing one.
    field: Inherited<'a>,
    /// What is wrong with it.
    cause: &'static str,
    /// Whether the container certainly runs as root, or only may.
    certain: bool,
    /// Whether its user is set and not root, so that only the check is missing.
    user_set: bool,
}

impl Policy for RootUser {
    const METADATA: Metadata = Metadata {
        id: "root-user",
        title: "Containers don't run as root",
        why: "root in a container is root on the node as soon as it escapes",
        help: "set runAsNonRoot to true, and runAsUser to a user ID above 0 if the image doesn't set one",
        category: Category::Security,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SECURITY_CONTEXT, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // Violations that one edit of the pod fixes, each with the containers that have it.
        let mut shared_violations: Vec<(Violation<'_>, Vec<&Container<'_>>)> = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            let Some(violation) = self.violation(&context, pod)? else { continue };
            let unset = violation.field.is_unset(container) && !cx.reports_separately();
            if unset || violation.field.is_set_by_pod(container) && !cx.spares_containers() {
                match shared_violations.iter_mut().find(|(known, _)| known.is_like(&violation)) {
                    Some((_, containers)) => containers.push(container),
                    None => shared_violations.push((violation, vec![container])),
                }
                continue;
            }
            report_one(&violation, container, pod, cx, out)?;
        }
        for (violation, containers) in shared_violations {
            // If only one container needs it, the finding is at that container.
            if let ([container], false) = (containers.as_slice(), violation.field.from_pod) {
                report_one(&violation, container, pod, cx, out)?;
                continue;
            }
            let edits = shared_edits(&violation, shared(pod)?)?;
            let finding = out
                .report(violation.field.pods, violation.message(&containers))
                .help(violation.help(pod).replacen("set ", "set the pod's ", 1));
            finding.severity(violation.severity()).unsafe_fix(violation.fix_title(), edits);
        }
        Ok(())
    }
}

fn report_one(
    violation: &Violation<'_>,
    container: &Container<'_>,
    pod: &Pod<'_>,
    cx: &Context<'_>,
    out: &mut Findings,
) -> Result<(), Malformed> {
    let context = SecurityContext::of(container, pod)?;
    let ephemeral = container.role() == Role::Ephemeral;
    // The pod of an ephemeral container is already running: only the container can still be changed.
    let node = if violation.field.from_pod { context.own().get("runAsNonRoot") } else { violation.field.node };
    let finding = out.report(node, violation.message(&[container])).container(container).help(violation.help(pod));
    let finding = finding.severity(violation.severity());
    let alone = ephemeral || cx.spares_containers();
    // The right user is unknown, and without its own value the container may inherit root again.
    if !(violation.certain && (ephemeral || alone && violation.field.pods.exists())) {
        finding.unsafe_fix(violation.fix_title(), edits(violation, &context, pod, alone)?);
    }
    Ok(())
}

impl RootUser {
    fn violation<'a>(&self, context: &SecurityContext<'a>, pod: &Pod<'a>) -> Result<Option<Violation<'a>>, Malformed> {
        let named = if pod.is_windows() {
            let field = context.windows_option("runAsUserName");
            let name = field.node.str()?;
            if name.is_some_and(is_administrator) {
                let cause = "runAsUserName is ContainerAdministrator";
                return Ok(Some(Violation { field, cause, certain: true, user_set: false }));
            }
            name.is_some()
        } else {
            let field = context.run_as_user();
            let user = field.node.int()?;
            if user == Some(0) {
                return Ok(Some(Violation { field, cause: "runAsUser is 0", certain: true, user_set: false }));
            }
            user.is_some()
        };
        let field = context.run_as_non_root();
        let cause = match field.node.bool()? {
            Some(true) => return Ok(None),
            _ if named && self.accept_non_zero_user => return Ok(None),
            Some(false) => "runAsNonRoot is false",
            None => "runAsNonRoot is not set",
        };
        Ok(Some(Violation { field, cause, certain: false, user_set: named }))
    }
}

impl Violation<'_> {
    /// True when one edit of the pod fixes both.
    fn is_like(&self, other: &Violation<'_>) -> bool {
        self.cause == other.cause && self.field.from_pod == other.field.from_pod && self.user_set == other.user_set
    }

    fn message(&self, containers: &[&Container<'_>]) -> String {
        let verb = match (self.certain, self.user_set, containers.len()) {
            (true, _, 1) => " runs as root: ",
            (true, ..) => " run as root: ",
            (false, true, 1) => " doesn't enforce its non-root user: ",
            (false, true, _) => " don't enforce their non-root user: ",
            (false, false, _) => " may run as root: ",
        };
        let whose = if self.field.from_pod { "the pod's " } else { "" };
        text![titles(containers), verb, whose, self.cause]
    }

    /// With a user that isn't root only a safeguard is missing.
    fn severity(&self) -> Severity {
        if self.user_set { Severity::Low } else { RootUser::METADATA.severity }
    }

    fn help(&self, pod: &Pod<'_>) -> &'static str {
        match (self.certain, self.user_set || pod.is_windows()) {
            (true, false) => "set runAsUser to a user ID above 0 and runAsNonRoot to true",
            (true, true) => "set runAsUserName to another account and runAsNonRoot to true",
            (false, false) => RootUser::METADATA.help,
            (false, true) => "set runAsNonRoot to true",
        }
    }

    fn fix_title(&self) -> &'static str {
        match (self.certain, self.cause) {
            (true, "runAsUser is 0") => "remove runAsUser and set runAsNonRoot to true",
            (true, _) => "remove runAsUserName and set runAsNonRoot to true",
            (false, _) => "set runAsNonRoot to true",
        }
    }
}

/// Fixes one container: its own value where it has one or stands `alone`, otherwise the pod's, which covers its other
/// containers too.
fn edits(
    violation: &Violation<'_>,
    context: &SecurityContext<'_>,
    pod: &Pod<'_>,
    alone: bool,
) -> Result<Vec<Edit>, Malformed> {
    let non_root = context.run_as_non_root();
    let mut edits = Vec::new();
    if violation.certain {
        edits.push(Edit::remove(violation.field.node));
    }
    if non_root.node.bool()? != Some(true) {
        let own = alone || non_root.node.exists() && !non_root.from_pod;
        let place = if own { context.own() } else { shared(pod)? };
        edits.push(Edit::set(place.get("runAsNonRoot"), true));
    }
    Ok(edits)
}

/// Fixes a value of the pod.
fn shared_edits(violation: &Violation<'_>, context: Node<'_>) -> Result<Vec<Edit>, Malformed> {
    let mut edits = Vec::new();
    if violation.certain {
        edits.push(Edit::remove(violation.field.node));
    }
    let non_root = context.get("runAsNonRoot");
    if non_root.bool()? != Some(true) {
        edits.push(Edit::set(non_root, true));
    }
    Ok(edits)
}

/// True for root's equivalent in Windows containers; Windows ignores case.
fn is_administrator(name: &str) -> bool {
    name.eq_ignore_ascii_case("ContainerAdministrator")
}
