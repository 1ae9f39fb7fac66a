use crate::kube::config_ref::{ConfigRef, Usage, has_content_hash, is_given, is_immutable, references};
use crate::lookup::reference::named;
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::table::Table;

/// ## What it does
/// Reports Deployments, StatefulSets, DaemonSets and Rollouts that use a ConfigMap whose changes trigger no rollout,
/// once per ConfigMap. A change triggers a rollout, or can't happen, if
///
/// - the ConfigMap is `immutable: true`, or its name ends in a content hash, as Kustomize's generators write it: a
///   change then creates a new ConfigMap and a new pod template;
/// - the pod template has an annotation with a checksum, as Helm charts do (`checksums`);
/// - the workload has an annotation that makes a controller restart it, such as Stakater's Reloader or Wave
///   (`reloaders`), or lists the ConfigMap in `configmap.reloader.stakater.com/reload`.
///
/// ## Why
/// Environment variables keep their values until the pod is replaced: by the next release, a node failure or the
/// autoscaler. A configuration change seems to do nothing, then takes effect days later, pod by pod, without a rollout
/// that would stop at the first broken pod and without a revision to roll back to.
///
/// ## What to write
/// With Helm:
/// ```yaml
/// spec:
///   template:
///     metadata:
///       annotations:
///         checksum/config: 1b3c55a0e07b1e4f
/// ```
/// With Kustomize, generate the ConfigMap with `configMapGenerator`. Otherwise give each version its own name and make
/// it immutable:
/// ```yaml
/// apiVersion: v1
/// kind: ConfigMap
/// metadata:
///   name: web-2026-01-01
/// immutable: true
/// ```
///
/// ## Limits
/// Which ConfigMaps a checksum covers can't be seen: any checksum counts. For programs that watch their mounted files,
/// or have a sidecar that does, set `volumes: false`. Secrets are not checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnrolledConfig {
    /// Annotations of the pod template that hold a checksum of the configuration.
    pub checksums: Vec<Glob>,
    /// Annotations, of the workload or its pod template, that make a controller restart the workload when its
    /// configuration changes. They count unless their value is `false`.
    pub reloaders: Vec<Glob>,
    /// Whether ConfigMaps that are only mounted as volumes count.
    pub volumes: bool,
}

impl Default for UnrolledConfig {
    fn default() -> UnrolledConfig {
        let globs = |patterns: &[&str]| patterns.iter().map(|pattern| Glob::new(*pattern)).collect();
        UnrolledConfig {
            checksums: globs(&["checksum/*", "*checksum", "*hash"]),
            reloaders: globs(&[
                "reloader.stakater.com/auto",
                "configmap.reloader.stakater.com/auto",
                "reloader.stakater.com/search",
                "wave.pusher.com/update-on-config-change",
            ]),
            volumes: true,
        }
    }
}

impl Policy for UnrolledConfig {
    const METADATA: Metadata = Metadata {
        id: "unrolled-config",
        title: "Configuration changes trigger a rollout",
        why: "pods pick up the new configuration whenever they happen to be replaced",
        help: "add a checksum of the ConfigMap to the pod template's annotations",
        category: Category::Configuration,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::ROLLOUT],
        needs: &[&kinds::CONFIG_MAP],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::CONFIG_MAPS, sources::HELM_CHECKSUM, sources::RELOADER],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let own = cx.object().get("metadata");
        if self.is_rolled(own, pod)? {
            return Ok(());
        }
        let listed = [reloaded(own)?, reloaded(pod.metadata())?];
        let mut seen = Table::default();
        let mut unknown = None;
        for reference in references(pod)?.into_iter().filter(|reference| self.counts(reference)) {
            if seen.contains(reference.name) || listed.iter().any(|listed| is_listed(listed, reference.name)) {
                continue;
            }
            seen.insert(reference.name, ());
            let found = match named(cx, reference.kind, reference.name) {
                Err(error @ InventoryError::NotGiven { .. }) => {
                    unknown = Some(error);
                    continue;
                }
                answer => answer?,
            };
            if found.as_ref().is_some_and(|found| is_immutable(cx.node(found))) {
                continue;
            }
            let message = ["changing ", &reference.title(), ", used by ", &reference.user(), ", triggers no rollout"];
            let finding = out.report(reference.name_node, message.concat()).recognised_by(reference.user());
            let finding = match &found {
                Some(found) => {
                    let object = cx.node(found);
                    finding.related(Related::to(found.kind, object.get("immutable"), object, "not immutable"))
                }
                // It may arrive as an immutable one.
                None => finding.warn_on_create(),
            };
            if let Some(container) = &reference.container {
                finding.container(container);
            }
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl UnrolledConfig {
    /// True when any change of its configuration changes the pod template, or makes a controller restart the workload.
    fn is_rolled(&self, own: Node<'_>, pod: &Pod<'_>) -> Result<bool, Malformed> {
        let matches = |globs: &[Glob], key: &str| globs.iter().any(|glob| glob.matches(key));
        for (metadata, template) in [(own, false), (pod.metadata(), true)] {
            for (key, value) in metadata.get("annotations").entries()? {
                let value = value.str()?.unwrap_or_default();
                if template && !value.is_empty() && matches(&self.checksums, key)
                    || !["", "false"].contains(&value) && matches(&self.reloaders, key)
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn counts(&self, reference: &ConfigRef<'_>) -> bool {
        *reference.kind == kinds::CONFIG_MAP
            && !is_given(reference.kind, reference.name)
            && !has_content_hash(reference.name)
            && (self.volumes || !matches!(reference.usage, Usage::Volume(_)))
    }
}

/// The ConfigMaps for which Reloader restarts the workload, separated by commas.
fn reloaded(metadata: Node<'_>) -> Result<&str, Malformed> {
    Ok(metadata.get("annotations").get("configmap.reloader.stakater.com/reload").str()?.unwrap_or_default())
}

fn is_listed(listed: &str, name: &str) -> bool {
    listed.split(',').any(|entry| entry.trim_ascii() == name)
}
