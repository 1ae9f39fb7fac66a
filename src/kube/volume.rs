//! Volumes of a pod, and where its containers mount them.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::kube::pod::Pod;
use crate::text::table::Table;

/// One entry of a pod's `volumes`.
#[derive(Clone, Copy)]
pub struct Volume<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// Its name; empty when absent.
    pub name: &'a str,
}

impl<'a> Volume<'a> {
    /// The source of that type, such as `hostPath` or `emptyDir`, which may be absent.
    ///
    /// # Errors
    /// When it is not a mapping.
    pub fn source(&self, key: &'static str) -> Result<Node<'a>, Malformed> {
        self.node.get(key).mapping()
    }

    /// The volume's `emptyDir`, which may be absent: the API makes a volume without a source an `emptyDir`. `None` for every
    /// other volume.
    ///
    /// # Errors
    /// When it is not a mapping.
    pub fn empty_dir(&self) -> Result<Option<Node<'a>>, Malformed> {
        let own = self.source("emptyDir")?;
        let mut sources = self.node.entries()?.filter(|(key, source)| *key != "name" && source.exists());
        Ok((own.exists() || sources.next().is_none()).then_some(own))
    }
}

/// The pod's volumes, in the manifest's order.
///
/// # Errors
/// When one of them is malformed.
pub fn volumes<'a>(pod: &Pod<'a>) -> Result<Vec<Volume<'a>>, Malformed> {
    let mut volumes = Vec::new();
    for node in pod.spec().get("volumes").items()? {
        let node = node.mapping()?;
        volumes.push(Volume { node, name: node.get("name").str()?.unwrap_or_default() });
    }
    Ok(volumes)
}

/// The volumes by their names; of several of one name the first.
pub fn by_name<'v, 'a>(volumes: &'v [Volume<'a>]) -> Table<&'v Volume<'a>> {
    let mut table = Table::default();
    for volume in volumes {
        table.insert(volume.name, volume);
    }
    table
}

/// The types of volumes that name a storage system in the pod itself, for which Kubernetes has or had a driver of its own.
pub const DRIVER_SOURCES: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

/// One entry of a container's `volumeMounts`.
#[derive(Clone, Copy)]
pub struct Mount<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// The volume's name.
    pub volume: &'a str,
    /// `mountPath`, as written.
    pub path: &'a str,
    /// Whether it is mounted read-only.
    pub read_only: bool,
}

/// The container's mounts, in the manifest's order.
///
/// # Errors
/// When one of them is malformed.
pub fn mounts<'a>(container: &Container<'a>) -> Result<Vec<Mount<'a>>, Malformed> {
    let mut mounts = Vec::new();
    for node in container.get("volumeMounts").items()? {
        let node = node.mapping()?;
        mounts.push(Mount {
            node,
            volume: node.get("name").str()?.unwrap_or_default(),
            path: node.get("mountPath").str()?.unwrap_or_default(),
            read_only: node.get("readOnly").bool()?.unwrap_or_default(),
        });
    }
    Ok(mounts)
}

/// The container's mount that `directory`, an absolute path, is on: the nearest at or above it.
///
/// # Errors
/// When a mount is malformed.
pub fn mount_of<'a>(container: &Container<'a>, directory: &str) -> Result<Option<Mount<'a>>, Malformed> {
    let above = mounts(container)?.into_iter().filter(|mount| is_at_or_above(mount.path, directory));
    Ok(above.max_by_key(|mount| parts(mount.path).count()))
}

/// True when both paths in a container are the same.
pub fn is_same_path(one: &str, other: &str) -> bool {
    parts(one).eq(parts(other))
}

/// True when a container can write to the mount: neither the mount nor the volume is read-only. A volume that isn't in the pod
/// comes from a StatefulSet's claim template.
///
/// # Errors
/// When a volume is malformed.
pub fn is_writable(mount: &Mount<'_>, pod: &Pod<'_>) -> Result<bool, Malformed> {
    if mount.read_only {
        return Ok(false);
    }
    for volume in volumes(pod)?.into_iter().filter(|volume| volume.name == mount.volume) {
        for (source, node) in volume.node.entries()? {
            if READ_ONLY_SOURCES.contains(&source) && node.exists() || node.get("readOnly").bool()? == Some(true) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The types of volumes that no container can write to.
const READ_ONLY_SOURCES: &[&str] = &["configMap", "downwardAPI", "image", "projected", "secret"];

fn is_at_or_above(path: &str, other: &str) -> bool {
    let mut rest = parts(other);
    parts(path).all(|part| rest.next() == Some(part))
}

/// The segments of a path. A relative path is relative to the container's root, too.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds::{self, POD};

    #[test]
    fn volume_without_a_source_is_an_empty_dir() {
        let object = json!({"spec": {"containers": [], "volumes": [
            {"name": "a", "emptyDir": {}}, {"name": "b"}, {"name": "c", "emptyDir": null},
            {"name": "d", "configMap": {"name": "d"}}, {"name": "e", "emptyDir": null, "hostPath": {"path": "/e"}},
        ]}});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
        let mut found = volumes(&pod).unwrap();
        found.retain(|volume| volume.empty_dir().unwrap().is_some());
        assert_eq!(found.iter().map(|volume| volume.name).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn nearest_mount_decides_whether_a_directory_is_writable() {
        let object = json!({"spec": {
            "volumes": [
                {"name": "scratch", "emptyDir": {}},
                {"name": "settings", "configMap": {"name": "settings"}},
                {"name": "data", "persistentVolumeClaim": {"claimName": "data", "readOnly": true}},
            ],
            "containers": [{"name": "app", "volumeMounts": [
                {"name": "scratch", "mountPath": "/"},
                {"name": "settings", "mountPath": "/etc/app/"},
                {"name": "data", "mountPath": "data"},
                {"name": "scratch", "mountPath": "/tmp/fixed", "readOnly": true},
                {"name": "template", "mountPath": "/var/lib"},
            ]}],
        }});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
        let container = pod.containers().first().unwrap();
        for (directory, writable) in [
            ("/tmp", true),
            ("/tmp/fixed", false),
            ("/tmp/fixed/deeper", false),
            ("/tmp/fixed-not", true),
            ("/etc/app", false),
            ("/data/x", false),
            ("/var/lib/x", true),
        ] {
            let mount = mount_of(container, directory).unwrap().unwrap();
            assert_eq!(is_writable(&mount, &pod), Ok(writable), "{directory}");
        }
        assert!(is_same_path("/tmp/", "tmp"));
        assert!(!is_same_path("/tmp", "/tmp/x"));
    }
}
