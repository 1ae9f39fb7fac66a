use crate::kube::exclusive::{is_data_directory, is_data_store, is_within, without_version};
use crate::kube::image::ImageReference;
use crate::kube::volume::{is_writable, mounts, volumes};
use crate::kube::workload::Workload;
use crate::policies::prelude::*;
use crate::text::shell::{program, words_of};
use crate::text::table::Table;

/// ## What it does
/// Reports StatefulSets of two or more replicas whose pods all write to one PersistentVolumeClaim from
/// `spec.template.spec.volumes`:
///
/// - if the StatefulSet has no `volumeClaimTemplates`, so that this claim is its storage;
/// - in any case if the claim's `accessModes` don't include `ReadWriteMany`.
///
/// A StatefulSet or Deployment that keeps a database's data in the pod is reported, too, however many replicas it has: none of its
/// volumes outlives the pod, and an `emptyDir` is mounted where a database keeps its data, or a database has no volume at
/// all. Databases, and programs such as Jenkins or Gitea that keep their data in files, are known by the last part of their image's
/// name and by the directory; a volume in memory is a decision.
///
/// Not reported are claims that are only read, volumes that a claim template of the same name replaces, and, on a claim
/// with `ReadWriteMany`, mounts with `subPathExpr`, which give each pod a directory of its own.
///
/// ## Why
/// StatefulSets exist so that each pod keeps its own data. On one shared claim two databases write the same files, and either
/// one of them refuses to start or both are corrupted. With a `ReadWriteOnce` claim, every pod that lands on another node stays
/// in `ContainerCreating`; with `ReadWriteOncePod`, every pod but the first.
///
/// ## What to write
/// ```yaml
/// volumeClaimTemplates:
///   - metadata:
///       name: data
///     spec:
///       accessModes:
///         - ReadWriteOncePod
///       resources:
///         requests:
///           storage: 10Gi
/// ```
///
/// ## Limits
/// The number of pods is `spec.replicas`; autoscalers are not looked up. If the claim is created after the StatefulSet, the
/// StatefulSet is reported in the background audit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SharedStatefulStorage {}

impl Policy for SharedStatefulStorage {
    const METADATA: Metadata = Metadata {
        id: "shared-stateful-storage",
        title: "Each database pod has its own storage, which outlives it",
        why: "pods overwrite each other's data or wait indefinitely for the volume",
        help: "replace the claim with volumeClaimTemplates, which give each pod its own",
        category: Category::Storage,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::STATEFUL_SET, &kinds::DEPLOYMENT],
        needs: &[&kinds::PERSISTENT_VOLUME_CLAIM],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::STATEFUL_SETS, sources::ACCESS_MODES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let (Some(pod), Some(workload)) = (cx.pod()?, Workload::of(cx.object(), cx.kind())) else { return Ok(()) };
        report_volatile(pod, cx, out)?;
        // What the pods of a Deployment share, they are meant to share.
        if *cx.kind() == kinds::DEPLOYMENT {
            return Ok(());
        }
        let replicas = workload.replicas()?.unwrap_or(1);
        if replicas < 2 {
            return Ok(());
        }
        let mut own = Table::default();
        for template in cx.spec().get("volumeClaimTemplates").items()? {
            own.insert(template.get("metadata").get("name").str()?.unwrap_or_default(), ());
        }
        let mut unknown = None;
        for volume in volumes(pod)?.into_iter().filter(|volume| !own.contains(volume.name)) {
            let place = volume.source("persistentVolumeClaim")?.get("claimName");
            let Some(claim) = place.str()?.filter(|claim| !claim.is_empty()) else { continue };
            let usage = usage(pod, volume.name)?;
            if usage == Usage::Read {
                continue;
            }
            let found = match cx.list(&kinds::PERSISTENT_VOLUME_CLAIM, Filter::Named(claim)) {
                Ok(found) => Ok(found.into_iter().find(|found| found.name() == claim)),
                Err(error @ InventoryError::NotGiven { .. }) => Err(error),
                Err(error) => return Err(error.into()),
            };
            // These pods have no other storage, so the kind of claim doesn't matter.
            let only = own.is_empty() && usage == Usage::Shared;
            let found = match found {
                Ok(found) => found,
                Err(_) if only => None,
                Err(error) => {
                    unknown = Some(error);
                    continue;
                }
            };
            let filter = match &found {
                Some(found) => modes(cx, found)?.filter(|modes| !modes.contains(&"ReadWriteMany")),
                None => None,
            };
            if !only && filter.is_none() {
                continue;
            }
            let pods = replicas.to_string();
            let start = text!["all ", pods, " pods of ", workload.title(), " write to one claim, ", claim];
            let message = match &filter {
                Some(modes) => text![start, ", which is ", modes.join(" and ")],
                None => start,
            };
            let finding = out.report(place, message);
            if let Some(found) = &found {
                let object = cx.node(found);
                let modes = object.get("spec").get("accessModes");
                finding.related(Related::to(found.kind, modes, object, "the access modes of the claim"));
            }
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Programs of which nobody expects that they keep anything: caches, and what reads its state from elsewhere.
const FORGETFUL: &[&str] = &[
    "consul",
    "dragonfly",
    "eclipse-mosquitto",
    "emqx",
    "keydb",
    "nats",
    "openbao",
    "prometheus",
    "redis",
    "redis-cluster",
    "redis-stack",
    "redis-stack-server",
    "valkey",
    "valkey-cluster",
    "vault",
    "victoria-metrics",
];

/// Programs that are no databases, but keep what people put into them in files.
const KEEPING: &[&str] = &["gitea", "gitlab-ce", "gitlab-ee", "gogs", "jenkins", "nexus3"];

/// Reports databases whose data is deleted with the pod.
fn report_volatile(pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), Malformed> {
    // What a container mounts beyond the pod's volumes comes from claim templates.
    if cx.spec().get("volumeClaimTemplates").items()?.next().is_some() {
        return Ok(());
    }
    let mut directories = Vec::new();
    for volume in volumes(pod)? {
        match volume.empty_dir()? {
            Some(directory) => directories.push((volume.name, directory)),
            None if READ.iter().any(|source| volume.node.get(source).exists()) => {}
            None => return Ok(()),
        }
    }
    for container in pod.long_running_containers() {
        let mut volatile = None;
        for mount in mounts(container)? {
            let Some((name, directory)) = directories.iter().find(|(name, _)| *name == mount.volume) else { continue };
            let is_data = is_data_directory(mount.path);
            if is_data || volatile.is_none() && is_within(mount.path, "/data") {
                volatile = Some((*name, *directory, is_data));
            }
        }
        let is_database = is_database(container)?;
        let (place, message) = match volatile {
            Some((_, directory, _)) if directory.get("medium").str()? == Some("Memory") => continue,
            Some((name, directory, is_data)) if is_data || is_database => {
                let message = [
                    &container.title(),
                    " keeps its data in emptyDir volume \"",
                    name,
                    "\", which is deleted with the pod",
                ];
                (directory, message.concat())
            }
            None if is_database => {
                let message = [&container.title(), " stores data, but has no volume that outlives the pod"];
                (container.get("volumeMounts"), message.concat())
            }
            _ => continue,
        };
        let why = "whatever removes the pod, such as an update or a node drain, deletes the data";
        let help = if *cx.kind() == kinds::DEPLOYMENT {
            "mount a PersistentVolumeClaim where the data is, or use a StatefulSet with volumeClaimTemplates"
        } else {
            "add volumeClaimTemplates, and mount their volume where the data is"
        };
        out.report(place, message).container(container).why(why).help(help);
    }
    Ok(())
}

/// Sources of volumes that hold no data.
const READ: &[&str] = &["configMap", "secret", "downwardAPI", "projected"];

/// True for the image of a database that is started as its entrypoint does, whatever a mirror puts in front of its name.
fn is_database(container: &Container<'_>) -> Result<bool, Malformed> {
    let Some(image) = container.image()? else { return Ok(false) };
    let repository = ImageReference::parse(image).repository;
    let name = without_version(repository.rsplit(['/', '_']).next().unwrap_or(repository));
    if !KEEPING.contains(&name) && (!is_data_store(name) || FORGETFUL.contains(&name)) {
        return Ok(false);
    }
    // The image may be used for its client.
    let first = words_of(container.get("command"))?.first().map(|word| program(word));
    Ok(first.is_none_or(|first| first == name || first == "docker-entrypoint.sh"))
}

/// How the containers use a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Usage {
    /// They only read it.
    Read,
    /// Each pod writes to a directory of its own.
    Apart,
    /// All pods write to the same directory.
    Shared,
}

fn usage(pod: &Pod<'_>, volume: &str) -> Result<Usage, Malformed> {
    let mut usage = Usage::Read;
    for container in pod.containers() {
        for mount in mounts(container)?.into_iter().filter(|mount| mount.volume == volume) {
            if !is_writable(&mount, pod)? {
                continue;
            }
            if !mount.node.get("subPathExpr").exists() {
                return Ok(Usage::Shared);
            }
            usage = Usage::Apart;
        }
    }
    Ok(usage)
}

/// How the claim may be mounted; `None` when it doesn't say.
fn modes<'f>(cx: &'f Context<'_>, found: &'f Found) -> Result<Option<Vec<&'f str>>, InventoryError> {
    let unreadable = |malformed: Malformed| found.unreadable(&malformed);
    let mut modes = Vec::new();
    for mode in cx.node(found).get("spec").get("accessModes").items().map_err(unreadable)? {
        modes.extend(mode.str().map_err(unreadable)?);
    }
    Ok(Some(modes).filter(|modes| !modes.is_empty()))
}
