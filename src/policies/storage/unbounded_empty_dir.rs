use crate::kube::mesh::is_injected;
use crate::kube::quantity::Quantity;
use crate::kube::resources::Resources;
use crate::kube::volume::{Volume, mounts, volumes};
use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports `emptyDir` volumes without a `sizeLimit`, and those with `medium: Memory` that may grow beyond the memory limit
/// of a container that writes to them. A `sizeLimit` of 0 means none. A volume without a source is an `emptyDir`, too.
///
/// Limits of the pod bound a volume as well. A volume on the node's disk is not reported if a container has an
/// `ephemeral-storage` limit: the kubelet compares the sum of those limits with all that the pod writes. A volume in memory is
/// not reported if every container, or the pod, has a memory limit: it can't grow beyond their sum. Nor are volumes of huge
/// pages, which have limits of their own, and volumes that only containers injected by Istio or Linkerd mount.
///
/// ## Why
/// An `emptyDir` shares the node's disk with images, logs and every other pod. One that nobody cleans up fills it, and the
/// kubelet then evicts pods that had nothing to do with it. With a limit only the pod that exceeds it is evicted. In memory,
/// every file counts as memory of the container that wrote it: if the volume may grow larger than the container's limit, the
/// container is OOM-killed before the volume is full, and without any limit the node runs out of memory.
///
/// ## What to write
/// ```yaml
/// volumes:
///   - name: cache
///     emptyDir:
///       sizeLimit: 1Gi
/// ```
///
/// ## Limits
/// A pod that exceeds the limit is evicted with all its containers: measure before you set one. The 1Gi that the fix writes is
/// a start, not a measurement. For a volume in memory it writes the memory limit of the containers that write to it, and there
/// is no fix if they have none. The manifest doesn't show how much memory the program needs besides its files, so a volume as
/// large as the limit passes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnboundedEmptyDir {
    /// Whether only volumes in memory are checked, and not those on the node's disk.
    pub only_memory: bool,
}

impl Policy for UnboundedEmptyDir {
    const METADATA: Metadata = Metadata {
        id: "unbounded-empty-dir",
        title: "emptyDir volumes have a size limit within the memory limit",
        why: "the volume can fill the node's disk or memory, and the kubelet then evicts unrelated pods",
        help: "set emptyDir.sizeLimit",
        category: Category::Storage,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::EMPTY_DIR, sources::NODE_PRESSURE_EVICTION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut directories = Vec::new();
        for volume in volumes(pod)? {
            if let Some(directory) = volume.empty_dir()? {
                directories.push((volume, directory));
            }
        }
        if directories.is_empty() {
            return Ok(());
        }
        let of_mesh = mounted_by_mesh_only(pod)?;
        let mut storage = None;
        let mut memory: Option<Memory<'_>> = None;
        for (volume, directory) in directories {
            if of_mesh.get(volume.name) == Some(&true) {
                continue;
            }
            match directory.get("medium").str()? {
                Some("Memory") => {
                    let memory = match &memory {
                        Some(memory) => memory,
                        None => memory.insert(Memory::of(pod)?),
                    };
                    check_memory(&volume, directory, memory, out)?;
                }
                None | Some("") if !self.only_memory => {
                    let is_limited = match storage {
                        Some(is_limited) => is_limited,
                        None => *storage.insert(is_storage_limited(pod)?),
                    };
                    if !is_limited {
                        check_size(&volume, directory, Some(json!("1Gi")), out)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The volumes that containers mount, and whether only a mesh's injected ones do.
fn mounted_by_mesh_only(pod: &Pod<'_>) -> Result<Table<bool>, Malformed> {
    let mut of_mesh = Table::default();
    for container in pod.containers() {
        let injected = is_injected(container);
        for mount in mounts(container)? {
            of_mesh.update(mount.volume, true, |only| *only &= injected);
        }
    }
    Ok(of_mesh)
}

/// Reports a volume without a size; true when it has one.
fn check_size(
    volume: &Volume<'_>,
    directory: Node<'_>,
    size: Option<Value>,
    out: &mut Findings,
) -> Result<bool, Malformed> {
    let node = directory.get("sizeLimit");
    let missing = match Quantity::read(node)? {
        Some(limit) if limit > Quantity::ZERO => return Ok(true),
        Some(_) => " has a sizeLimit of 0, which means none",
        None => " has no sizeLimit",
    };
    report(node, text![title(volume), missing], size, out);
    Ok(false)
}

fn check_memory(
    volume: &Volume<'_>,
    directory: Node<'_>,
    memory: &Memory<'_>,
    out: &mut Findings,
) -> Result<(), Malformed> {
    let node = directory.get("sizeLimit");
    let sized = Quantity::read(node)?.is_some_and(|size| size > Quantity::ZERO);
    if !sized && memory.is_limited {
        return Ok(());
    }
    let least = memory.least.get(volume.name);
    let size = least.and_then(|least| least.node.value().cloned());
    if !check_size(volume, directory, size, out)? {
        return Ok(());
    }
    let Some(least) = least.filter(|least| Quantity::read(node).is_ok_and(|size| size > Some(least.amount))) else {
        return Ok(());
    };
    if let (Some(size), Some(limit)) = (node.value(), least.node.value()) {
        let (grows, limited) = (text(size), text(limit));
        let message =
            [&title(volume), " may fill ", &grows, " of memory, but ", &least.whose, " is limited to ", &limited];
        let help = text!["set emptyDir.sizeLimit to ", limited, " at most, or raise the memory limit"];
        report(node, message.concat(), Some(limit.clone()), out).help(help);
    }
    Ok(())
}

fn report<'f>(node: Node<'_>, message: String, size: Option<Value>, out: &'f mut Findings) -> FindingBuilder<'f> {
    let finding = out.report(node, message);
    let Some(size) = size else { return finding };
    let title = text!["set emptyDir.sizeLimit to ", text(&size)];
    finding.unsafe_fix(title, vec![Edit::set(node, size)])
}

fn title(volume: &Volume<'_>) -> String {
    text!["emptyDir volume \"", volume.name, "\""]
}

/// An amount as written.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A limit and what it limits.
struct Limited<'a> {
    amount: Quantity,
    node: Node<'a>,
    whose: String,
}

/// The limits on what a pod writes to volumes in memory.
struct Memory<'a> {
    /// Whether they bound all of it together.
    is_limited: bool,
    /// The least limit among the containers that can write to a volume, by the volume's name.
    least: Table<Limited<'a>>,
}

impl<'a> Memory<'a> {
    fn of(pod: &Pod<'a>) -> Result<Memory<'a>, Malformed> {
        let whole = Resources::of_pod(pod)?;
        let mut least: Table<Limited<'_>> = Table::default();
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            let written: Vec<_> = mounts(container)?.into_iter().filter(|mount| !mount.read_only).collect();
            if written.is_empty() {
                continue;
            }
            let own = Resources::of_container(container)?;
            let (limit, whose) = match own.limit("memory")? {
                Some(amount) => (Some((amount, own.limit_node("memory"))), container.title()),
                None => {
                    (whole.limit("memory")?.map(|amount| (amount, whole.limit_node("memory"))), "the pod".to_owned())
                }
            };
            let Some((amount, node)) = limit else { continue };
            for mount in written {
                let own = || Limited { amount, node, whose: whose.clone() };
                least.update(mount.volume, own(), |least| {
                    if amount < least.amount {
                        *least = own();
                    }
                });
            }
        }
        Ok(Memory { is_limited: is_memory_limited(pod)?, least })
    }
}

/// True when memory limits bound the volumes in memory: the kubelet sizes them by the sum of the limits, which without one of
/// them is the node's memory.
fn is_memory_limited(pod: &Pod<'_>) -> Result<bool, Malformed> {
    if Resources::of_pod(pod)?.limit("memory")?.is_some() {
        return Ok(true);
    }
    for container in pod.long_running_containers() {
        if Resources::of_container(container)?.limit("memory")?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// True when an ephemeral-storage limit bounds what the pod may write to the node's disk: the kubelet compares it all with the
/// sum of the limits, in which a container without one counts as 0.
fn is_storage_limited(pod: &Pod<'_>) -> Result<bool, Malformed> {
    for container in pod.containers() {
        if Resources::of_container(container)?.limit("ephemeral-storage")?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
