use crate::kube::container::titles;
use crate::kube::security::{Inherited, SecurityContext};
use crate::policies::prelude::*;
use crate::settings::UserId;

/// ## What it does
/// Reports every container, including init, sidecar and ephemeral ones, that leaves its user or group to the image
/// (`runAsUser` or `runAsGroup` is not set), or runs with an ID below `minId`. The container's own value counts, or the
/// pod's where the container sets none. What one line on the pod would fix is reported once: a pod-level ID that is too
/// low for the containers that inherit it, or an ID missing from the pod and several containers. Windows pods have no
/// numeric IDs and are skipped.
///
/// ## Why
/// A user that only the image sets may change with the next build, and then the files on the volume belong to someone
/// else. Without `runAsGroup` the group comes from the image too, and is often root's. Low IDs belong to system
/// accounts: on a node they own real files and run real daemons, and an attacker who escapes the container is one of
/// them.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   runAsUser: 10001
///   runAsGroup: 10001
/// ```
/// Set on the pod, they cover every container. If only the image's own user may read some of its files, open them to
/// the new user or group first.
///
/// ## Limits
/// A platform that assigns IDs to pods, as OpenShift does, needs no pinned ones and may reject them: leave the policy
/// off there. Whether the user is root is checked by `root-user`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnpinnedUser {
    /// The lowest user or group ID to accept.
    pub min_id: UserId,
}

impl Default for UnpinnedUser {
    fn default() -> UnpinnedUser {
        UnpinnedUser { min_id: UserId::FIRST_ORDINARY }
    }
}

/// An ID to pin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Id {
    User,
    Group,
}

impl Id {
    fn field(self) -> &'static str {
        match self {
            Id::User => "runAsUser",
            Id::Group => "runAsGroup",
        }
    }

    fn of<'a>(self, context: &SecurityContext<'a>) -> Inherited<'a> {
        match self {
            Id::User => context.run_as_user(),
            Id::Group => context.run_as_group(),
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Id::User => "user",
            Id::Group => "group",
        }
    }
}

impl Policy for UnpinnedUser {
    const METADATA: Metadata = Metadata {
        id: "unpinned-user",
        title: "Containers run as a fixed user and group",
        why: "the image decides whose files the container can access, and the next image may decide differently",
        help: "set runAsUser and runAsGroup to 1000 or more",
        category: Category::Security,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::SECURITY_CONTEXT, sources::IMAGE_USER],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        for id in [Id::User, Id::Group] {
            self.report(id, pod, cx, out)?;
        }
        self.check_unset(pod, cx, out)
    }
}

impl UnpinnedUser {
    /// Reports IDs that are too low.
    fn report(&self, id: Id, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let min = self.min_id.get().to_string();
        let mut pods: Option<(Inherited<'_>, i64)> = None;
        let mut inheriting = Vec::new();
        for container in pod.containers() {
            let field = id.of(&SecurityContext::of(container, pod)?);
            let Some(number) = field.node.int()?.filter(|number| *number < self.min_id.get()) else { continue };
            if field.is_set_by_pod(container) && !cx.spares_containers() {
                pods = Some((field, number));
                inheriting.push(container);
                continue;
            }
            let message = too_low(id, &[container], field.from_pod, number, &min);
            out.report(field.own, message).container(container).help(self.help(&[id]));
        }
        if let Some((field, number)) = pods {
            let message = too_low(id, &inheriting, true, number, &min);
            out.report(field.node, message).help(self.help(&[id]));
        }
        Ok(())
    }

    /// Reports IDs that neither the container nor its pod sets, those of several containers together.
    fn check_unset(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut groups: Vec<(Vec<Id>, Vec<&Container<'_>>)> = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            let mut unset = Vec::new();
            for id in [Id::User, Id::Group] {
                if id.of(&context).node.int()?.is_none() {
                    unset.push(id);
                }
            }
            if unset.is_empty() {
                continue;
            }
            // The pod of an ephemeral container is already running: only the container can still be changed.
            let alone = cx.reports_separately() || container.role() == Role::Ephemeral;
            match groups.iter_mut().find(|(ids, _)| *ids == unset && !alone) {
                Some((_, containers)) => containers.push(container),
                // On an UPDATE a finding of the old object is recognised by its message.
                None if cx.operation() == Operation::Update => {
                    groups.extend(unset.into_iter().map(|id| (vec![id], vec![container])))
                }
                None => groups.push((unset, vec![container])),
            }
        }
        for (ids, containers) in &groups {
            let (Some(id), Some(first)) = (ids.first(), containers.first()) else { continue };
            let field = id.of(&SecurityContext::of(first, pod)?);
            let message = left_to_the_image(ids, containers);
            if containers.len() == 1 {
                out.report(field.own, message).container(first).help(self.help(ids));
            } else {
                out.report(field.pods, message).help(self.help(ids));
            }
        }
        Ok(())
    }

    fn help(&self, ids: &[Id]) -> String {
        let mut help = text!["set ", fields(ids)];
        if self.min_id.get() > 0 {
            help.push_str(&text![" to ", self.min_id.get().to_string(), " or more"]);
        }
        help
    }
}

fn fields(ids: &[Id]) -> String {
    let fields: Vec<&str> = ids.iter().map(|id| id.field()).collect();
    fields.join(" and ")
}

fn left_to_the_image(ids: &[Id], containers: &[&Container<'_>]) -> String {
    let verb = if containers.len() > 1 { " leave their " } else { " leaves its " };
    let nouns: Vec<&str> = ids.iter().map(|id| id.noun()).collect();
    let not_set = if ids.len() > 1 { " are not set" } else { " is not set" };
    text![titles(containers), verb, nouns.join(" and "), " to the image: ", fields(ids), not_set]
}

fn too_low(id: Id, containers: &[&Container<'_>], from_pod: bool, number: i64, min: &str) -> String {
    let verb = if containers.len() > 1 { " run " } else { " runs " };
    let preposition = match id {
        Id::User => "as ",
        Id::Group => "with ",
    };
    let whose = if from_pod { "the pod's " } else { "" };
    text![titles(containers), verb, preposition, whose, id.noun(), " ", number.to_string(), ", below ", min]
}
