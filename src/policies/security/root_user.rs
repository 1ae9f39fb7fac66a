use crate::kube::security::{Inherited, SecurityContext, shared};
use crate::policies::prelude::*;

/// ## What it does
/// Reports every container, of whatever sort, that runs as root or may: its `runAsNonRoot` is not `true`, or its
/// `runAsUser` is 0 (in Windows pods: its `runAsUserName` is `ContainerAdministrator`). What counts is the container's
/// own value, and the pod's where the container sets none. What one line on the pod would fix is reported once: a value
/// of the pod's that is wrong for the containers that inherit it, or one that several containers and the pod lack.
///
/// ## Why
/// Root in a container is root on the node as soon as it gets out: through a hole in the runtime or the kernel, a
/// mounted host path, a writable socket. With `runAsNonRoot` the kubelet refuses to start an image whose user is root,
/// so that a changed base image can't bring it back unnoticed.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   runAsNonRoot: true
///   runAsUser: 10001
/// ```
/// On the pod it covers every container. `runAsUser` is needed when the image names its user by name or not at all.
///
/// ## Limits
/// A user namespace (`hostUsers: false`) exempts nothing: the process is still root over everything in its container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RootUser {
    /// Whether a `runAsUser` above 0 will do without `runAsNonRoot`. (In Windows pods: a `runAsUserName` other than
    /// `ContainerAdministrator`.)
    pub accept_non_zero_user: bool,
}

/// What makes a container run as root.
struct Violation<'a> {
    /// The value at fault, or the place for the missing one.
    field: Inherited<'a>,
    /// What is wrong with it.
    says: &'static str,
    /// Whether the container is sure to run as root, or only may.
    certain: bool,
}

impl Policy for RootUser {
    const METADATA: Metadata = Metadata {
        id: "root-user",
        title: "Containers don't run as root",
        why: "root in a container is root on the node as soon as it gets out",
        help: "set runAsNonRoot to true, and runAsUser to a user above 0 if the image has none",
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
        // What one edit of the pod fixes, and the containers that it fixes it for.
        let mut shared_violations: Vec<(Violation<'_>, Vec<&Container<'_>>)> = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            let Some(violation) = self.violation(&context, pod)? else { continue };
            let unset = violation.field.is_unset(container) && !cx.reports_separately();
            if unset || violation.field.is_set_by_pod(container) {
                match shared_violations.iter_mut().find(|(known, _)| known.is_like(&violation)) {
                    Some((_, containers)) => containers.push(container),
                    None => shared_violations.push((violation, vec![container])),
                }
                continue;
            }
            report_one(&violation, container, &context, pod, out)?;
        }
        for (violation, containers) in shared_violations {
            // What a single container lacks is told at that container.
            if let ([container], false) = (containers.as_slice(), violation.field.from_pod) {
                report_one(&violation, container, &SecurityContext::of(container, pod)?, pod, out)?;
                continue;
            }
            let titles: Vec<String> = containers.iter().map(|container| container.title()).collect();
            let edits = shared_edits(&violation, shared(pod)?)?;
            let finding = out
                .report(violation.field.pods, violation.message(&titles))
                .help(violation.help(pod).replacen("set ", "set the pod's ", 1));
            finding.unsafe_fix(violation.fix_title(), edits);
        }
        Ok(())
    }
}

fn report_one(
    violation: &Violation<'_>,
    container: &Container<'_>,
    context: &SecurityContext<'_>,
    pod: &Pod<'_>,
    out: &mut Findings,
) -> Result<(), Malformed> {
    let ephemeral = container.role() == Role::Ephemeral;
    // The pod of an ephemeral container runs already: only the container can still be written otherwise.
    let node = if violation.field.from_pod { context.own().get("runAsNonRoot") } else { violation.field.node };
    let finding =
        out.report(node, violation.message(&[container.title()])).container(container).help(violation.help(pod));
    // What user it should be instead, nobody knows: without its own it may inherit root again.
    if !(ephemeral && violation.certain) {
        finding.unsafe_fix(violation.fix_title(), edits(violation, container, context, pod)?);
    }
    Ok(())
}

impl RootUser {
    fn violation<'a>(&self, context: &SecurityContext<'a>, pod: &Pod<'a>) -> Result<Option<Violation<'a>>, Malformed> {
        let named = if pod.is_windows() {
            let field = context.windows_option("runAsUserName");
            let name = field.node.str()?;
            if name.is_some_and(is_administrator) {
                let says = "runAsUserName is ContainerAdministrator";
                return Ok(Some(Violation { field, says, certain: true }));
            }
            name.is_some()
        } else {
            let field = context.run_as_user();
            let user = field.node.int()?;
            if user == Some(0) {
                return Ok(Some(Violation { field, says: "runAsUser is 0", certain: true }));
            }
            user.is_some()
        };
        let field = context.run_as_non_root();
        let says = match field.node.bool()? {
            Some(true) => return Ok(None),
            _ if named && self.accept_non_zero_user => return Ok(None),
            Some(false) => "runAsNonRoot is false",
            None => "runAsNonRoot is not set",
        };
        Ok(Some(Violation { field, says, certain: false }))
    }
}

impl Violation<'_> {
    /// True when one edit of the pod fixes both.
    fn is_like(&self, other: &Violation<'_>) -> bool {
        self.says == other.says && self.field.from_pod == other.field.from_pod
    }

    fn message(&self, titles: &[String]) -> String {
        let verb = match (self.certain, titles.len()) {
            (true, 1) => " runs as root: ",
            (true, _) => " run as root: ",
            (false, _) => " may run as root: ",
        };
        let whose = if self.field.from_pod { "the pod's " } else { "" };
        text![titles.join(", "), verb, whose, self.says]
    }

    fn help(&self, pod: &Pod<'_>) -> &'static str {
        match (self.certain, pod.is_windows()) {
            (true, false) => "set runAsUser to a user above 0 and runAsNonRoot to true",
            (true, true) => "set runAsUserName to another account and runAsNonRoot to true",
            (false, false) => "set runAsNonRoot to true, and runAsUser to a user above 0 if the image has none",
            (false, true) => "set runAsNonRoot to true",
        }
    }

    fn fix_title(&self) -> &'static str {
        match (self.certain, self.says) {
            (true, "runAsUser is 0") => "remove runAsUser and set runAsNonRoot to true",
            (true, _) => "remove runAsUserName and set runAsNonRoot to true",
            (false, _) => "set runAsNonRoot to true",
        }
    }
}

/// What fixes a fault of the container's own: at the container what it says itself, and otherwise at the pod, so that
/// its other containers have it too.
fn edits(
    violation: &Violation<'_>,
    container: &Container<'_>,
    context: &SecurityContext<'_>,
    pod: &Pod<'_>,
) -> Result<Vec<Edit>, Malformed> {
    let non_root = context.run_as_non_root();
    let mut edits = Vec::new();
    if violation.certain {
        edits.push(Edit::remove(violation.field.node));
    }
    if non_root.node.bool()? != Some(true) {
        let own = non_root.node.exists() && !non_root.from_pod || container.role() == Role::Ephemeral;
        let place = if own { context.own() } else { shared(pod)? };
        edits.push(Edit::set(place.get("runAsNonRoot"), json!(true)));
    }
    Ok(edits)
}

/// What fixes a fault of the pod's.
fn shared_edits(violation: &Violation<'_>, context: Node<'_>) -> Result<Vec<Edit>, Malformed> {
    let mut edits = Vec::new();
    if violation.certain {
        edits.push(Edit::remove(violation.field.node));
    }
    let non_root = context.get("runAsNonRoot");
    if non_root.bool()? != Some(true) {
        edits.push(Edit::set(non_root, json!(true)));
    }
    Ok(edits)
}

/// True for the account that Windows containers have for root; Windows doesn't tell upper from lower case.
fn is_administrator(name: &str) -> bool {
    name.eq_ignore_ascii_case("ContainerAdministrator")
}
