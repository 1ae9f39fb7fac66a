use crate::kube::volume::{by_name, volumes};
use crate::policies::prelude::*;
use crate::text::holds;
use crate::text::table::Table;

/// ## What it does
/// Reports containers that mount a volume, or use a block device, that neither `volumes` nor the `volumeClaimTemplates` of their
/// workload have; and, with severity `low`, volumes that no container mounts. Where both are in one pod, only the first is
/// reported: it is usually one slip.
///
/// A volume that an annotation names, as those for a proxy that is injected, counts as mounted, and so do those for the
/// sidecars of Istio, Linkerd and GKE's Cloud Storage FUSE, which go by their names.
///
/// ## Why
/// The API server rejects a pod whose container mounts a volume that isn't there: usually a slip in one of the two names. What
/// nobody mounts is often the other half of the same slip, or the mount was forgotten. The kubelet skips such a volume: no
/// container sees its files, and a Secret that its driver makes is never made. A claim still has to exist, and is attached to
/// the node.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: web
///     image: registry.example.com/web:1.4.2
///     volumeMounts:
///       - name: cache
///         mountPath: /var/cache/web
/// volumes:
///   - name: cache
///     emptyDir: {}
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingMount {}

impl Policy for DanglingMount {
    const METADATA: Metadata = Metadata {
        id: "dangling-mount",
        title: "Containers mount volumes that exist",
        why: "the API server rejects the pod",
        help: "add the volume, or correct its name",
        category: Category::Storage,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::VOLUMES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // Their volumes are those of the whole workflow.
        if kinds::is_workflow(cx.kind()) {
            return Ok(());
        }
        let volumes = volumes(pod)?;
        let known = by_name(&volumes);
        let mut templates = Table::default();
        for template in cx.spec().get("volumeClaimTemplates").items()? {
            templates.insert(template.get("metadata").get("name").str()?.unwrap_or_default(), ());
        }
        let mut mounted = Table::default();
        let mut gone = Vec::new();
        for container in pod.containers() {
            let lists = [("volumeMounts", " mounts volume \""), ("volumeDevices", " uses the device of volume \"")];
            for (list, uses) in lists {
                for node in container.get(list).items()? {
                    let node = node.mapping()?.get("name");
                    let Some(name) = node.str()?.filter(|name| !name.is_empty()) else { continue };
                    mounted.insert(name, ());
                    if !known.contains(name) && !templates.contains(name) && container.role() != Role::Ephemeral {
                        gone.push((node, container, text![container.title(), uses, name]));
                    }
                }
            }
        }
        let mut idle = Vec::new();
        for volume in &volumes {
            let for_injected = INJECTED.iter().any(|start| volume.name.starts_with(start));
            let is_mounted = volume.name.is_empty() || mounted.contains(volume.name) || for_injected;
            if !is_mounted && !is_annotated(pod, volume.name)? {
                idle.push(volume);
            }
        }
        for (node, container, start) in &gone {
            let finding = out.report(*node, text![start, "\", which the pod doesn't have"]).container(container);
            // The other half of the same slip.
            if let [volume] = idle.as_slice() {
                finding.help(text!["mount volume \"", volume.name, "\", which no container mounts, or add the volume"]);
            }
        }
        if gone.is_empty() {
            for volume in idle {
                let message = text!["no container mounts volume \"", volume.name, "\""];
                let why = "the kubelet skips it, and no container sees its files";
                let help = "mount the volume, or remove it";
                out.report(volume.node, message).severity(Severity::Low).why(why).help(help);
            }
        }
        Ok(())
    }
}

/// How the names of volumes begin that containers mount which are injected.
const INJECTED: [&str; 3] = ["gke-gcsfuse-", "istio-", "linkerd-"];

/// True when an annotation of the pod names the volume, for a container that is injected.
fn is_annotated(pod: &Pod<'_>, volume: &str) -> Result<bool, Malformed> {
    for (_, value) in pod.metadata().get("annotations").entries()? {
        if value.str()?.is_some_and(|value| holds(value, volume)) {
            return Ok(true);
        }
    }
    Ok(false)
}
