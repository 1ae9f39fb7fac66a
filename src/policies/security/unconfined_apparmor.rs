use crate::kube::container::titles;
use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers, including init, sidecar and ephemeral ones, that switch AppArmor off: with
/// `appArmorProfile.type: Unconfined`, their own or the pod's, or with the value `unconfined` of the older annotation
/// `container.apparmor.security.beta.kubernetes.io/<container>`. A wrong value of the pod is reported once for all
/// containers that inherit it.
///
/// To set nothing is fine: on nodes with AppArmor the runtime then applies its own profile. Privileged containers are
/// covered by `privileged-container`. Windows pods have no AppArmor and are skipped.
///
/// ## Why
/// The runtime's profile keeps a container from mounting file systems, from writing to most of `/proc` and `/sys` and from
/// tracing other processes, even as root. Whoever switches it off to make one program work switches it off for
/// everything an attacker may run there. Pod Security's baseline level forbids it.
///
/// ## What to write
/// ```yaml
/// securityContext:
///   appArmorProfile:
///     type: Localhost
///     localhostProfile: checkout
/// ```
/// Or leave it out: the runtime's profile is the default. For a program that needs more, load a profile of its own on the
/// nodes.
///
/// ## Limits
/// What a `Localhost` profile allows isn't visible, nor whether the nodes have AppArmor at all. The field exists since
/// Kubernetes 1.30; before, only the annotation counts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnconfinedApparmor {}

impl Policy for UnconfinedApparmor {
    const METADATA: Metadata = Metadata {
        id: "unconfined-apparmor",
        title: "Containers run with an AppArmor profile",
        why: "without its profile a container may mount, trace and write what the runtime keeps from others",
        help: "remove the profile, or use one that is loaded on the nodes",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::APP_ARMOR, sources::POD_SECURITY_STANDARDS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        let mut of_pod: Option<Node<'_>> = None;
        let mut inheriting = Vec::new();
        for container in pod.containers() {
            let context = SecurityContext::of(container, pod)?;
            if context.is_privileged()? {
                continue;
            }
            let profile = context.app_armor_profile();
            let is_written = cx.kubernetes().at_least(30) && profile.node.mapping()?.exists();
            if !is_written || profile.from_pod {
                // The container's own annotation takes precedence over the pod's field.
                let annotation = pod.metadata().get("annotations").entry(&text![ANNOTATION, container.name()]);
                if let Some(value) = annotation.str()?.filter(|value| !value.is_empty()) {
                    if value == "unconfined" {
                        let message = text![container.title(), " runs without AppArmor: its annotation is unconfined"];
                        out.report(annotation, message).container(container).help("remove the annotation");
                    }
                    continue;
                }
            }
            let kind = profile.node.get("type");
            if !is_written || kind.str()? != Some("Unconfined") {
                continue;
            }
            if profile.is_set_by_pod(container) && !cx.spares_containers() {
                of_pod = Some(kind);
                inheriting.push(container);
                continue;
            }
            let whose = if profile.from_pod { "the pod's " } else { "" };
            let cause = text![" runs without AppArmor: ", whose, "appArmorProfile.type is Unconfined"];
            out.report(profile.own.get("type"), text![container.title(), cause]).container(container);
        }
        if let Some(node) = of_pod {
            let verb = if inheriting.len() > 1 { " run" } else { " runs" };
            let cause = " without AppArmor: the pod's appArmorProfile.type is Unconfined";
            out.report(node, text![titles(&inheriting), verb, cause]);
        }
        Ok(())
    }
}

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
