use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::finding::Findings;
use crate::fix::Edit;
use crate::kube::container::{Container, Role};
use crate::kube::kinds::POD_KINDS;
use crate::kube::pod::Pod;
use crate::kube::quantity::Quantity;
use crate::kube::resources::Resources;
use crate::policies::sources;
use crate::policy::{Category, CheckError, FixAvailability, Meta, Policy, Profile, Severity};
use crate::settings::ResourceName;

/// ## What it does
/// Reports every app container, native sidecar and init container that requests no cpu or no memory. A request of 0 is
/// none. A limit without a request counts, because the API copies it into the request; so does a request or limit of the
/// pod as a whole (`spec.resources`). Ephemeral containers cannot have requests.
///
/// ## Why
/// The scheduler places pods by their requests alone. A container without one is placed as if it needed nothing: its node
/// fills beyond what it has, cpu is shared out by requests so that this container gets next to none of it, and when memory
/// runs short the pod is evicted before others. An autoscaler that looks at utilisation has nothing to divide by.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests:
///     cpu: 100m
///     memory: 128Mi
/// ```
///
/// ## Limits
/// The amounts that the fix writes are a start, not a measurement. Requests that a LimitRange of the cluster would add to
/// the pods are not seen in a workload's template.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingRequests {
    /// The resources that have to be requested.
    pub resources: Vec<ResourceName>,
    /// Whether init containers need requests, too. Native sidecars always do.
    pub init: bool,
}

impl Default for MissingRequests {
    fn default() -> MissingRequests {
        MissingRequests { resources: vec![ResourceName::cpu(), ResourceName::memory()], init: true }
    }
}

impl Policy for MissingRequests {
    const META: Meta = Meta {
        id: "missing-requests",
        title: "Containers request the cpu and memory that they need",
        why: "the scheduler places the pod as if it needed nothing, and it starves or is evicted first",
        help: "set resources.requests for cpu and memory",
        category: Category::Resources,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        needs: &[],
        ephemeral: false,
        companion: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CONTAINER_RESOURCES, sources::QUALITY_OF_SERVICE],
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(pod) = cx.pod()? else { return Ok(()) };
        let whole = Resources::of_pod(pod)?;
        let mut wanted = Vec::new();
        for resource in &self.resources {
            if whole.request(resource.as_str())?.is_none() {
                wanted.push(resource.as_str());
            }
        }
        for container in pod.containers().iter().filter(|container| self.judges(container)) {
            for resource in &wanted {
                judge(container, pod, resource, out)?;
            }
        }
        Ok(())
    }
}

impl MissingRequests {
    fn judges(&self, container: &Container<'_>) -> bool {
        match container.role() {
            Role::App | Role::Sidecar => true,
            Role::Init => self.init,
            Role::Ephemeral => false,
        }
    }
}

fn judge(container: &Container<'_>, pod: &Pod<'_>, resource: &str, out: &mut Findings) -> Result<(), CheckError> {
    let resources = Resources::of_container(container)?;
    if resources.request(resource)?.is_some() {
        return Ok(());
    }
    let written = resources.request_node(resource);
    let (place, lacks) = if written.exists() {
        (written, [" requests 0 ", resource])
    } else {
        (container.node(), [" requests no ", resource])
    };
    let help = ["set resources.requests.", resource].concat();
    let draft = out.report(place, [container.title(), lacks.concat()].concat()).container(container).help(help);
    if let Some(amount) = amount_to_request(&resources, pod, resource)? {
        let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
        let title = ["set resources.requests.", resource, " to ", &text].concat();
        draft.unsafe_fix(title, vec![Edit::Set { at: written.path(), value: amount }]);
    }
    Ok(())
}

/// An amount to start with; `None` when there is none that the API would accept beside what is written.
fn amount_to_request(resources: &Resources<'_>, pod: &Pod<'_>, resource: &str) -> Result<Option<Value>, CheckError> {
    let start = match resource {
        "cpu" => "100m",
        "memory" => "128Mi",
        _ => return Ok(None),
    };
    // A request of 0 under a limit of the whole pod, which the sum of all requests must not exceed.
    if Resources::of_pod(pod)?.limit_node(resource).exists() {
        return Ok(None);
    }
    let limit = resources.limit_node(resource);
    match Quantity::read(limit)? {
        Some(amount) if amount <= Quantity::ZERO => Ok(None),
        Some(amount) if Quantity::parse(start).is_some_and(|start| amount < start) => Ok(limit.value().cloned()),
        _ => Ok(Some(json!(start))),
    }
}
