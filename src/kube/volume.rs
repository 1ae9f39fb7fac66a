//! Volumes: what a pod mounts, and where its containers mount it.

use crate::kube::container::Container;
use crate::kube::node::{Malformed, Node};
use crate::kube::pod::Pod;

/// One entry of a pod's `volumes`.
#[derive(Clone, Copy)]
pub struct Volume<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// Its name; empty when the manifest gives none.
    pub name: &'a str,
}

impl<'a> Volume<'a> {
    /// The source of that type, such as `hostPath` or `emptyDir`, whether it is there or not.
    ///
    /// # Errors
    /// When it is no mapping.
    pub fn source(&self, key: &'static str) -> Result<Node<'a>, Malformed> {
        self.node.get(key).mapping()
    }

    /// The `emptyDir` of a volume that is one: also of a volume that names no source, which the API makes one. `None`
    /// for every other volume.
    ///
    /// # Errors
    /// When it is no mapping.
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

/// One entry of a container's `volumeMounts`.
#[derive(Clone, Copy)]
pub struct Mount<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// The volume's name.
    pub volume: &'a str,
    /// `mountPath`, as written.
    pub path: &'a str,
    /// Whether the container may not write there.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kube::kinds;
    use crate::kube::node::Trails;

    #[test]
    fn a_volume_without_a_source_is_an_empty_directory() {
        let object = json!({"spec": {"containers": [], "volumes": [
            {"name": "a", "emptyDir": {}}, {"name": "b"}, {"name": "c", "emptyDir": null},
            {"name": "d", "configMap": {"name": "d"}}, {"name": "e", "emptyDir": null, "hostPath": {"path": "/e"}},
        ]}});
        let trails = Trails::new();
        let pod = Pod::of(Node::root(&object, &trails), &kinds::POD).unwrap().unwrap();
        let mut found = volumes(&pod).unwrap();
        found.retain(|volume| volume.empty_dir().unwrap().is_some());
        assert_eq!(found.iter().map(|volume| volume.name).collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
