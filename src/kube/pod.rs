//! A pod, whether it is an object of its own or the template of a workload.

use crate::json::node::{Malformed, Node};
use crate::kube::container::{Container, Role};
use crate::kube::kinds::{self, Kind};

/// A pod or pod template.
pub struct Pod<'a> {
    metadata: Node<'a>,
    spec: Node<'a>,
    /// Its `securityContext`, which many policies read for every container.
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

    /// The pod of the template at `index`, in a kind that has several: those of a JobSet's Jobs, or an Argo Workflow's
    /// templates that run containers. Other kinds have one. `None` when there is none.
    ///
    /// # Errors
    /// As for [`Pod::of`].
    pub fn at(object: Node<'a>, kind: &Kind, index: usize) -> Result<Option<Pod<'a>>, Malformed> {
        let Some(list) = templates(object, kind) else {
            return if index == 0 { Pod::of(object, kind) } else { Ok(None) };
        };
        let Some(template) = list.items()?.nth(index) else { return Ok(None) };
        if kinds::is_job_set(kind) {
            return Pod::read(template.dig(&["template", "spec", "template"]), kind).map(Some);
        }
        Pod::read_workflow(template, workflow_spec(object, kind))
    }

    /// Reads a template of an Argo Workflow: its containers, and the fields of a pod's spec next to them.
    fn read_workflow(template: Node<'a>, workflow: Node<'a>) -> Result<Option<Pod<'a>>, Malformed> {
        let mut containers = Vec::new();
        for node in template.mapping()?.get("initContainers").items()? {
            containers.push(Container::read(node, Role::Init)?);
        }
        for node in [template.get("container"), template.get("script")] {
            if node.exists() {
                containers.push(Container::read(node, Role::App)?.or_named("main"));
            }
        }
        for list in [template.get("containerSet").get("containers"), template.get("sidecars")] {
            for node in list.items()? {
                containers.push(Container::read(node, Role::App)?);
            }
        }
        let own = template.get("securityContext");
        let security = if own.exists() { own } else { workflow.get("securityContext") };
        let metadata = template.get("metadata");
        let pod = Pod { metadata, spec: template, security, containers, long_running: false, windows: false };
        Ok((!pod.containers.is_empty()).then_some(pod))
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
            let container = Container::read(node, Role::App)?;
            // Knative names a container without a name.
            let knative = kinds::is_knative_service(kind);
            containers.push(if knative { container.or_named("user-container") } else { container });
        }
        for node in spec.get("ephemeralContainers").items()? {
            containers.push(Container::read(node, Role::Ephemeral)?);
        }
        let always = matches!(spec.get("restartPolicy").str()?, None | Some("Always"));
        let long_running = kinds::LONG_RUNNING.contains(&kind) && (*kind != kinds::POD || always);
        let windows = match spec.dig(&["os", "name"]).str()? {
            Some(os) => os == "windows",
            // A pod that only runs on Windows nodes is a Windows pod even without `os`.
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

/// The spec of an Argo Workflow, which a CronWorkflow has one level deeper.
fn workflow_spec<'a>(object: Node<'a>, kind: &Kind) -> Node<'a> {
    let spec = object.get("spec");
    if *kind == kinds::CRON_WORKFLOW { spec.get("workflowSpec") } else { spec }
}

/// The list of templates in a kind that may have several.
fn templates<'a>(object: Node<'a>, kind: &Kind) -> Option<Node<'a>> {
    if kinds::is_job_set(kind) {
        return Some(object.get("spec").get("replicatedJobs"));
    }
    kinds::is_workflow(kind).then(|| workflow_spec(object, kind).get("templates"))
}

/// How many templates an object has; 1 in a kind that has no list of them.
pub fn count_templates(object: Node<'_>, kind: &Kind) -> usize {
    match templates(object, kind) {
        Some(list) => list.items().map_or(1, |items| items.len().max(1)),
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn names(object: &Value, kind: &Kind) -> Vec<Vec<String>> {
        let arena = PathArena::new();
        let root = Node::root(object, &arena);
        let pods = (0..count_templates(root, kind)).filter_map(|index| Pod::at(root, kind, index).unwrap());
        pods.map(|pod| pod.containers().iter().map(|container| container.name().to_owned()).collect()).collect()
    }

    #[test]
    fn job_set_has_a_pod_for_each_job() {
        let job = |name: &str| json!({"template": {"spec": {"template": {"spec": {"containers": [{"name": name}]}}}}});
        let object = json!({"spec": {"replicatedJobs": [job("leader"), job("worker")]}});
        assert_eq!(names(&object, &kinds::JOB_SET), [["leader"], ["worker"]]);
        assert!(names(&json!({}), &kinds::JOB_SET).is_empty());
    }

    #[test]
    fn workflow_has_a_pod_for_each_template_with_containers() {
        let templates = json!([
            {"name": "steps", "steps": []},
            {"name": "build", "initContainers": [{"name": "fetch"}], "container": {"image": "a"}},
            {"name": "test", "script": {"name": "run"}, "sidecars": [{"name": "db"}]},
            {"name": "set", "containerSet": {"containers": [{"name": "a"}, {"name": "b"}]}},
        ]);
        let expected = [vec!["fetch", "main"], vec!["run", "db"], vec!["a", "b"]];
        assert_eq!(names(&json!({"spec": {"templates": templates}}), &kinds::WORKFLOW), expected);
        let cron = json!({"spec": {"workflowSpec": {"templates": templates}}});
        assert_eq!(names(&cron, &kinds::CRON_WORKFLOW), expected);
    }

    #[test]
    fn unnamed_knative_container_has_a_name() {
        let object = json!({"spec": {"template": {"spec": {"containers": [{"image": "a"}]}}}});
        assert_eq!(names(&object, &kinds::KNATIVE_SERVICE), [["user-container"]]);
    }
}
