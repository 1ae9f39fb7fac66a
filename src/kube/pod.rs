//! A pod, whether it is an object of its own or the template of a workload.

use crate::json::node::{Malformed, Node};
use crate::kube::container::{Container, Role};
use crate::kube::kinds::{self, Kind};

/// A pod or pod template.
pub struct Pod<'a> {
    metadata: Node<'a>,
    spec: Node<'a>,
    /// Its `securityContext`, which many policies look into for every container.
    security: Node<'a>,
    containers: Vec<Container<'a>>,
    long_running: bool,
    windows: bool,
}

impl<'a> Pod<'a> {
    /// The pod that an object of `kind` is, or its pod template; `None` when it has none.
    ///
    /// # Errors
    /// When the lists of containers, or a container, have the wrong type.
    pub fn of(object: Node<'a>, kind: &Kind) -> Result<Option<Pod<'a>>, Malformed> {
        let Some(route) = kind.template else { return Ok(None) };
        let template = object.dig(route);
        if !template.exists() {
            // A Rollout with a `workloadRef` has no template of its own.
            return Ok(None);
        }
        Pod::read(template, kind).map(Some)
    }

    fn read(template: Node<'a>, kind: &Kind) -> Result<Pod<'a>, Malformed> {
        let spec = template.mapping()?.get("spec").mapping()?;
        let mut containers = Vec::new();
        for node in spec.get("initContainers").items()? {
            let role = match node.get("restartPolicy").str()? {
                Some("Always") => Role::Sidecar,
                _ => Role::Init,
            };
            containers.push(Container::read(node, role)?);
        }
        for node in spec.get("containers").items()? {
            containers.push(Container::read(node, Role::App)?);
        }
        for node in spec.get("ephemeralContainers").items()? {
            containers.push(Container::read(node, Role::Ephemeral)?);
        }
        let always = matches!(spec.get("restartPolicy").str()?, None | Some("Always"));
        let long_running = kinds::LONG_RUNNING.contains(&kind) && (*kind != kinds::POD || always);
        let windows = match spec.dig(&["os", "name"]).str()? {
            Some(os) => os == "windows",
            // A pod that only runs on Windows nodes is one for Windows, whether it says so or not.
            None => spec.get("nodeSelector").entry("kubernetes.io/os").str()? == Some("windows"),
        };
        let (metadata, security) = (template.get("metadata"), spec.get("securityContext"));
        Ok(Pod { metadata, spec, security, containers, long_running, windows })
    }

    /// The pod's metadata, with its labels and annotations.
    pub fn metadata(&self) -> Node<'a> {
        self.metadata
    }

    /// The pod's spec.
    pub fn spec(&self) -> Node<'a> {
        self.spec
    }

    /// The pod's own security context.
    pub(super) fn security(&self) -> Node<'a> {
        self.security
    }

    /// Every container: init containers and sidecars first, then app containers, then ephemeral ones.
    pub fn containers(&self) -> &[Container<'a>] {
        &self.containers
    }

    /// The app containers and native sidecars.
    pub fn long_running_containers(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers.iter().filter(|container| container.is_long_running())
    }

    /// The app containers.
    pub fn app_containers(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers.iter().filter(|container| container.role() == Role::App)
    }

    /// True when the pod runs until it is stopped: not for Jobs, CronJobs and bare Pods that may finish.
    pub fn is_long_running(&self) -> bool {
        self.long_running
    }

    /// True for a Windows pod, by its `os` or its `nodeSelector`: Linux-only fields have no effect, and the API rejects
    /// them beside `os`.
    pub fn is_windows(&self) -> bool {
        self.windows
    }

    /// A label of the pod.
    ///
    /// # Errors
    /// When its value is not a string.
    pub fn label(&self, key: &str) -> Result<Option<&'a str>, Malformed> {
        self.metadata().get("labels").entry(key).str()
    }

    /// An annotation of the pod.
    ///
    /// # Errors
    /// When its value is not a string.
    pub fn annotation(&self, key: &str) -> Result<Option<&'a str>, Malformed> {
        self.metadata().get("annotations").entry(key).str()
    }
}
