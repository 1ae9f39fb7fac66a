use crate::kube::config_ref::{ConfigRef, Usage, has_content_hash, is_given, is_immutable, references};
use crate::lookup::config_ref::named;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports Deployments, StatefulSets, DaemonSets and Rollouts that take a ConfigMap of which a change starts no rollout,
/// once for each ConfigMap. A change starts one, or can't happen, when
///
/// - the ConfigMap is `immutable: true`, or its name ends in a hash of its content, as Kustomize's generators write it:
///   then a change makes another ConfigMap and another pod template;
/// - the pod template has an annotation with a checksum, as Helm charts do (`checksums`);
/// - the workload has an annotation that asks a controller to restart it, as Stakater's Reloader and Wave do
///   (`reloaders`), or names the ConfigMap in `configmap.reloader.stakater.com/reload`.
///
/// ## Why
/// What was read into the environment stays as it was until a pod happens to be replaced: by the next release, by a node
/// that fails, by the autoscaler. So a change of configuration seems to do nothing, and strikes days later, pod by pod,
/// without a rollout that would stop at the first broken one, and without a revision to go back to.
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
/// With Kustomize, let `configMapGenerator` make the ConfigMap. Otherwise give each version a name of its own and make it
/// immutable:
/// ```yaml
/// apiVersion: v1
/// kind: ConfigMap
/// metadata:
///   name: web-2026-01-01
/// immutable: true
/// ```
///
/// ## Limits
/// Which ConfigMaps a checksum covers can't be seen: any one will do. Programs that watch mounted files, or have a sidecar
/// that does, want `volumes: false`. Secrets are not looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnrolledConfig {
    /// The pod template's annotations that hold a checksum of the configuration.
    pub checksums: Vec<Glob>,
    /// The annotations, of the workload or its pod template, by which a controller is asked to roll the workload out when
    /// its configuration changes. They count unless their value is `false`.
    pub reloaders: Vec<Glob>,
    /// Whether ConfigMaps count of which pods take nothing but the files of a volume.
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
        title: "A change of configuration is rolled out",
        why: "pods take the new configuration whenever they happen to be replaced",
        help: "put a checksum of the ConfigMap into an annotation of the pod template",
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
        let mut seen: Vec<&str> = Vec::new();
        let mut unknown = None;
        for reference in references(pod)?.into_iter().filter(|reference| self.counts(reference)) {
            if seen.contains(&reference.name) || listed.iter().any(|listed| is_listed(listed, reference.name)) {
                continue;
            }
            seen.push(reference.name);
            let found = match named(cx, reference.kind, reference.name) {
                Err(error @ InventoryError::NotGiven { .. }) => {
                    unknown = Some(error);
                    continue;
                }
                answer => answer?,
            };
            if found.as_ref().is_some_and(|found| is_immutable(cx.node(&found))) {
                continue;
            }
            let message = ["a change of ", &reference.title(), " rolls nothing out; ", &reference.user(), " takes it"];
            let finding = out.report(reference.name_node, message.concat());
            let finding = match &found {
                Some(found) => {
                    let object = cx.node(&found);
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
    /// True when a change of whatever it takes makes another pod template, or moves a controller to make one.
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

/// The ConfigMaps of which Reloader rolls the workload out, divided by commas.
fn reloaded(metadata: Node<'_>) -> Result<&str, Malformed> {
    Ok(metadata.get("annotations").get("configmap.reloader.stakater.com/reload").str()?.unwrap_or_default())
}

fn is_listed(listed: &str, name: &str) -> bool {
    listed.split(',').any(|entry| entry.trim_ascii() == name)
}
