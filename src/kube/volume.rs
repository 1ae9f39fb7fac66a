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
