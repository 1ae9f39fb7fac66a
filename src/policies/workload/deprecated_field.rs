use crate::kube::security::SecurityContext;
use crate::policies::prelude::*;

/// ## What it does
/// Reports fields and annotations that Kubernetes has replaced:
///
/// - the pod's `serviceAccount` without `serviceAccountName`;
/// - annotations of pods that have no effect any more: `seccomp.security.alpha.kubernetes.io/pod` and
///   `container.seccomp.security.alpha.kubernetes.io/…` (since 1.27), `scheduler.alpha.kubernetes.io/critical-pod`,
///   `…/affinity` and `…/tolerations`, `security.alpha.kubernetes.io/sysctls` and `…/unsafe-sysctls`,
///   `pod.alpha.kubernetes.io/init-containers` and `pod.beta.kubernetes.io/init-containers`;
/// - `container.apparmor.security.beta.kubernetes.io/…`, deprecated since 1.30, unless the field is set, too. The value
///   `unconfined` is covered by `unconfined-apparmor`;
/// - `volume.beta.kubernetes.io/storage-class` of claims, also of those in a StatefulSet's `volumeClaimTemplates`;
/// - of Services, `service.alpha.kubernetes.io/tolerate-unready-endpoints` (without effect since 1.24),
///   `service.kubernetes.io/topology-aware-hints` (deprecated since 1.27) and the field `topologyKeys`, which 1.22 removed.
///
/// API versions are covered by `removed-api`, annotations of autoscalers by `legacy-autoscaler-annotations`, and labels
/// of nodes by `stale-node-label`.
///
/// ## Why
/// A deprecated field works until an upgrade removes it. An annotation that nothing reads any more is worse: it looks
/// like a seccomp profile, and nothing filters the container's system calls. No error says so.
///
/// ## What to write
/// ```yaml
/// spec:
///   serviceAccountName: checkout
///   securityContext:
///     seccompProfile:
///       type: RuntimeDefault
/// ```
///
/// ## Limits
/// There is no fix: most of the annotations have been without effect for years, and a field in their place changes how
/// the workload runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DeprecatedField {}

/// An annotation that a field has replaced.
struct Replaced {
    /// The annotation; with a slash at its end, all that begin so.
    key: &'static str,
    /// What to use instead.
    by: &'static str,
    /// The minor version from which on nothing reads it; `None` if it still works.
    dead: Option<u16>,
    /// The minor version that deprecated it.
    since: u16,
}

const fn dead(key: &'static str, by: &'static str, dead: u16) -> Replaced {
    Replaced { key, by, dead: Some(dead), since: dead }
}

const fn deprecated(key: &'static str, by: &'static str, since: u16) -> Replaced {
    Replaced { key, by, dead: None, since }
}

const OF_PODS: &[Replaced] = &[
    dead("seccomp.security.alpha.kubernetes.io/pod", "securityContext.seccompProfile", 27),
    dead("container.seccomp.security.alpha.kubernetes.io/", "the container's securityContext.seccompProfile", 27),
    dead("scheduler.alpha.kubernetes.io/critical-pod", "priorityClassName", 16),
    dead("scheduler.alpha.kubernetes.io/affinity", "affinity", 8),
    dead("scheduler.alpha.kubernetes.io/tolerations", "tolerations", 8),
    dead("security.alpha.kubernetes.io/sysctls", "securityContext.sysctls", 11),
    dead("security.alpha.kubernetes.io/unsafe-sysctls", "securityContext.sysctls", 11),
    dead("pod.alpha.kubernetes.io/init-containers", "initContainers", 8),
    dead("pod.beta.kubernetes.io/init-containers", "initContainers", 8),
];

const OF_SERVICES: &[Replaced] = &[
    dead("service.alpha.kubernetes.io/tolerate-unready-endpoints", "publishNotReadyAddresses", 24),
    deprecated("service.kubernetes.io/topology-aware-hints", "trafficDistribution", 27),
];

const OF_CLAIMS: &[Replaced] = &[deprecated("volume.beta.kubernetes.io/storage-class", "storageClassName", 6)];

const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The kinds with pods, Services and claims.
const TARGETS: &[&Kind] = &{
    let mut all = [&kinds::SERVICE; POD_KINDS.len() + 2];
    let (front, back) = all.split_at_mut(POD_KINDS.len());
    front.copy_from_slice(POD_KINDS);
    if let Some(last) = back.last_mut() {
        *last = &kinds::PERSISTENT_VOLUME_CLAIM;
    }
    all
};

impl Policy for DeprecatedField {
    const METADATA: Metadata = Metadata {
        id: "deprecated-field",
        title: "Objects don't use fields and annotations that Kubernetes has replaced",
        why: "what is deprecated stops working with an upgrade, without an error",
        help: "use the field that has replaced it",
        category: Category::Workload,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: TARGETS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::WELL_KNOWN_LABELS, sources::DEPRECATION_POLICY],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let own = cx.object().get("metadata");
        if *cx.kind() == kinds::SERVICE {
            report_annotations(own, OF_SERVICES, cx, out)?;
            let keys = cx.spec().get("topologyKeys");
            if keys.exists() && cx.kubernetes().at_least(22) {
                out.report(keys, "topologyKeys has no effect since Kubernetes 1.22").help("use trafficDistribution");
            }
            return Ok(());
        }
        if *cx.kind() == kinds::PERSISTENT_VOLUME_CLAIM {
            return Ok(report_annotations(own, OF_CLAIMS, cx, out)?);
        }
        for claim in cx.spec().get("volumeClaimTemplates").items()? {
            report_annotations(claim.mapping()?.get("metadata"), OF_CLAIMS, cx, out)?;
        }
        let Some(pod) = cx.pod()? else { return Ok(()) };
        report_annotations(pod.metadata(), OF_PODS, cx, out)?;
        report_app_armor(pod, cx, out)?;
        let account = pod.spec().get("serviceAccount");
        let is_named = |node: Node<'_>| Ok::<bool, Malformed>(node.str()?.is_some_and(|name| !name.is_empty()));
        // The API server sets both.
        if is_named(account)? && !is_named(pod.spec().get("serviceAccountName"))? {
            out.report(account, "serviceAccount is deprecated").help("use serviceAccountName");
        }
        Ok(())
    }
}

fn report_annotations(
    metadata: Node<'_>,
    known: &[Replaced],
    cx: &Context<'_>,
    out: &mut Findings,
) -> Result<(), Malformed> {
    for (key, node) in metadata.mapping()?.get("annotations").entries()? {
        let is_meant =
            |replaced: &&Replaced| key == replaced.key || replaced.key.ends_with('/') && key.starts_with(replaced.key);
        let Some(replaced) = known.iter().find(is_meant).filter(|replaced| cx.kubernetes().at_least(replaced.since))
        else {
            continue;
        };
        let state = match replaced.dead {
            Some(since) => text![" has no effect since Kubernetes 1.", since.to_string()],
            None => " is deprecated".to_owned(),
        };
        out.report(node, text!["the annotation ", key, state]).help(text!["use ", replaced.by]);
    }
    Ok(())
}

/// The annotations of AppArmor, for containers without the field. The API server writes them beside it.
fn report_app_armor(pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), Malformed> {
    if !cx.kubernetes().at_least(30) {
        return Ok(());
    }
    for container in pod.containers() {
        let node = pod.metadata().get("annotations").entry(&text![APP_ARMOR, container.name()]);
        let is_written = node.str()?.is_some_and(|value| !value.is_empty() && value != "unconfined");
        if is_written && !SecurityContext::of(container, pod)?.app_armor_profile().node.exists() {
            out.report(node, text!["the annotation ", APP_ARMOR, container.name(), " is deprecated"])
                .container(container)
                .help("use the container's securityContext.appArmorProfile");
        }
    }
    Ok(())
}
